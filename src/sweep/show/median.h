/* SPDX-License-Identifier: MIT */
/* median.h - medians, and how sure one can be of them, of few values or of a million; pure */
#ifndef SATBED_SWEEP_MEDIAN_H
#define SATBED_SWEEP_MEDIAN_H

#include <stddef.h>

/** struct sb_rank_median - @low, @high: NAN where @count is too small for an interval */
struct sb_rank_median {
	size_t count;
	double median, low, high;
};

/**
 * sb_rank_median() - of @values, which are sorted in place
 *
 * The interval holds the median of the distribution with at least 95 %, whatever the distribution:
 * the values whose ranks a binomial of 1/2 leaves 2.5 % beyond at either end (David and Nagaraja,
 * Order Statistics, 2003, 7.1).  It takes 6 values.
 */
struct sb_rank_median sb_rank_median(double *values, size_t count);
/** sb_rank_median_needed() - so many values an interval takes */
size_t sb_rank_median_needed(void);

#endif
