// SPDX-License-Identifier: MIT
/* confinement.c - the agent reads what the network sends; it executes nothing and opens little */
#include <stddef.h>
#include <sys/socket.h>

#include "agent.h"

static const char *const calls[] = {
    /* loop, channel and flows */
    "accept",
    "accept4",
    "bind",
    "capget",
    "capset",
    "connect",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "getitimer",
    "getpeername",
    "getrusage",
    "getsockname",
    "getsockopt",
    "ioctl",
    "listen",
    "pipe2",
    "prctl",
    "prlimit64",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmmsg_time64",
    "recvmsg",
    "send",
    "sendfile",
    "sendfile64",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setrlimit",
    "getrlimit",
    "setsockopt",
    "shutdown",
    "signalfd4",
    "socketpair",
    "splice",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    "timerfd_settime64",
    "wait4",
    "waitpid",
    /* files of the user's, and terminals for commands */
    "access",
    "fchmod",
    "getdents64",
    "mkdirat",
    "open",
    "openat",
    "pread64",
    "pwrite64",
    "unlinkat",
};

/* AF_PACKET: a replay's frames. */
static const int sockets[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET};

int sb_agent_confine(struct sb_sandbox_state *out, struct sb_err *err)
{
	const char *work = sb_workdir_path();
	const struct sb_sandbox_path paths[] = {
	    {"/proc", SB_MAY_READ},
	    {"/etc/os-release", SB_MAY_READ},
	    {"/usr/lib/os-release", SB_MAY_READ},
	    {"/dev/ptmx", SB_MAY_WRITE},
	    {"/dev/pts", SB_MAY_WRITE},
	    {work ? work : "/proc", work ? SB_MAY_MAKE : SB_MAY_READ},
	};
	const struct sb_sandbox sandbox = {
	    .who = "satbed-agent",
	    .calls = calls,
	    .call_count = sizeof(calls) / sizeof(calls[0]),
	    .sockets = sockets,
	    .socket_count = sizeof(sockets) / sizeof(sockets[0]),
	    .paths = paths,
	    .path_count = sizeof(paths) / sizeof(paths[0]),
	};

	if (sb_privilege_agent(err))
		return -1;
	return sb_sandbox_enter(&sandbox, out, err);
}
