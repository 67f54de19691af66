/* SPDX-License-Identifier: MIT */
/* scratch.h - the directory in which one kernel is built; private to src/kernel */
#ifndef SATBED_KERNEL_SCRATCH_H
#define SATBED_KERNEL_SCRATCH_H

#include <stdint.h>

#include "satbed/base/err.h"

/**
 * struct sb_scratch - beside the kernels, so that a finished one is renamed
 * @store, @path: absolute
 * @fd:		of it, locked while its owner lives
 * @log_fd:	of the file "log" in it
 */
struct sb_scratch {
	char *store, *path, *name;
	int store_fd, fd, log_fd;
};

/**
 * sb_scratch_open() - a new one; those whose owners are dead are removed
 * @need_bytes:	of free space
 *
 * Return: 0, or -1 with @err (SB_EENV) and nothing left behind
 */
int sb_scratch_open(struct sb_scratch *s, uint64_t need_bytes, struct sb_err *err);

/** sb_scratch_close() - with all that is in it; zeroed is fine */
void sb_scratch_close(struct sb_scratch *s);

/** sb_scratch_keep_log() - as failed-build.log beside the kernels; its path, the caller's to free,
 * or NULL */
char *sb_scratch_keep_log(struct sb_scratch *s);

/** sb_scratch_publish() - the directory @from in it becomes the kernel @name; one of that name that
 * is there already is replaced */
int sb_scratch_publish(struct sb_scratch *s, const char *from, const char *name,
		       struct sb_err *err);

#endif
