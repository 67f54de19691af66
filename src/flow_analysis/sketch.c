/* SPDX-License-Identifier: MIT */
/* sketch.c - many times in little memory: a histogram whose bins grow with the value */
#include "sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fetch.h"
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

static size_t size_of_bin(const struct sb_sketch *s)
{
	return s->wide_bins ? sizeof(*s->wide_bins) : sizeof(*s->bins);
}

/* By half of what there is, so that it does not happen often. */
static __attribute__((noinline)) size_t reach_out(struct sb_sketch *s, uint32_t bin)
{
	uint32_t margin = MARGIN + s->room / 2, before = s->room;
	uint32_t low = bin > margin ? bin - margin : 0, high = bin + margin + 1;
	size_t size = size_of_bin(s);
	void *old = s->wide_bins ? (void *)s->wide_bins : s->bins;
	char *bins;

	if (s->room) {
		low = bin < s->low ? low : s->low;
		high = bin < s->low ? s->low + s->room : high;
	}
	bins = sb_alloc(high - low, size);
	if (s->room)
		memcpy(bins + (s->low - low) * size, old, s->room * size);
	free(old);
	if (s->wide_bins)
		s->wide_bins = (void *)bins;
	else
		s->bins = (void *)bins;
	s->low = low;
	s->room = high - low;
	return (s->room - before) * size;
}

static __attribute__((noinline)) size_t make_wide(struct sb_sketch *s)
{
	s->wide_bins = sb_alloc(s->room, sizeof(*s->wide_bins));
	for (uint32_t i = 0; i < s->room; i++)
		s->wide_bins[i] = s->bins[i];
	free(s->bins);
	s->bins = NULL;
	return s->room * (sizeof(*s->wide_bins) - sizeof(*s->bins));
}

static size_t count_bin(struct sb_sketch *s, uint32_t bin)
{
	size_t grown = bin - s->low >= s->room ? reach_out(s, bin) : 0;

	if (s->wide_bins)
		s->wide_bins[bin - s->low]++;
	else if (++s->bins[bin - s->low] == UINT16_MAX)
		grown += make_wide(s);
	return grown;
}

static void note_extremes(struct sb_sketch *s, int64_t ns)
{
	if (!s->count++ || ns < s->min_ns)
		s->min_ns = ns;
	if (ns > s->max_ns)
		s->max_ns = ns;
}

size_t sb_sketch_count(struct sb_sketch *s)
{
	uint16_t bins[SB_SKETCH_PENDING];
	size_t grown = 0;

	/* All of them are fetched before the first one is needed. */
	for (uint32_t i = 0; i < s->pending_count; i++) {
		bins[i] = (uint16_t)bin_of(s->pending[i]);
		sb_fetch(s->wide_bins ? (const void *)s->wide_bins : s->bins,
			 (bins[i] - s->low) * size_of_bin(s));
		note_extremes(s, s->pending[i]);
	}
	for (uint32_t i = 0; i < s->pending_count; i++)
		grown += count_bin(s, bins[i]);
	s->pending_count = 0;
	return grown;
}

size_t sb_sketch_add_far(struct sb_sketch *s, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	note_extremes(s, ns);
	return count_bin(s, bin_of((uint64_t)ns));
}

static uint64_t count_in(const struct sb_sketch *s, uint32_t i)
{
	return s->wide_bins ? s->wide_bins[i] : s->bins[i];
}

static double in_bounds(const struct sb_sketch *s, double ns)
{
	if (ns < (double)s->min_ns)
		return (double)s->min_ns;
	return ns > (double)s->max_ns ? (double)s->max_ns : ns;
}

void sb_sketch_at(struct sb_sketch *s, size_t n, const double q[], double ns[])
{
	uint64_t seen = 0;
	uint32_t i = 0;
	size_t done;

	(void)sb_sketch_count(s);
	for (done = 0; done < n; done++) {
		uint64_t rank = (uint64_t)ceil(q[done] * (double)s->count);

		while (i < s->room && seen + count_in(s, i) < (rank ? rank : 1))
			seen += count_in(s, i++);
		if (i == s->room)
			break;
		ns[done] = in_bounds(s, middle_of(s->low + i));
	}
	for (; done < n; done++)
		ns[done] = (double)s->max_ns;
}

struct sb_flow_analysis_spread sb_sketch_spread(struct sb_sketch *s)
{
	double ns[3];

	sb_sketch_at(s, 3, (const double[]){0.50, 0.95, 0.99}, ns);
	if (!s->count)
		return (struct sb_flow_analysis_spread){0};
	return (struct sb_flow_analysis_spread){.count = s->count,
						.p50_ms = ns[0] / SB_NS_PER_MS,
						.p95_ms = ns[1] / SB_NS_PER_MS,
						.p99_ms = ns[2] / SB_NS_PER_MS,
						.min_ms = (double)s->min_ns / SB_NS_PER_MS,
						.max_ms = (double)s->max_ns / SB_NS_PER_MS};
}

void sb_sketch_fini(struct sb_sketch *s)
{
	free(s->bins);
	free(s->wide_bins);
	*s = (struct sb_sketch){0};
}
