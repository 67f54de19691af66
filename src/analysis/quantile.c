/* SPDX-License-Identifier: MIT */
/* quantile.c - many times in, five numbers out */
#include "quantile.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)

/* Of the size of a value: the bits below the highest eleven are dropped. */
#define FINE_BITS 11
#define FINE	  (1u << FINE_BITS)
#define OCTAVES	  (64 - FINE_BITS)

/**
 * struct sb_time_bins - a histogram with bins in proportion to the value; octaves are made as they
 * are needed
 * @octaves:	by sign; the first one has the values below 2^11, each in a bin of its own
 */
struct sb_time_bins {
	uint64_t *octaves[2][OCTAVES];
	int64_t min_ns, max_ns;
	double sum;
};

static void bin_of(int64_t ns, unsigned int *octave, unsigned int *bin)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	unsigned int bits = size < FINE ? 0 : 63u - (unsigned int)__builtin_clzll(size);

	*octave = bits ? bits - FINE_BITS + 1 : 0;
	*bin = bits ? (unsigned int)(size >> (bits - FINE_BITS)) - FINE : (unsigned int)size;
}

/* The middle of a bin. */
static double value_of(bool negative, unsigned int octave, unsigned int bin)
{
	double width = octave ? ldexp(1, (int)octave - 1) : 1;
	double size = octave ? ((double)FINE + bin) * width + (width - 1) / 2 : bin;

	return negative ? -size : size;
}

static void add_to_bins(struct sb_time_bins *b, int64_t ns)
{
	unsigned int octave, bin;
	uint64_t **to;

	bin_of(ns, &octave, &bin);
	to = &b->octaves[ns < 0][octave];
	if (!*to)
		*to = sb_alloc(FINE, sizeof(**to));
	(*to)[bin]++;
	b->sum += (double)ns;
	b->min_ns = ns < b->min_ns ? ns : b->min_ns;
	b->max_ns = ns > b->max_ns ? ns : b->max_ns;
}

static void become_bins(struct sb_times *t)
{
	t->bins = sb_alloc(1, sizeof(*t->bins));
	t->bins->min_ns = t->bins->max_ns = t->ns[0];
	for (size_t i = 0; i < t->count; i++)
		add_to_bins(t->bins, t->ns[i]);
	free(t->ns);
	t->ns = NULL;
	t->room = 0;
}

void sb_times_add(struct sb_times *t, int64_t ns)
{
	if (t->count == SB_TIMES_EXACT && !t->bins)
		become_bins(t);
	if (t->bins) {
		add_to_bins(t->bins, ns);
		t->count++;
		return;
	}
	t->ns = sb_grow(t->ns, t->count, &t->room, sizeof(*t->ns));
	t->ns[t->count++] = ns;
}

void sb_times_fini(struct sb_times *t)
{
	for (size_t i = 0; t->bins && i < SB_ARRAY_LEN(t->bins->octaves); i++)
		for (size_t k = 0; k < OCTAVES; k++)
			free(t->bins->octaves[i][k]);
	free(t->bins);
	free(t->ns);
	*t = (struct sb_times){0};
}

/* The bin of this octave that has the value at position *@at, which is else lowered by all that is here. */
static bool seek(const uint64_t *octave, bool backwards, uint64_t *at, unsigned int *bin)
{
	for (unsigned int i = 0; octave && i < FINE; i++) {
		*bin = backwards ? FINE - 1 - i : i;
		if (*at < octave[*bin])
			return true;
		*at -= octave[*bin];
	}
	return false;
}

static double at_in_bins(const struct sb_time_bins *b, uint64_t at)
{
	unsigned int bin;
	double value = (double)b->max_ns;
	bool found = false;

	/* The most negative first. */
	for (unsigned int k = OCTAVES; k-- > 0 && !found;)
		if (seek(b->octaves[1][k], true, &at, &bin)) {
			value = value_of(true, k, bin);
			found = true;
		}
	for (unsigned int k = 0; k < OCTAVES && !found; k++)
		if (seek(b->octaves[0][k], false, &at, &bin)) {
			value = value_of(false, k, bin);
			found = true;
		}
	return fmin(fmax(value, (double)b->min_ns), (double)b->max_ns);
}

/*
 * Radix sort: linear for tens of millions of packets, whatever a made capture holds.  Times of one
 * run share their upper digits, whose passes are left out.
 */
static void sort_times(struct sb_times *t)
{
	const uint64_t sign = UINT64_C(1) << 63;
	int64_t *from = t->ns, *to;
	size_t *count;

	if (t->count < 2)
		return;
	to = sb_alloc(t->count, sizeof(*to));
	count = sb_alloc(DIGITS, sizeof(*count));
	for (unsigned int shift = 0; shift < 64; shift += DIGIT_BITS) {
		size_t sum = 0, largest = 0;

		memset(count, 0, DIGITS * sizeof(*count));
		for (size_t i = 0; i < t->count; i++)
			count[(((uint64_t)from[i] ^ sign) >> shift) % DIGITS]++;
		for (size_t d = 0; d < DIGITS; d++) {
			size_t n = count[d];

			if (n > largest)
				largest = n;
			count[d] = sum;
			sum += n;
		}
		if (largest == t->count)
			continue;
		for (size_t i = 0; i < t->count; i++)
			to[count[(((uint64_t)from[i] ^ sign) >> shift) % DIGITS]++] = from[i];
		int64_t *swap = from;
		from = to;
		to = swap;
	}
	if (from != t->ns)
		t->room = t->count;
	t->ns = from;
	free(to);
	free(count);
}

double sb_times_at(const struct sb_times *sorted, double q)
{
	double at = q * (double)(sorted->count - 1);
	size_t low = (size_t)at, high = low + 1 < sorted->count ? low + 1 : low;
	double part = at - (double)low;

	if (sorted->bins && (q <= 0 || q >= 1))
		return (double)(q <= 0 ? sorted->bins->min_ns : sorted->bins->max_ns);
	if (sorted->bins)
		return at_in_bins(sorted->bins, (uint64_t)(at + 0.5));
	return (double)sorted->ns[low] * (1 - part) + (double)sorted->ns[high] * part;
}

struct sb_quantiles sb_times_quantiles(struct sb_times *t)
{
	struct sb_quantiles q = {.count = t->count};
	double sum = 0;

	if (!t->count)
		return q;
	if (!t->bins)
		sort_times(t);
	for (size_t i = 0; !t->bins && i < t->count; i++)
		sum += (double)t->ns[i];
	if (t->bins)
		sum = t->bins->sum;
	q.p50 = sb_times_at(t, 0.50) / SB_NS_PER_MS;
	q.p95 = sb_times_at(t, 0.95) / SB_NS_PER_MS;
	q.p99 = sb_times_at(t, 0.99) / SB_NS_PER_MS;
	q.max = (double)(t->bins ? t->bins->max_ns : t->ns[t->count - 1]) / SB_NS_PER_MS;
	q.mean = sum / (double)t->count / SB_NS_PER_MS;
	return q;
}
