// SPDX-License-Identifier: MIT
/* process.c - a proxy as a child process: started, confined, looked after */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/pep/pep.h"
#include "satbed/base/caps.h"
#include "satbed/base/cpu.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/sandbox.h"

static const char *const calls[] = {
    "accept4",	    "bind",	  "connect",	 "epoll_create1", "epoll_ctl",	"epoll_pwait",
    "epoll_pwait2", "epoll_wait", "getpeername", "getsockname",	  "getsockopt", "ioctl",
    "recv",	    "recvfrom",	  "send",	 "sendto",	  "setsockopt", "shutdown",
};
static const int sockets[] = {AF_INET, AF_INET6};

/* Of what its parent has open, the listeners alone are the proxy's; they become the first ones. */
static void keep_listeners(struct sb_pep_machine *m)
{
	int lowest = STDERR_FILENO + 1;

	for (size_t i = 0; i < m->listener_count; i++) {
		int fd = lowest + (int)i;

		/* Ascending, as they were opened: what is overwritten has been moved already, or is
		 * nobody's here. */
		if (m->listeners[i] != fd && dup3(m->listeners[i], fd, O_CLOEXEC) < 0)
			_exit(124);
		m->listeners[i] = fd;
	}
	syscall(SYS_close_range, lowest + (int)m->listener_count, ~0u, 0);
}

/* A connection takes two descriptors; what else is open, and a socket that is being taken, some more. */
static uint32_t raise_limit(size_t listeners)
{
	struct rlimit files = {1024, 1024};
	rlim_t other = listeners + 8;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur > 1u << 20)
		files.rlim_cur = 1u << 20;
	return files.rlim_cur > other ? (uint32_t)((files.rlim_cur - other) / 2) : 0;
}

static void become_proxy(struct sb_pep_machine *m, const struct sb_pep_place *at, int nice)
{
	static const struct sb_sandbox sandbox = {.who = "satbed-proxy",
						  .calls = calls,
						  .call_count = SB_ARRAY_LEN(calls),
						  .sockets = sockets,
						  .socket_count = SB_ARRAY_LEN(sockets)};
	const struct sb_link_dir *own = &at->plan->links[at->link].dir[at->sends];
	struct sb_pep_relay relay = {.satellite = at->sends == SB_UP ? 1 : 0,
				     .rate_bps = own->pep.rate_bps,
				     .counts = m->counts};
	struct sb_sandbox_state state = {0};
	struct sb_err err = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "satbed-proxy");
	/* Its parent's own way to end is none of a proxy's. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	setpriority(PRIO_PROCESS, 0, nice);
	if (m->net_fd >= 0 && setns(m->net_fd, CLONE_NEWNET))
		_exit(125);
	keep_listeners(m);
	relay.listeners = m->listeners;
	relay.listener_count = m->listener_count;
	relay.most = raise_limit(m->listener_count);
	/* Sockets with the client's address need CAP_NET_RAW (ip(7), IP_TRANSPARENT). */
	if (!sb_caps_keep(1u << CAP_NET_RAW, &err) && !sb_sandbox_enter(&sandbox, &state, &err))
		sb_pep_relay_run(&relay, &err);
	fprintf(stderr, "satbed: proxy: %s\n", err.msg);
	_exit(1);
}

int sb_pep_launch(struct sb_pep_machine *m, const struct sb_pep_place *at, int nice,
		  struct sb_err *err)
{
	pid_t pid;

	if (!m->listener_count)
		return 0;
	pid = fork();
	if (pid == 0)
		become_proxy(m, at, nice);
	if (pid < 0)
		return sb_fail(err, SB_EENV, errno, "cannot start a proxy");
	m->pid = pid;
	return 0;
}

void sb_pep_machine_close(struct sb_pep_machine *m)
{
	for (size_t i = 0; i < m->listener_count; i++)
		close(m->listeners[i]);
	free(m->listeners);
	sb_close_p(&m->net_fd);
}

/* Has it ended?  Then says how. */
static bool has_ended(struct sb_pep_machine *m)
{
	int status;

	if (m->ended[0])
		return true;
	if (m->pid <= 0 || waitpid(m->pid, &status, WNOHANG) != m->pid)
		return false;
	m->pid = 0;
	if (WIFSIGNALED(status))
		snprintf(m->ended, sizeof(m->ended), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(m->ended, sizeof(m->ended), "status %d", WEXITSTATUS(status));
	return true;
}

void sb_pep_machine_facts(struct sb_pep_machine *m, enum sb_dir sends, cJSON *into, double *cpu_s)
{
	double own = m->pid > 0 ? sb_cpu_seconds(m->pid) : -1;
	const char *name = sb_pep_machine_name(sends);
	cJSON *facts;

	if (!m->listener_count)
		return;
	facts = cJSON_AddObjectToObject(into, name);
	sb_json_add_i64(facts, "connections", (int64_t)m->counts->connections);
	sb_json_add_i64(facts, "failed", (int64_t)m->counts->failed);
	sb_json_add_i64(facts, "turned_away", (int64_t)m->counts->turned_away);
	sb_json_add_i64(facts, "up_bytes", (int64_t)m->counts->bytes[SB_UP]);
	sb_json_add_i64(facts, "down_bytes", (int64_t)m->counts->bytes[SB_DOWN]);
	*cpu_s = own >= 0 && *cpu_s >= 0 ? *cpu_s + own : -1;
	if (has_ended(m) && !cJSON_HasObjectItem(into, "ended")) {
		sb_auto_free char *text = sb_asprintf("the %s's proxy: %s", name, m->ended);

		sb_json_add_str(into, "ended", text);
	}
}
