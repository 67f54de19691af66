/* SPDX-License-Identifier: MIT */
/*
 * sandbox.h - what a process of satbed's may still ask the kernel for, and which files it may open
 *
 * For processes that read what others send: the system calls they need and no other (seccomp), and the
 * files below named directories and no other (Landlock).  A kernel that has one of the two not
 * confines by the other; which it was is told, for the manifest.
 */
#ifndef SATBED_BASE_SANDBOX_H
#define SATBED_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

/**
 * struct sb_sandbox - what is left
 * @who:	name for the message of a call that is not allowed
 * @calls:	system calls by name; those that this machine has not are passed over
 * @threads:	may make threads; nobody may make processes
 * @sockets:	address families of socket()
 * @paths:	files and directories with all below them; missing ones are passed over
 */
struct sb_sandbox {
	const char *who;
	const char *const *calls;
	size_t call_count;
	bool threads;
	const int *sockets;
	size_t socket_count;
	const struct sb_sandbox_path {
		const char *path;
		enum { SB_MAY_READ, SB_MAY_WRITE, SB_MAY_MAKE } may; /* each with those before it */
	} * paths;
	size_t path_count;
};

/** struct sb_sandbox_state - @landlock: version of its interface, 0 = this kernel has none */
struct sb_sandbox_state {
	bool seccomp;
	int landlock;
};

/**
 * sb_sandbox_enter() - from here on, for this thread and those it makes; there is no way back
 *
 * Takes no_new_privs, which must be set.  A call that is not allowed ends the process (SIGSYS), with a
 * line on standard error that names it.
 *
 * Return: 0, or -1 with @err: the kernel has what is asked for and refused it
 */
int sb_sandbox_enter(const struct sb_sandbox *s, struct sb_sandbox_state *out, struct sb_err *err);

/** sb_sandbox_seccomp(), sb_sandbox_landlock() - the two halves (seccomp.c, landlock.c) */
int sb_sandbox_seccomp(const struct sb_sandbox *s, bool *has, struct sb_err *err);
int sb_sandbox_landlock(const struct sb_sandbox *s, int *version, struct sb_err *err);
/** sb_seccomp_exists() - can this kernel filter system calls? */
bool sb_seccomp_exists(void);

/**
 * sb_seccomp_commands() - for a user's command: what Docker's default profile forbids (EPERM)
 *
 * To be called between fork and exec, with no_new_privs.  Return: as sb_sandbox_seccomp()
 */
int sb_seccomp_commands(bool *has, struct sb_err *err);

#endif
