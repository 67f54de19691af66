// SPDX-License-Identifier: MIT
/* nearly_sort.c - sort what is in order but for a few neighbours, in place and in one pass */
#include "nearly_sort.h"

#include <stdint.h>
#include <string.h>

#include "satbed/base/spill_sort.h"

#define MOVES_EACH  64
#define ELEMENT_MAX 128

/* The place of element @i among those before it, which are sorted. */
static size_t find_place(const char *array, size_t i, size_t size,
			 int (*compare)(const void *, const void *))
{
	size_t low = 0, high = i, step = 1;

	/* It is near: look back in growing steps, then between the last two. */
	while (high > 0 && compare(array + (high - 1) * size, array + i * size) > 0) {
		high = high > step ? high - step : 0;
		step *= 2;
	}
	low = high;
	high = i;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(array + mid * size, array + i * size) > 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

void sb_nearly_sort(void *array, size_t count, size_t size,
		    int (*compare)(const void *, const void *), const struct sb_spill *spill)
{
	uint64_t moves = 0, most = (uint64_t)MOVES_EACH * count;
	size_t gone = 0;
	char *at = array, one[ELEMENT_MAX];

	if (size > sizeof(one)) {
		sb_spill_sort(spill, array, count, size, compare);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		size_t place;

		sb_spill_pass(spill, &gone, i * size);
		if (compare(at + (i - 1) * size, at + i * size) <= 0)
			continue;
		place = find_place(at, i, size, compare);
		moves += i - place;
		if (moves > most) {
			sb_spill_sort(spill, array, count, size, compare);
			return;
		}
		memcpy(one, at + i * size, size);
		memmove(at + (place + 1) * size, at + place * size, (i - place) * size);
		memcpy(at + place * size, one, size);
	}
}
