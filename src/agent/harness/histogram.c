// SPDX-License-Identifier: MIT
/*
 * histogram.c - any number of latencies in little memory, and their quantiles
 *
 * Slots are 1 ns wide up to 256 ns, and then twice as wide with every power of two: the width is
 * never more than 1/256 of the value.
 */
#include "histogram.h"

#define STEP_BITS 8 /* log2 of SB_HISTOGRAM_STEPS */

static unsigned int slot_of(uint64_t v)
{
	unsigned int shift = 0;

	while (v >> shift >= UINT64_C(2) * SB_HISTOGRAM_STEPS)
		shift++;
	if (v < SB_HISTOGRAM_STEPS)
		return (unsigned int)v;
	return (shift << STEP_BITS) + (unsigned int)(v >> shift);
}

/* The largest value of a slot. */
static int64_t end_of(unsigned int slot)
{
	unsigned int shift = slot < 2 * SB_HISTOGRAM_STEPS ? 0 : (slot >> STEP_BITS) - 1;
	uint64_t first = slot - (shift << STEP_BITS);

	return (int64_t)(((first + 1) << shift) - 1);
}

void sb_histogram_add(struct sb_histogram *h, int64_t ns)
{
	unsigned int slot = slot_of(ns > 0 ? (uint64_t)ns : 0);

	if (slot >= SB_HISTOGRAM_SLOTS)
		slot = SB_HISTOGRAM_SLOTS - 1;
	h->slots[slot]++;
	h->count++;
	if (ns > h->max)
		h->max = ns;
}

int64_t sb_histogram_quantile(const struct sb_histogram *h, unsigned int per_mille)
{
	uint64_t rank = (h->count * per_mille + 999) / 1000, seen = 0;

	for (unsigned int i = 0; i < SB_HISTOGRAM_SLOTS; i++) {
		seen += h->slots[i];
		if (seen >= rank && seen)
			return end_of(i) < h->max ? end_of(i) : h->max;
	}
	return h->max;
}
