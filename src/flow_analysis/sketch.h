/* SPDX-License-Identifier: MIT */
/* sketch.h - many times in little memory: a histogram whose bins grow with the value */
#ifndef SATBED_FLOW_ANALYSIS_SKETCH_H
#define SATBED_FLOW_ANALYSIS_SKETCH_H

#include "satbed/flow_analysis.h"

#define SB_SKETCH_PENDING 27

/**
 * struct sb_sketch - counts of times from 0 to 2^62 ns
 * @pending:	ns, not counted yet: the bins of many flows do not all stay in the cache
 * @bins:	[@low, @low + @room) of the numbered bins, those that were hit and what is between;
 * @wide_bins:	instead, once one was hit 65535 times
 *
 * Below 128 ns a bin is a nanosecond; above, each doubling has 64: a value taken from the middle
 * of its bin is within 1/128 of the true one.  At most 3,648 bins, of 2 or 4 bytes; round-trip
 * times of one connection span a few hundred.
 */
struct sb_sketch {
	uint32_t pending_count;
	uint32_t pending[SB_SKETCH_PENDING];
	uint32_t low, room;
	uint16_t *bins;
	uint32_t *wide_bins;
	uint64_t count;
	int64_t min_ns, max_ns;
};

/** sb_sketch_count() - count what is pending; returns the bytes by which memory grew */
size_t sb_sketch_count(struct sb_sketch *s);
/** sb_sketch_add_far() - one at once: negative, or more than four seconds */
size_t sb_sketch_add_far(struct sb_sketch *s, int64_t ns);
/** sb_sketch_add() - negative times count as 0; returns the bytes by which memory grew */
static inline size_t sb_sketch_add(struct sb_sketch *s, int64_t ns)
{
	if (__builtin_expect((uint64_t)ns > UINT32_MAX, 0))
		return sb_sketch_add_far(s, ns);
	s->pending[s->pending_count++] = (uint32_t)ns;
	return s->pending_count == SB_SKETCH_PENDING ? sb_sketch_count(s) : 0;
}
/** sb_sketch_at() - @n quantiles in @ns, smaller @q first: of m values the one at position
 * ceil(q m), from 1 */
void sb_sketch_at(struct sb_sketch *s, size_t n, const double q[], double ns[]);
struct sb_flow_analysis_spread sb_sketch_spread(struct sb_sketch *s);
void sb_sketch_fini(struct sb_sketch *s);

#endif
