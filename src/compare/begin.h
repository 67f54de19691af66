/* SPDX-License-Identifier: MIT */
/* begin.h - a new comparison: its arms resolved, tried, and written down */
#ifndef SATBED_COMPARE_BEGIN_H
#define SATBED_COMPARE_BEGIN_H

#include "state.h"

/**
 * sb_comparison_begin() - from options to a directory with its state
 * @c:		zeroed; sb_comparison_fini() by the caller in any case
 *
 * Every arm's testbed is raised once and lowered: what cannot run here is told before anything is
 * measured; without --arm it is left out instead.
 *
 * Return: 0, or -1 with @err
 */
int sb_comparison_begin(const struct sb_compare_options *o, struct sb_comparison *c,
			struct sb_err *err);

/** sb_comparison_check_clocks() - runs side by side, or without a link, on a clock that has no use
 * for it (SB_EINPUT) */
int sb_comparison_check_clocks(const struct sb_comparison *c, size_t jobs, struct sb_err *err);

#endif
