/* SPDX-License-Identifier: MIT */
/* spill_sort.h - sort an array that may be much larger than memory */
#ifndef SATBED_BASE_SPILL_SORT_H
#define SATBED_BASE_SPILL_SORT_H

#include "satbed/base/spill.h"

/**
 * sb_spill_sort() - as qsort(); of an array in a file some megabytes are in memory at a time
 * @spill:	where the array is
 *
 * Pieces are sorted, then merged two and two through a second file of the same size, each time from beginning to
 * end.
 */
void sb_spill_sort(const struct sb_spill *spill, void *array, size_t count, size_t size,
		   int (*compare)(const void *, const void *));

#endif
