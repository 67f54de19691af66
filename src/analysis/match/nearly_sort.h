/* SPDX-License-Identifier: MIT */
/* nearly_sort.h - sort what is in order but for a few neighbours, in place and in one pass */
#ifndef SATBED_ANALYSIS_NEARLY_SORT_H
#define SATBED_ANALYSIS_NEARLY_SORT_H

#include <stddef.h>

#include "satbed/base/spill.h"

/**
 * sb_nearly_sort() - insertion sort; sb_spill_sort() where that would take more than 64 moves an element, as
 * in a made file
 * @compare:	a total order, as for qsort()
 * @spill:	where the array is
 */
void sb_nearly_sort(void *array, size_t count, size_t size,
		    int (*compare)(const void *, const void *), const struct sb_spill *spill);

#endif
