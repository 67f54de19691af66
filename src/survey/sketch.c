/* SPDX-License-Identifier: MIT */
/* sketch.c - many times in little memory: a histogram whose bins grow with the value */
#include "sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define BITS 6
#define STEP (1u << BITS)

/* Room beyond what is asked for, so that neighbours do not grow it again. */
#define MARGIN 16u

static uint32_t bin_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < 2 * STEP)
		return (uint32_t)ns;
	shift = 63u - BITS - (unsigned int)__builtin_clzll(ns);
	return shift * STEP + (uint32_t)(ns >> shift);
}

static double middle_of(uint32_t bin)
{
	uint32_t shift;

	if (bin < 2 * STEP)
		return bin;
	shift = bin / STEP - 1;
	return ldexp((double)(bin % STEP + STEP) + 0.5, (int)shift);
}

static size_t widen(struct sb_sketch *s, uint32_t bin)
{
	uint32_t low = bin > MARGIN ? bin - MARGIN : 0, high = bin + MARGIN + 1, before = s->room;
	uint32_t *bins;

	if (s->room) {
		low = bin < s->low ? low : s->low;
		high = bin < s->low ? s->low + s->room : high;
	}
	bins = sb_alloc(high - low, sizeof(*bins));
	if (s->room)
		memcpy(bins + (s->low - low), s->bins, s->room * sizeof(*bins));
	free(s->bins);
	s->bins = bins;
	s->low = low;
	s->room = high - low;
	return (s->room - before) * sizeof(*bins);
}

static __attribute__((noinline)) size_t count_pending(struct sb_sketch *s)
{
	size_t grown = 0;

	for (uint32_t i = 0; i < s->pending_count; i++) {
		uint32_t bin = s->pending[i];

		if (bin - s->low >= s->room)
			grown += widen(s, bin);
		s->bins[bin - s->low]++;
	}
	s->pending_count = 0;
	return grown;
}

size_t sb_sketch_add(struct sb_sketch *s, int64_t ns)
{
	size_t grown = 0;

	if (ns < 0)
		ns = 0;
	s->pending[s->pending_count++] = (uint16_t)bin_of((uint64_t)ns);
	if (s->pending_count == SB_SKETCH_PENDING)
		grown = count_pending(s);
	if (!s->count++ || ns < s->min_ns)
		s->min_ns = ns;
	if (ns > s->max_ns)
		s->max_ns = ns;
	return grown;
}

double sb_sketch_at(struct sb_sketch *s, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)s->count), seen = 0;
	double value;

	(void)count_pending(s);
	if (rank < 1)
		rank = 1;
	for (uint32_t i = 0; i < s->room; i++) {
		seen += s->bins[i];
		if (seen < rank)
			continue;
		value = middle_of(s->low + i);
		if (value < (double)s->min_ns)
			return (double)s->min_ns;
		return value > (double)s->max_ns ? (double)s->max_ns : value;
	}
	return (double)s->max_ns;
}

struct sb_survey_spread sb_sketch_spread(struct sb_sketch *s)
{
	if (!s->count)
		return (struct sb_survey_spread){0};
	return (struct sb_survey_spread){.count = s->count,
					 .p50_ms = sb_sketch_at(s, 0.50) / SB_NS_PER_MS,
					 .p95_ms = sb_sketch_at(s, 0.95) / SB_NS_PER_MS,
					 .p99_ms = sb_sketch_at(s, 0.99) / SB_NS_PER_MS,
					 .min_ms = (double)s->min_ns / SB_NS_PER_MS,
					 .max_ms = (double)s->max_ns / SB_NS_PER_MS};
}

void sb_sketch_fini(struct sb_sketch *s)
{
	free(s->bins);
	*s = (struct sb_sketch){0};
}
