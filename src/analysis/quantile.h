/* SPDX-License-Identifier: MIT */
/* quantile.h - many times in, five numbers out */
#ifndef SATBED_ANALYSIS_QUANTILE_H
#define SATBED_ANALYSIS_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"

/* So many are kept one by one, and have exact quantiles. */
#define SB_TIMES_EXACT (1u << 17)

struct sb_time_bins;

/**
 * struct sb_times - a growing list of times; beyond SB_TIMES_EXACT of them a histogram
 * @ns:		the list, NULL when it has become @bins
 * @count:	of all
 *
 * The histogram's bins are 1/2048 of a power of two wide (1 ns below 4096 ns): a quantile of it is
 * off by less than 0.05 % of itself.  Least, greatest and mean stay exact.
 */
struct sb_times {
	int64_t *ns;
	size_t count, room;
	struct sb_time_bins *bins;
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
