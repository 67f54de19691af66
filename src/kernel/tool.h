/* SPDX-License-Identifier: MIT */
/* tool.h - run other people's programs: make, patch, apt-get; private to src/kernel */
#ifndef SATBED_KERNEL_TOOL_H
#define SATBED_KERNEL_TOOL_H

#include <stdbool.h>

#include "satbed/base/err.h"

/**
 * struct sb_tool - one call
 * @directory:	where it runs, NULL = here
 * @argv:	ends with NULL; argv[0] is looked for in PATH
 * @log_fd:	gets all of its output too; -1 = nothing does
 * @line:	is given each line of its standard output and error; may be NULL
 * @tick:	called a few times a second while it runs; may be NULL
 * @ctx:	for @line and @tick
 */
struct sb_tool {
	const char *directory;
	const char *const *argv;
	int log_fd;
	void (*line)(void *ctx, const char *line);
	void (*tick)(void *ctx);
	void *ctx;
};

/**
 * sb_tool_run() - run it to its end
 *
 * It gets no terminal, no standard input, and of the environment what finds programs, proxies and
 * compiler caches: nothing of an outer make.  It and all that it starts are killed when satbed is
 * interrupted.
 *
 * Return: its exit status, 128 and its signal, or -1 with @err: interrupted (SB_EINTERRUPTED), or
 * it could not be started (SB_EENV)
 */
int sb_tool_run(const struct sb_tool *tool, struct sb_err *err);

/** sb_tool_find() - is that program in PATH? */
bool sb_tool_find(const char *name);

/**
 * sb_tool_output() - a call whose output, standard error too, is small
 * @out:	the caller's to free; unset on failure
 *
 * Return: as sb_tool_run()
 */
int sb_tool_output(const char *const *argv, char **out, struct sb_err *err);

#endif
