/* SPDX-License-Identifier: MIT */
/*
 * stats.h - numbers of paired rounds: medians, differences, and how sure one can be of them
 *
 * Pure.  Quantiles and random numbers are GSL's; the same seed gives the same intervals.
 */
#ifndef SATBED_COMPARE_STATS_H
#define SATBED_COMPARE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Resamples of a bootstrap: 100 lie beyond either end of an interval. */
#define SB_RESAMPLES 4000

/** struct sb_summary - of one arm's own values; NAN without any */
struct sb_summary {
	size_t count;
	double min, p25, median, p75, max;
};

/** struct sb_interval - @low, @high: NAN where the pairs are too few for it */
struct sb_interval {
	double low, high;
};

/**
 * struct sb_paired - an arm against the baseline, round by round
 * @pairs:	rounds in which both have a value
 * @difference:	median of (arm - baseline), with its 95 % interval
 * @strict:	the interval that holds for all values of an arm together with 95 %: from the
 *		order of the differences alone (sign test), at 1 - 0.05 / @family
 * @ratio:	median of (arm / baseline), with its 95 % interval; NAN where a baseline is not > 0
 */
struct sb_paired {
	size_t pairs;
	double difference, ratio;
	struct sb_interval interval, strict, ratio_interval;
};

enum sb_difference { SB_TOO_FEW, SB_NO_DIFFERENCE, SB_LOWER, SB_HIGHER };

/** sb_summary() - @values: NAN for a round without one */
struct sb_summary sb_summary(const double *values, size_t count);

/** sb_pairs_needed() - so few pairs can give an interval at 1 - 0.05 / @family at all: the sign of
 * the median difference is known no better than by 2^(1-n) (sign test) */
size_t sb_pairs_needed(size_t family);

/**
 * sb_paired() - percentile bootstrap (Efron and Tibshirani, 1993, chapter 13) of the median
 * difference of pairs
 * @base, @arm:	@count rounds each, NAN where a round has no value
 * @family:	how many values of this arm are judged together, at least 1
 */
struct sb_paired sb_paired(const double *base, const double *arm, size_t count, size_t family,
			   uint64_t seed);

/** sb_paired_finding() - what @p allows to be said: a difference only where @strict leaves zero out
 */
enum sb_difference sb_paired_finding(const struct sb_paired *p);

#endif
