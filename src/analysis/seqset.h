/* SPDX-License-Identifier: MIT */
/* seqset.h - which part of a TCP sequence space has been seen */
#ifndef SATBED_ANALYSIS_SEQSET_H
#define SATBED_ANALYSIS_SEQSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_hole {
	uint64_t from, to;
};

/**
 * struct sb_seqset - everything below @next but the holes; sequence numbers widened to 64 bits
 * @holes:	sorted, disjoint; what was jumped over and may still come
 */
struct sb_seqset {
	bool begun;
	uint64_t next;
	size_t hole_count, hole_room;
	struct sb_hole *holes;
};

void sb_seqset_fini(struct sb_seqset *s);
/** sb_seqset_begin() - start at @seq; what is below it counts as not seen */
void sb_seqset_begin(struct sb_seqset *s, uint32_t seq);
/** sb_seqset_widen() - the 64-bit number nearest to next that ends in @seq */
uint64_t sb_seqset_widen(const struct sb_seqset *s, uint32_t seq);
/** sb_seqset_add() - [@from, @from + @len) was seen; returns how much of it for the first time */
uint64_t sb_seqset_add(struct sb_seqset *s, uint64_t from, uint32_t len);

#endif
