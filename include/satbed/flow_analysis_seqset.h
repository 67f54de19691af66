/* SPDX-License-Identifier: MIT */
/* flow_analysis_seqset.h - which part of a TCP sequence space has been seen */
#ifndef SATBED_FLOW_ANALYSIS_SEQSET_H
#define SATBED_FLOW_ANALYSIS_SEQSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_hole {
	uint64_t from, to;
};

/**
 * struct sb_seqset - everything below @next but the holes; sequence numbers widened to 64 bits
 * @start:	where it began
 * @holes:	sorted, disjoint; what was jumped over and may still come; at most @max_holes (0:
 * 8192)
 */
struct sb_seqset {
	uint64_t next, start;
	struct sb_hole *holes;
	uint32_t hole_count, hole_room, max_holes;
	bool begun;
};

void sb_seqset_fini(struct sb_seqset *s);
/** sb_seqset_begin() - start at @seq; what is below it counts as not seen */
void sb_seqset_begin(struct sb_seqset *s, uint32_t seq);
/** sb_seqset_restart() - the same at widened @from of a set that has nothing yet */
void sb_seqset_restart(struct sb_seqset *s, uint64_t from);
/** sb_seqset_widen() - the 64-bit number nearest to next that ends in @seq */
static inline uint64_t sb_seqset_widen(const struct sb_seqset *s, uint32_t seq)
{
	return s->next + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)s->next);
}
/** sb_seqset_add() - [@from, @from + @len) was seen; returns how much of it for the first time */
uint64_t sb_seqset_add(struct sb_seqset *s, uint64_t from, uint32_t len);
/** sb_seqset_missing() - the first of [@from, @to) that was not seen; @to when all of it was */
uint64_t sb_seqset_missing(const struct sb_seqset *s, uint64_t from, uint64_t to);
/** sb_seqset_unseen() - how much of [start, @below) was not seen */
uint64_t sb_seqset_unseen(const struct sb_seqset *s, uint64_t below);

#endif
