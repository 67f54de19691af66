// SPDX-License-Identifier: MIT
/* confinement.c - the emulator shapes interfaces and reads packets, and does nothing else */
#include "confinement.h"

#include <linux/capability.h>
#include <sys/socket.h>

#include "satbed/base/caps.h"
#include "satbed/base/mem.h"

static const char *const calls[] = {
    /* channel, rings, timers; capset and prctl of threads */
    "alarm",
    "access",
    "bind",
    "capget",
    "capset",

    "dup",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "faccessat",
    "faccessat2",
    "getdents64",
    "getpeername",
    "getpriority",
    "getrusage",
    "getsockname",
    "getsockopt",
    "ioctl",
    "openat",
    "open",
    "pipe2",
    "prctl",
    "pread64",
    "prlimit64",
    "readlink",
    "readlinkat",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmmsg_time64",
    "recvmsg",
    "sched_getattr",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setaffinity",
    "sched_setattr",
    "sched_setparam",
    "sched_setscheduler",
    "send",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setitimer",
    "setpriority",
    "setsockopt",
    "shutdown",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_settime64",
    "wait4",
    "waitid",
    "fstatfs",
    "statfs",
    "fstatfs64",
    /* captures */
    "fadvise64",
    "fallocate",
    "fdatasync",
    "fsync",
    "ftruncate",
    "msync",
    "pwrite64",
    "pwritev",
    "sync_file_range",
};

/* libpcap asks the kernel about an interface through AF_UNIX; connect() is not among the calls. */
static const int sockets[] = {AF_UNIX, AF_NETLINK, AF_PACKET, AF_INET, AF_INET6};

/* Statistics and interfaces to look up; the tap of the user-space link. */
static const struct sb_sandbox_path paths[] = {
    {"/proc", SB_MAY_READ},
    {"/sys", SB_MAY_READ},
    {"/dev/net/tun", SB_MAY_WRITE},
};

int sb_emulator_confine(struct sb_sandbox_state *out, struct sb_err *err)
{
	static const struct sb_sandbox sandbox = {
	    .who = "satbed-emulator",
	    .calls = calls,
	    .call_count = SB_ARRAY_LEN(calls),
	    .threads = true,
	    .sockets = sockets,
	    .socket_count = SB_ARRAY_LEN(sockets),
	    .paths = paths,
	    .path_count = SB_ARRAY_LEN(paths),
	};

	if (sb_caps_keep(1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW, err))
		return -1;
	return sb_sandbox_enter(&sandbox, out, err);
}
