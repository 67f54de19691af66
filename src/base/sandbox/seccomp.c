// SPDX-License-Identifier: MIT
/* seccomp.c - filters for system calls, made by libseccomp */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/sandbox.h"

/* What C libraries, their allocators and threads ask for behind a program's back, for whatever it does. */
static const char *const usual[] = {
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_gettime64",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "close",
    "exit",
    "exit_group",
    "fcntl",
    "fcntl64",
    "fstat",
    "fstat64",
    "futex",
    "futex_time64",
    "futex_waitv",
    "get_robust_list",
    "getcpu",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "gettid",
    "gettimeofday",
    "getuid",
    "lseek",
    "_llseek",
    "madvise",
    "membarrier",
    "mmap",
    "mmap2",
    "mprotect",
    "mremap",
    "munmap",
    "nanosleep",
    "newfstatat",
    "poll",
    "ppoll",
    "ppoll_time64",
    "read",
    "readv",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
    "sigreturn",
    "statx",
    "sysinfo",
    "tgkill",
    "time",
    "uname",
    "write",
    "writev",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    /* A sanitizer looks at its own threads when it looks for leaks, and reads its own maps. */
    "ptrace",
    "prctl",
    "wait4",
    "waitid",
    "readlink",
    "readlinkat",
    "openat",
    "pipe2",
    "kill",
    "process_vm_readv",
    "personality",
    "sched_setaffinity",
    "clone3",
    "clone",
    "arch_prctl",
    "getrlimit",
    "prlimit64",
    "ioctl",
    "access",
    "dup2",
    "dup",
    "getdents",
    "getdents64",
    "stat",
    "lstat",
    "open",
    "getrusage",
#endif
};

/* si_code of a SIGSYS by a filter (asm-generic/siginfo.h); the C library's <signal.h> lacks it. */
#define BY_FILTER 1

static const char *confined;

/* Of a process that may be under attack: no allocation, no stdio. */
static void on_forbidden(int sig, siginfo_t *info, void *context)
{
	char line[160], digits[12];
	size_t at = sizeof(digits);
	unsigned int call = (unsigned int)info->si_syscall;

	(void)context;
	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + call % 10);
	while ((call /= 10) && at);
	/* Sent by somebody, it names no call. */
	line[0] = '\0';
	strncat(line, "satbed: ", 16);
	strncat(line, confined, 64);
	if (info->si_code == BY_FILTER) {
		strncat(line, " ended: system call ", 32);
		strncat(line, digits + at, 12);
		strncat(line, " is not allowed there\n", 32);
	} else {
		strncat(line, " ended by signal SIGSYS\n", 32);
	}
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		_exit(128 + sig);
	_exit(128 + sig);
}

bool sb_seccomp_exists(void)
{
	/* A filter that cannot be read: EFAULT where there are filters, EINVAL elsewhere. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) && errno == EFAULT;
}

static int add(scmp_filter_ctx filter, const char *call)
{
	int number = seccomp_syscall_resolve_name(call);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static int add_threads(scmp_filter_ctx filter)
{
	/* Its flags are in memory, where no filter can look; C libraries take the older call then. */
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	return rc ? rc
		  : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int fill(scmp_filter_ctx filter, const struct sb_sandbox *s)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(usual) / sizeof(usual[0]); i++)
		rc = add(filter, usual[i]);
	for (size_t i = 0; !rc && i < s->call_count; i++)
		rc = add(filter, s->calls[i]);
	for (size_t i = 0; !rc && i < s->socket_count; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				      SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)s->sockets[i]));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	if (!rc && s->threads)
		rc = add_threads(filter);
#else
	(void)add_threads;
#endif
	return rc;
}

static int load(scmp_filter_ctx filter, int rc, struct sb_err *err)
{
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc ? sb_fail(err, SB_EINTERNAL, -rc, "a filter for system calls (seccomp)") : 0;
}

int sb_sandbox_seccomp(const struct sb_sandbox *s, bool *has, struct sb_err *err)
{
	struct sigaction on = {.sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter;

	*has = sb_seccomp_exists();
	if (!*has)
		return 0;
	confined = s->who;
	sigaction(SIGSYS, &on, NULL);
	filter = seccomp_init(SCMP_ACT_TRAP);
	if (!filter)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	return load(filter, fill(filter, s), err);
}

/*
 * The calls that Docker's default profile withholds from a container without capabilities:
 * docs.docker.com/engine/security/seccomp, "Significant syscalls blocked by the default profile", and
 * those which came later (moby/profiles, seccomp/default.json, 2023: io_uring).
 */
static const char *const withheld[] = {
    "_sysctl",
    "acct",
    "add_key",
    "bpf",
    "clock_adjtime",
    "clock_adjtime64",
    "clock_settime",
    "clock_settime64",
    "create_module",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "get_kernel_syms",
    "get_mempolicy",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "migrate_pages",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "query_module",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "set_mempolicy",
    "setns",
    "settimeofday",
    "stime",
    "swapoff",
    "swapon",
    "sysfs",
    "umount",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "ustat",
    "vhangup",
    "vm86",
    "vm86old",
};

static int withhold(scmp_filter_ctx filter)
{
	/* One rule for each: a mask can be compared with one value only. */
	static const unsigned int kinds[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
					     CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
					     CLONE_NEWNET};
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; !rc && i < sizeof(withheld) / sizeof(withheld[0]); i++) {
		int number = seccomp_syscall_resolve_name(withheld[i]);

		if (number != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
	}
	for (size_t i = 0; !rc && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				      SCMP_A0(SCMP_CMP_MASKED_EQ, kinds[i], kinds[i]));
	if (!rc)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
				      SCMP_A0(SCMP_CMP_EQ, AF_VSOCK));
	return rc;
}

int sb_seccomp_commands(bool *has, struct sb_err *err)
{
	scmp_filter_ctx filter;

	*has = sb_seccomp_exists();
	if (!*has)
		return 0;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	return load(filter, withhold(filter), err);
}

int sb_sandbox_enter(const struct sb_sandbox *s, struct sb_sandbox_state *out, struct sb_err *err)
{
	*out = (struct sb_sandbox_state){0};
	if (sb_sandbox_landlock(s, &out->landlock, err))
		return -1;
	return sb_sandbox_seccomp(s, &out->seccomp, err);
}
