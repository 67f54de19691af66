// SPDX-License-Identifier: MIT
/* spill_sort.c - sort an array that may be much larger than memory */
#include "satbed/base/spill_sort.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

/* So much is sorted at once, and qsort() may want as much again. */
#define CHUNK_BYTES ((size_t)8 << 20)

/* What is read from @next to @end, in order. */
struct reading {
	const char *array;
	size_t next, end, gone;
};

static struct reading read_from(const char *array, size_t next, size_t end, size_t size)
{
	return (struct reading){array, next, end, next * size / SB_SPILL_PASS * SB_SPILL_PASS};
}

static const char *head(const struct reading *r, size_t size)
{
	return r->next < r->end ? r->array + r->next * size : NULL;
}

static void sort_chunks(const struct sb_spill *spill, char *array, size_t count, size_t size,
			size_t chunk, int (*compare)(const void *, const void *))
{
	size_t gone = 0;

	for (size_t at = 0; at < count; at += chunk) {
		size_t n = count - at < chunk ? count - at : chunk;

		qsort(array + at * size, n, size, compare);
		sb_spill_pass(spill, &gone, (at + n) * size);
	}
}

/* Appends what @a and @b have between them to @to. */
static void merge(const struct sb_spill *spill, struct reading *a, struct reading *b, size_t size,
		  int (*compare)(const void *, const void *), struct sb_spill *to_spill, char **to,
		  size_t *count, size_t *room)
{
	const char *in_a = head(a, size), *in_b = head(b, size);

	while (in_a || in_b) {
		bool first = in_a && (!in_b || compare(in_a, in_b) <= 0);
		struct reading *r = first ? a : b;

		*to = sb_spill_grow(to_spill, *to, *count, room, size);
		memcpy(*to + *count * size, first ? in_a : in_b, size);
		++*count;
		r->next++;
		sb_spill_pass(spill, &r->gone, r->next * size);
		if (first)
			in_a = head(a, size);
		else
			in_b = head(b, size);
	}
}

static void copy_back(const struct sb_spill *spill, char *array, const struct sb_spill *from_spill,
		      const char *from, size_t bytes)
{
	size_t gone = 0, from_gone = 0;

	for (size_t at = 0; at < bytes; at += CHUNK_BYTES) {
		size_t n = bytes - at < CHUNK_BYTES ? bytes - at : CHUNK_BYTES;

		memcpy(array + at, from + at, n);
		sb_spill_pass(spill, &gone, at + n);
		sb_spill_pass(from_spill, &from_gone, at + n);
	}
}

void sb_spill_sort(const struct sb_spill *spill, void *array, size_t count, size_t size,
		   int (*compare)(const void *, const void *))
{
	size_t chunk = CHUNK_BYTES / size ? CHUNK_BYTES / size : 1;
	struct sb_spill to_spill = {.dir = spill->dir};
	char *to = NULL;
	size_t room = 0;

	if (!spill->base || count <= chunk) {
		qsort(array, count, size, compare);
		return;
	}
	sort_chunks(spill, array, count, size, chunk, compare);
	for (size_t width = chunk; width < count; width *= 2) {
		size_t merged = 0;

		to_spill.grown = 0;
		for (size_t at = 0; at < count; at += 2 * width) {
			size_t middle = count - at < width ? count : at + width;
			size_t end = count - at < 2 * width ? count : at + 2 * width;
			struct reading a = read_from(array, at, middle, size);
			struct reading b = read_from(array, middle, end, size);

			merge(spill, &a, &b, size, compare, &to_spill, &to, &merged, &room);
		}
		copy_back(spill, array, &to_spill, to, count * size);
	}
	sb_spill_free(&to_spill, to);
}
