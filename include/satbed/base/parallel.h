/* SPDX-License-Identifier: MIT */
/* parallel.h - the same work for many items, in a few threads */
#ifndef SATBED_BASE_PARALLEL_H
#define SATBED_BASE_PARALLEL_H

#include <stddef.h>

#include "satbed/base/err.h"

/**
 * sb_parallel() - call @work(@arg, i, err) for every i below @count, up to 64 at a time
 *
 * For steps that mostly wait (each packet socket waits for a grace period of the kernel).  All are
 * tried even when one fails.  Threads share the caller's namespaces.
 *
 * Return: 0, or -1 with the failure of the lowest index in @err
 */
int sb_parallel(size_t count, int (*work)(void *arg, size_t i, struct sb_err *err), void *arg,
		struct sb_err *err);
/** sb_parallel_in() - the same in @threads at most, this one among them */
int sb_parallel_in(size_t threads, size_t count,
		   int (*work)(void *arg, size_t i, struct sb_err *err), void *arg,
		   struct sb_err *err);

#endif
