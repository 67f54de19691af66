/* SPDX-License-Identifier: MIT */
/* quantile.h - many times in, five numbers out */
#ifndef SATBED_ANALYSIS_QUANTILE_H
#define SATBED_ANALYSIS_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"

/** struct sb_times - a growing list of times */
struct sb_times {
	int64_t *ns;
	size_t count, room;
};

void sb_times_add(struct sb_times *t, int64_t ns);
void sb_times_fini(struct sb_times *t);
/**
 * sb_times_quantiles() - sorts the list; values in milliseconds
 *
 * A quantile q of n sorted values is interpolated at position q (n - 1), counted from 0
 * (Hyndman and Fan 1996, definition 7).
 */
struct sb_quantiles sb_times_quantiles(struct sb_times *t);
/** sb_times_at() - one quantile of a list already sorted, in ns */
double sb_times_at(const struct sb_times *sorted, double q);

#endif
