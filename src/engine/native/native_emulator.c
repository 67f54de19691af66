// SPDX-License-Identifier: MIT
/* native_emulator.c - the emulator's process, up to its main: nodes below it, networks between them */
#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/topology.h"
#include "engine/workdir.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/engine_ns.h"

#define ORPHAN_S 5

int sb_native_open_channel(int *near_end, int *far_end, struct sb_err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return sb_fail(err, SB_EENV, errno, "cannot create a channel");
	*near_end = pair[0];
	*far_end = pair[1];
	return 0;
}

/* The node's first breath: namespaces settled, their handle sent up, the agent takes over.
 */
static void become_node(const struct sb_native *n, size_t node, int report_fd)
{
	static char *const argv[] = {"satbed-agent", NULL};
	char path[4096], work[64], *const envp[] = {path, work, NULL};
	const char *usual_path = getenv("PATH"), *directory;
	char name[SB_NAME_MAX], byte = 0;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct sb_err err = {0};
	int net_fd;

	setpriority(PRIO_PROCESS, 0, n->usual_nice);
	/* Ids are seen through the emulator's user namespace, where its owner is 0. */
	if (sb_ns_settle(n->user_namespaces, sb_node_name(name, node), 0, 0, &err)) {
		fprintf(stderr, "satbed: %s: %s\n", name, err.msg);
		_exit(1);
	}
	snprintf(path, sizeof(path), "PATH=%s",
		 usual_path ? usual_path : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
	directory = sb_ns_workdir();
	snprintf(work, sizeof(work), "SATBED_WORK=%s", directory ? directory : "");
	sb_ns_terminals();
	net_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &net_fd, sizeof(int));
	if (net_fd < 0 || sendmsg(report_fd, &msg, MSG_NOSIGNAL) != 1)
		_exit(1);
	if (dup2(n->node_ends[node], STDIN_FILENO) < 0 ||
	    dup2(n->node_ends[node], STDOUT_FILENO) < 0)
		_exit(1);
	syscall(SYS_execveat, n->program_fd, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */);
	fprintf(stderr, "satbed: cannot run the agent: %s\n", strerror(errno));
	_exit(1);
}

static int receive_net_fd(int from)
{
	char byte;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* All nodes are forked before the first is waited for: their namespaces are made side by side. */
static int start_nodes(struct sb_native *n, int *net_fds, struct sb_err *err)
{
	size_t count = n->common.node_count, started = 0;
	int *reports = sb_alloc(count, sizeof(*reports)), rc = 0;

	for (; started < count; started++) {
		int far_end;
		pid_t pid;

		if (sb_native_open_channel(&reports[started], &far_end, err)) {
			rc = -1;
			break;
		}
		pid = sb_ns_fork(n->user_namespaces, err);
		if (pid == 0)
			become_node(n, started, far_end);
		close(far_end);
		if (pid < 0) {
			close(reports[started]);
			rc = -1;
			break;
		}
		n->node_pids[started] = pid;
	}
	for (size_t i = 0; i < started; i++) {
		char name[SB_NAME_MAX];

		net_fds[i] = receive_net_fd(reports[i]);
		if (net_fds[i] < 0 && !rc)
			rc = sb_fail(err, SB_EENV, 0, "%s did not start", sb_node_name(name, i));
		close(reports[i]);
	}
	free(reports);
	return rc;
}

static bool is_split(const struct sb_native *n)
{
	return n->request->plan->path != SB_PATH_BRIDGE;
}

static int raise_testbed(struct sb_native *n, struct sb_err *err)
{
	size_t count = n->common.node_count;
	int *net_fds = sb_alloc(count, sizeof(*net_fds)), rc;

	for (size_t i = 0; i < count; i++)
		net_fds[i] = -1;
	rc = sb_ns_settle(n->user_namespaces, "emulator", n->uid, n->gid, err);
	if (!rc)
		rc = start_nodes(n, net_fds, err);
	if (!rc && is_split(n))
		rc = sb_relays_open(&n->relays, n->request->plan, n->usual_nice, err);
	if (!rc && n->request->plan->pep)
		rc = sb_peps_open(&n->peps, n->request->plan, n->usual_nice, err);
	if (!rc)
		rc = sb_topology_build(n->request->plan, net_fds, is_split(n) ? &n->relays : NULL,
				       n->request->plan->pep ? &n->peps : NULL, err);
	for (size_t i = 0; i < count; i++)
		sb_close_p(&net_fds[i]);
	free(net_fds);
	return rc;
}

/* Which nodes have ended, and how: for "stopped". */
static void add_ended(const struct sb_native *n, cJSON *into)
{
	cJSON *list = cJSON_AddArrayToObject(into, "ended"), *obj;

	for (size_t i = 0; i < n->common.node_count; i++) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)n->node_pids[i], &info, WEXITED | WNOHANG | WNOWAIT) ||
		    !info.si_pid)
			continue;
		obj = cJSON_CreateObject();
		sb_json_add_i64(obj, "node", (int64_t)i);
		sb_json_add_i64(obj, info.si_code == CLD_EXITED ? "status" : "signal",
				info.si_status);
		cJSON_AddItemToArray(list, obj);
	}
}

static void add_facts(void *arg, cJSON *into)
{
	struct sb_native *n = arg;

	add_ended(n, into);
	if (is_split(n))
		sb_relays_facts(&n->relays, into);
	if (n->request->plan->pep)
		sb_peps_facts(&n->peps, into);
}

static void end_now(int sig)
{
	(void)sig;
	_exit(1);
}

static void end_soon(int sig)
{
	(void)sig;
	alarm(ORPHAN_S);
}

/*
 * Killed outright when its parent dies, the emulator would close its packet sockets one by one: with 64
 * clients that takes 8 s.  So end of file tells it, it closes them side by side, and the signal
 * only makes sure that it comes to an end.
 */
static void outlive_orchestrator_briefly(void)
{
	struct sigaction soon = {.sa_handler = end_soon}, now = {.sa_handler = end_now};

	sigaction(SIGTERM, &soon, NULL);
	sigaction(SIGALRM, &now, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

void sb_native_become_emulator(struct sb_native *n)
{
	struct sb_emulator_start start = {.plan = n->request->plan,
					  .channel_fd = n->emulator_end,
					  .answer_fd = n->emulator_end,
					  .capture_fds = n->request->capture_fds,
					  .facts = add_facts,
					  .facts_arg = n};
	struct sb_err err = {0};
	struct sb_lines channel;
	cJSON *up;

	prctl(PR_SET_NAME, "satbed-emulator");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	outlive_orchestrator_briefly();
	/* The near ends belong to the orchestrator: held here, its death would not show. */
	sb_close_p(&n->common.emulator_fd);
	for (size_t i = 0; i < n->common.node_count; i++)
		sb_close_p(&n->common.node_fds[i]);
	sb_lines_init(&channel, n->emulator_end);
	if (raise_testbed(n, &err)) {
		sb_lines_send_err(&channel, &err, NULL);
		_exit(1);
	}
	for (size_t i = 0; i < n->common.node_count; i++)
		sb_close_p(&n->node_ends[i]);
	up = cJSON_CreateObject();
	sb_json_add_str(up, "ev", "up");
	if (is_split(n))
		sb_relays_describe(&n->relays, cJSON_AddObjectToObject(up, "relay"));
	if (sb_lines_send(&channel, up, &err))
		_exit(1);
	cJSON_Delete(up);
	_exit(start.channel_fd < 0 ? 1 : n->request->emulator_main(&start));
}
