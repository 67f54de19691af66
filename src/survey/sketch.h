/* SPDX-License-Identifier: MIT */
/* sketch.h - many times in little memory: a histogram whose bins grow with the value */
#ifndef SATBED_SURVEY_SKETCH_H
#define SATBED_SURVEY_SKETCH_H

#include "satbed/survey.h"

#define SB_SKETCH_PENDING 14

/**
 * struct sb_sketch - counts of times from 0 to 2^62 ns
 * @pending:	hit and not counted yet: the bins of many flows do not all stay in the cache
 * @bins:	[@low, @low + @room) of the numbered bins, those that were hit and what is between
 *
 * Below 128 ns a bin is a nanosecond; above, each doubling has 64: a value taken from the middle
 * of its bin is within 1/128 of the true one.  At most 3,648 bins, of 4 bytes; round-trip times of
 * one connection span a few hundred.
 */
struct sb_sketch {
	uint16_t pending[SB_SKETCH_PENDING];
	uint32_t pending_count;
	uint32_t low, room;
	uint32_t *bins;
	uint64_t count;
	int64_t min_ns, max_ns;
};

/** sb_sketch_add() - negative times count as 0; returns the bytes by which memory grew */
size_t sb_sketch_add(struct sb_sketch *s, int64_t ns);
/** sb_sketch_at() - a quantile in ns: of n values the one at position ceil(q n), from 1 */
double sb_sketch_at(struct sb_sketch *s, double q);
struct sb_survey_spread sb_sketch_spread(struct sb_sketch *s);
void sb_sketch_fini(struct sb_sketch *s);

#endif
