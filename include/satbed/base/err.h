/* SPDX-License-Identifier: MIT */
/* err.h - what went wrong, in words, carried to the one place that prints it */
#ifndef SATBED_BASE_ERR_H
#define SATBED_BASE_ERR_H

#include <stddef.h>

#define SB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * enum sb_code - kind of failure; decides the exit status, see sb_exit_status()
 * @SB_OK:		none
 * @SB_EINPUT:		the user's words: command line, scenario, damaged file (exit 2)
 * @SB_EENV:		this machine lacks something: a module, a right, a program (exit 3)
 * @SB_EENGINE:		the container engine or a running testbed failed (exit 4)
 * @SB_EINTERNAL:	satbed itself, or the kernel in a way nobody can act on (exit 4)
 * @SB_EINTERRUPTED:	somebody pressed Ctrl-C (exit 130)
 */
enum sb_code { SB_OK, SB_EINPUT, SB_EENV, SB_EENGINE, SB_EINTERNAL, SB_EINTERRUPTED };

/**
 * struct sb_err - one failure
 * @code:	kind of failure; SB_OK while there is none
 * @sys:	errno behind it, or 0
 * @msg:	for people, outermost context first; several lines only for a list of
 *		findings about one file
 *
 * Lives on the caller's stack, zeroed; filled where the cause is known, wrapped where
 * context is known, printed once in src/cli.
 */
struct sb_err {
	enum sb_code code;
	int sys;
	char msg[4096];
};

/**
 * sb_fail() - record a failure
 * @err:	where to; may be NULL when the caller does not care
 * @code:	kind
 * @sys:	errno behind it (its text is appended), or 0
 *
 * Return: -1, so that callers can `return sb_fail(...)`
 */
int sb_fail(struct sb_err *err, enum sb_code code, int sys, const char *fmt, ...) SB_PRINTF(4, 5);

/** sb_wrap() - put context ("while doing x") in front of a recorded failure; returns -1 */
int sb_wrap(struct sb_err *err, const char *fmt, ...) SB_PRINTF(2, 3);

/** sb_exit_status() - the process exit status for a kind of failure (0, 2, 3, 4 or 130) */
int sb_exit_status(enum sb_code code);

#endif
