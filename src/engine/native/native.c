// SPDX-License-Identifier: MIT
/*
 * native.c - nodes in namespaces of satbed's own: no daemon, no root, no image
 *
 *	orchestrator
 *	  └ emulator: own user, net, mount, pid, uts namespaces; bridges and host-side veth halves
 *	      ├ server:  own namespaces below the emulator's; runs the agent
 *	      ├ client1: likewise
 *	      ├ ...
 *	      ├ on a split path slirp4netns or pasta for each client, see split.c
 *	      └ with proxies a terminal and a gateway for each client, see pep/pep.h
 *
 * The emulator is process 1 of its pid namespace and the nodes live below it, so killing the emulator kills
 * everything; the emulator itself dies with the orchestrator.  Nothing is ever written to a disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/base/sched.h"
#include "satbed/engine.h"
#include "satbed/engine_ns.h"
#include "engine/node_pids.h"
#include "engine/topology.h"
#include "engine/workdir.h"

extern const char sb_agent_image[], sb_agent_image_end[];

#define UP_TIMEOUT_MS 30000
#define ORPHAN_S      5
#define EMULATOR_NICE (-10)
/* After a channel has ended: for the kernel to end what is below the emulator. */
#define ENDED_NS	(300 * SB_NS_PER_MS)
#define DOWN_TIMEOUT_NS (3 * SB_NS_PER_S)

struct native {
	struct sb_testbed common; /* first: engines cast */
	pid_t emulator_pid;
	bool user_namespaces;
	const struct sb_engine_request *request;
	int program_fd;
	int emulator_end,
	    *node_ends; /* the far ends of the channels, until the children have them */
	unsigned int uid, gid;
	int usual_nice;
	bool emulator_first;
	struct sb_relays relays; /* in the emulator, on a split path */
	struct sb_peps peps;	 /* in the emulator, with proxies */
	pid_t *node_pids;	 /* in the emulator */
	int emulator_status;	 /* once it has been waited for, emulator_pid being 0 then */
	cJSON *relay;		 /* in the orchestrator: what the emulator says of them */
};

static int probe_native(struct sb_err *err)
{
	if (!sb_ns_user_works(err))
		return 0;
	/* Root does without user namespaces where they are forbidden. */
	return geteuid() == 0 ? 0 : -1;
}

static int open_program(struct sb_err *err)
{
	sb_auto_close int fd = memfd_create("satbed-agent", MFD_CLOEXEC);
	size_t len = (size_t)(sb_agent_image_end - sb_agent_image);

	if (fd < 0 || sb_write_all(fd, sb_agent_image, len))
		return sb_fail(err, SB_EENV, errno, "cannot unpack the agent into memory");
	return sb_steal_fd(&fd);
}

static int open_channel(int *near_end, int *far_end, struct sb_err *err)
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
static void become_node(const struct native *n, size_t node, int report_fd)
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
static int start_nodes(struct native *n, int *net_fds, struct sb_err *err)
{
	size_t count = n->common.node_count, started = 0;
	int *reports = sb_alloc(count, sizeof(*reports)), rc = 0;

	for (; started < count; started++) {
		int far_end;
		pid_t pid;

		if (open_channel(&reports[started], &far_end, err)) {
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

static bool is_split(const struct native *n)
{
	return n->request->plan->path != SB_PATH_BRIDGE;
}

static int raise_testbed(struct native *n, struct sb_err *err)
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
static void add_ended(const struct native *n, cJSON *into)
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
	struct native *n = arg;

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

static void become_emulator(struct native *n)
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

/*
 * End of file asks the emulator to end; it closes its packet sockets side by side, where the kernel
 * would close those of a killed process one by one, a grace period each.  Its own end of the
 * channel goes when it does.
 */
static void await_end(int emulator_fd)
{
	int64_t deadline_ns = sb_mono_ns() + DOWN_TIMEOUT_NS, left_ns;
	char rest[4096];

	if (shutdown(emulator_fd, SHUT_WR))
		return;
	while ((left_ns = deadline_ns - sb_mono_ns()) > 0) {
		struct pollfd p = {.fd = emulator_fd, .events = POLLIN};

		if (poll(&p, 1, (int)(left_ns / SB_NS_PER_MS) + 1) > 0 &&
		    read(emulator_fd, rest, sizeof(rest)) <= 0)
			return;
	}
}

static void down_native(struct sb_testbed *tb)
{
	struct native *n = (struct native *)tb;

	if (!n)
		return;
	if (n->emulator_pid > 0) {
		await_end(n->common.emulator_fd);
		kill(n->emulator_pid, SIGKILL);
		while (waitpid(n->emulator_pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	sb_close_p(&n->common.emulator_fd);
	sb_close_p(&n->emulator_end);
	for (size_t i = 0; i < n->common.node_count; i++) {
		sb_close_p(&n->common.node_fds[i]);
		sb_close_p(&n->node_ends[i]);
	}
	sb_close_p(&n->program_fd);
	cJSON_Delete(n->relay);
	free(n->common.node_fds);
	free(n->node_ends);
	free(n->node_pids);
	free(n);
}

static int await_up(struct native *n, struct sb_err *err)
{
	struct sb_lines channel;
	cJSON *answer = NULL;
	int rc;

	sb_lines_init(&channel, n->common.emulator_fd);
	do
		rc = sb_lines_recv(&channel, UP_TIMEOUT_MS, &answer, err);
	while (rc == 0 && errno == EINTR);
	if (rc == 0)
		rc = sb_fail(err, SB_EENGINE, 0, "the testbed was not up within %d s",
			     UP_TIMEOUT_MS / 1000);
	else if (rc > 0)
		rc = sb_lines_check(answer, "up", err);
	if (!rc)
		n->relay = cJSON_DetachItemFromObjectCaseSensitive(answer, "relay");
	cJSON_Delete(answer);
	sb_lines_fini(&channel);
	return rc;
}

/*
 * Where it may, the emulator goes before the traffic it shapes: a packet that waits for a processor
 * leaves late.  Asked for by the orchestrator, because within a user namespace nobody may; nodes
 * give it back.
 */
static pid_t fork_emulator(struct native *n, struct sb_err *err)
{
	int usual = getpriority(PRIO_PROCESS, 0);
	pid_t pid;

	n->usual_nice = usual;
	if (usual > EMULATOR_NICE)
		setpriority(PRIO_PROCESS, 0, EMULATOR_NICE);
	pid = sb_ns_fork(n->user_namespaces, err);
	if (pid != 0)
		setpriority(PRIO_PROCESS, 0, usual);
	return pid;
}

static int up_native(const struct sb_engine_request *request, struct sb_testbed **out,
		     struct sb_err *err)
{
	struct native *n = sb_alloc(1, sizeof(*n));
	size_t count = request->plan->link_count + 1;
	int rc = 0;

	if (sb_plan_interop(request->plan)) {
		free(n);
		return sb_fail(
		    err, SB_EENV, 0,
		    "an interop flow runs images, and the native engine has none; type: --engine "
		    "docker (or podman; satbed doctor says which can run here)");
	}
	*n = (struct native){.common = {.ops = &sb_engine_native,
					.plan = request->plan,
					.emulator_fd = -1,
					.node_count = count,
					.node_fds = sb_alloc(count, sizeof(int))},
			     .request = request,
			     .node_ends = sb_alloc(count, sizeof(int)),
			     .node_pids = sb_alloc(count, sizeof(pid_t)),
			     .emulator_end = -1,
			     .uid = geteuid(),
			     .gid = getegid()};
	for (size_t i = 0; i < count; i++)
		n->common.node_fds[i] = n->node_ends[i] = -1;
	/* Without root there is no choice, and forking says what is wrong. */
	n->user_namespaces = geteuid() != 0 || !sb_ns_user_works(NULL);
	n->program_fd = open_program(err);
	if (n->program_fd < 0 || open_channel(&n->common.emulator_fd, &n->emulator_end, err))
		rc = -1;
	for (size_t i = 0; !rc && i < count; i++)
		rc = open_channel(&n->common.node_fds[i], &n->node_ends[i], err);
	if (!rc) {
		n->emulator_pid = fork_emulator(n, err);
		if (n->emulator_pid == 0)
			become_emulator(n);
		rc = n->emulator_pid < 0 ? -1 : 0;
	}
	sb_close_p(&n->emulator_end);
	for (size_t i = 0; i < count; i++)
		sb_close_p(&n->node_ends[i]);
	if (!rc)
		rc = await_up(n, err);
	if (rc) {
		down_native(&n->common);
		return sb_wrap(err, "engine native");
	}
	/* Emulator and nodes are sessions of their own, and may be weighed as such. */
	n->emulator_first = sb_sched_group(n->emulator_pid, EMULATOR_NICE);
	*out = &n->common;
	return 0;
}

static void describe_native(const struct sb_testbed *tb, cJSON *into)
{
	const struct native *n = (const struct native *)tb;

	sb_json_add_str(into, "kind", "native");
	sb_json_add_bool(into, "user_namespaces", n->user_namespaces);
	sb_json_add_bool(into, "root", n->uid == 0);
	sb_json_add_i64(into, "emulator_nice", getpriority(PRIO_PROCESS, (id_t)n->emulator_pid));
	sb_json_add_bool(into, "emulator_session_first", n->emulator_first);
	if (n->relay)
		cJSON_AddItemToObject(into, "relay", cJSON_Duplicate(n->relay, true));
}

/* Nodes go with the emulator, and their channels may be seen to end first; a zombie it is only when they
 * are gone. */
static bool emulator_ended(struct native *n)
{
	int64_t until_ns = sb_mono_ns() + ENDED_NS;
	const struct timespec nap = {.tv_nsec = 5 * SB_NS_PER_MS};

	while (n->emulator_pid > 0 && sb_mono_ns() < until_ns) {
		if (waitpid(n->emulator_pid, &n->emulator_status, WNOHANG) == n->emulator_pid)
			n->emulator_pid = 0;
		else
			nanosleep(&nap, NULL);
	}
	return n->emulator_pid == 0;
}

static void explain_loss(struct sb_testbed *tb, struct sb_err *err)
{
	struct native *n = (struct native *)tb;

	if (!emulator_ended(n))
		return;
	if (WIFSIGNALED(n->emulator_status))
		sb_fail(err, SB_EENGINE, 0, "the emulator process was killed by signal %d (%s)",
			WTERMSIG(n->emulator_status), strsignal(WTERMSIG(n->emulator_status)));
	else
		sb_fail(err, SB_EENGINE, 0, "the emulator process ended with status %d",
			WEXITSTATUS(n->emulator_status));
}

static void pids_native(const struct sb_testbed *tb, pid_t *out)
{
	sb_node_pids(((const struct native *)tb)->emulator_pid, out, tb->node_count);
}

const struct sb_engine_ops sb_engine_native = {
    .name = "native",
    .probe = probe_native,
    .up = up_native,
    .describe = describe_native,
    .lost = explain_loss,
    .pids = pids_native,
    .down = down_native,
};
