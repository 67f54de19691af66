/* SPDX-License-Identifier: MIT */
/* quantile.c - many times in, five numbers out */
#include "quantile.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)

void sb_times_add(struct sb_times *t, int64_t ns)
{
	t->ns = sb_grow(t->ns, t->count, &t->room, sizeof(*t->ns));
	t->ns[t->count++] = ns;
}

void sb_times_fini(struct sb_times *t)
{
	free(t->ns);
	*t = (struct sb_times){0};
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

	return (double)sorted->ns[low] * (1 - part) + (double)sorted->ns[high] * part;
}

struct sb_quantiles sb_times_quantiles(struct sb_times *t)
{
	struct sb_quantiles q = {.count = t->count};
	double sum = 0;

	if (!t->count)
		return q;
	sort_times(t);
	for (size_t i = 0; i < t->count; i++)
		sum += (double)t->ns[i];
	q.p50 = sb_times_at(t, 0.50) / SB_NS_PER_MS;
	q.p95 = sb_times_at(t, 0.95) / SB_NS_PER_MS;
	q.p99 = sb_times_at(t, 0.99) / SB_NS_PER_MS;
	q.max = (double)t->ns[t->count - 1] / SB_NS_PER_MS;
	q.mean = sum / (double)t->count / SB_NS_PER_MS;
	return q;
}
