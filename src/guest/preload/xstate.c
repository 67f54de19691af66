// SPDX-License-Identifier: MIT
/*
 * xstate.c - ptrace() for User-Mode Linux on processors whose register state is larger than it
 * knows
 *
 * UML keeps 2696 bytes of a process's extended registers (NT_X86_XSTATE).  The host's kernel hands
 * out the first bytes of a longer state, but takes back only a whole one: where a processor has
 * AMX, whose tiles make it 11008 bytes, UML ends before its first process with "ptrace set fp regs
 * failed, errno = 14".  So a short state that is set is laid over the whole one first.
 *
 * UML gets and sets these registers around every system call of its guest, which rarely touched
 * them in between: what a stopped process is known to have already is not set again.  Like UML,
 * this expects one tracing thread.
 */
#include "preload.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define WHOLE_MAX 65536 /* of every x86 processor so far; the kernel says how much it is */
#define KNOWN_MAX 4096
#define SLOTS	  128 /* of processes, by number; two of the same slot only cost each other time */

typedef long ptrace_fn(int request, pid_t pid, void *addr, void *data);

/* What a stopped process's registers were when they were last read. */
struct known {
	pid_t pid; /* 0: nothing is known */
	size_t len;
	unsigned char state[KNOWN_MAX];
};

static struct known known[SLOTS];
static unsigned char whole[WHOLE_MAX];

static struct known *slot_of(pid_t pid)
{
	return &known[(unsigned int)pid % SLOTS];
}

static void forget(pid_t pid)
{
	struct known *k = slot_of(pid);

	if (k->pid == pid)
		k->pid = 0;
}

static void remember(pid_t pid, const struct iovec *iov)
{
	struct known *k = slot_of(pid);

	k->pid = 0;
	if (iov->iov_len > sizeof(k->state))
		return;
	memcpy(k->state, iov->iov_base, iov->iov_len);
	k->len = iov->iov_len;
	k->pid = pid;
}

/* iov may be longer than the state: the kernel ignores the rest, so is it here. */
static bool has_already(pid_t pid, const struct iovec *iov)
{
	const struct known *k = slot_of(pid);

	return k->pid == pid && iov->iov_len >= k->len && !memcmp(k->state, iov->iov_base, k->len);
}

/* The part of the state beyond a short one stays what it is. */
static long set_short(ptrace_fn *next, pid_t pid, void *type, const struct iovec *iov)
{
	struct iovec all = {.iov_base = whole, .iov_len = sizeof(whole)};

	if (next(PTRACE_GETREGSET, pid, type, &all) < 0)
		return -1;
	if (iov->iov_len < all.iov_len)
		memcpy(whole, iov->iov_base, iov->iov_len);
	else
		memcpy(whole, iov->iov_base, all.iov_len);
	return next(PTRACE_SETREGSET, pid, type, &all);
}

static long set_xstate(ptrace_fn *next, pid_t pid, void *type, const struct iovec *iov)
{
	int errno_before = errno;
	long rc;

	if (has_already(pid, iov))
		return 0;
	forget(pid);
	rc = next(PTRACE_SETREGSET, pid, type, (void *)(uintptr_t)iov);
	if (rc == 0 || errno != EFAULT)
		return rc;
	errno = errno_before;
	return set_short(next, pid, type, iov);
}

static bool leaves_registers(int request)
{
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
	case PTRACE_GETFPREGS:
	case PTRACE_GETSIGINFO:
		return true;
	default:
		return false;
	}
}

static ptrace_fn *next_ptrace(void)
{
	static ptrace_fn *next;

	if (!next) {
		/* ISO C knows no way from an object pointer to a function pointer. */
		void *found = dlsym(RTLD_NEXT, "ptrace");

		memcpy(&next, &found, sizeof(next));
	}
	return next;
}

static pid_t tracer;

__attribute__((constructor)) static void note_tracer(void)
{
	tracer = getpid();
}

/*
 * A child that is about to be traced.  PTRACE_O_EXITKILL comes only after its first stop: a tracer
 * that is killed before would leave it stopped for ever.
 */
static void end_with_tracer(void)
{
	int errno_before = errno;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getpid() != tracer && getppid() != tracer)
		_exit(1);
	errno = errno_before;
}

long sb_preload_ptrace(int request, ...)
{
	ptrace_fn *next = next_ptrace();
	va_list args;
	pid_t pid;
	void *addr, *data;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);

	if (!next) {
		errno = ENOSYS;
		return -1;
	}
	if (addr == (void *)NT_X86_XSTATE && data) {
		struct iovec *iov = data;
		long rc;

		if (request == PTRACE_SETREGSET)
			return set_xstate(next, pid, addr, iov);
		if (request == PTRACE_GETREGSET) {
			rc = next(request, pid, addr, data);
			if (rc == 0)
				remember(pid, iov);
			return rc;
		}
	}
	if (request == PTRACE_TRACEME)
		end_with_tracer();
	/* A process of the guest must not go on, with system calls of the host, when its kernel
	 * was killed. */
	if (request == PTRACE_SETOPTIONS)
		data = (void *)((uintptr_t)data | PTRACE_O_EXITKILL);
	if (!leaves_registers(request))
		forget(pid);
	return next(request, pid, addr, data);
}
