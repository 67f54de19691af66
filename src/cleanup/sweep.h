/* SPDX-License-Identifier: MIT */
/* sweep.h - one daemon, until it has nothing more of runs that are over */
#ifndef SATBED_CLEANUP_SWEEP_H
#define SATBED_CLEANUP_SWEEP_H

#include "satbed/cleanup.h"
#include "targets.h"

/**
 * sb_sweep() - look, judge, remove, and look again
 * @target:	which of @t's daemons @d is
 *
 * Marks journals as kept whose things are not all gone.
 *
 * Return: 0; -1 with @err (SB_EENGINE) when something is still there that should not
 */
int sb_sweep(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t target,
	     struct sb_daemon *d, struct sb_err *err);

#endif
