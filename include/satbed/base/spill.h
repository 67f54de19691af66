/* SPDX-License-Identifier: MIT */
/* spill.h - a growing array that is on the heap while it is small, and in a file when it is large */
#ifndef SATBED_BASE_SPILL_H
#define SATBED_BASE_SPILL_H

#include <stddef.h>

/**
 * struct sb_spill - where one array is; starts zeroed but for @dir
 * @dir:	directory for the file, which has no name; NULL = the array stays on the heap
 *
 * The file is mapped: elements are reached as those of any array.  What a pass over them has gone
 * through is given back with sb_spill_pass(), so that memory holds the part in use however long the
 * array is.  Where there is no room for the file the array stays on, or goes back to, the heap.
 */
struct sb_spill {
	const char *dir;
	void *base; /* of the mapping, NULL = on the heap */
	size_t bytes, grown;
	int file; /* its descriptor and one more */
};

/** sb_spill_grow() - make room for one more element, as sb_grow() does */
void *sb_spill_grow(struct sb_spill *s, void *array, size_t used, size_t *room, size_t size);
void sb_spill_free(struct sb_spill *s, void *array);

void sb_spill_give_back(const struct sb_spill *s, size_t *from, size_t to);

#define SB_SPILL_PASS (4u << 20)

/**
 * sb_spill_pass() - a pass has done with everything below @to bytes
 * @from:	the pass's own, 0 at its beginning
 *
 * Elements below may still be reached, at the price of a page fault.
 */
static inline void sb_spill_pass(const struct sb_spill *s, size_t *from, size_t to)
{
	if (s->base && to >= *from + SB_SPILL_PASS)
		sb_spill_give_back(s, from, to);
}

#endif
