// SPDX-License-Identifier: MIT
/* steps.c - levels of a noisy series, and order statistics */
#include <math.h>
#include <stdlib.h>

#include "estimate.h"
#include "satbed/base/mem.h"

#define MAD_TO_SIGMA 1.4826

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double sb_quantile_of(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n ? n - 1 : 0);
	size_t low = (size_t)at;

	if (!n)
		return NAN;
	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

double sb_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return sb_quantile_of(v, n, 0.5);
}

/** struct series - the known elements, and sums over them from the first on */
struct series {
	size_t n;
	size_t *place;
	double *sum, *square;
};

static void load(struct series *s, const double *y, size_t n)
{
	double origin = NAN;

	s->place = sb_alloc(n + 1, sizeof(*s->place));
	s->sum = sb_alloc(n + 1, sizeof(*s->sum));
	s->square = sb_alloc(n + 1, sizeof(*s->square));
	for (size_t i = 0; i < n; i++) {
		double v;

		if (isnan(y[i]))
			continue;
		/* About the first one: squares of large numbers would eat the small differences. */
		if (isnan(origin))
			origin = y[i];
		v = y[i] - origin;
		s->place[s->n] = i;
		s->sum[s->n + 1] = s->sum[s->n] + v;
		s->square[s->n + 1] = s->square[s->n] + v * v;
		s->n++;
	}
}

static double noise_of(const struct series *s)
{
	double *d = sb_alloc(s->n + 1, sizeof(*d)), m;

	for (size_t i = 0; i + 1 < s->n; i++)
		d[i] = fabs(s->sum[i + 2] - 2 * s->sum[i + 1] + s->sum[i]);
	m = sb_median(d, s->n ? s->n - 1 : 0);
	free(d);
	return isnan(m) ? 0 : MAD_TO_SIGMA * m / sqrt(2);
}

static double cost(const struct series *s, size_t from, size_t to)
{
	double sum = s->sum[to] - s->sum[from];

	return s->square[to] - s->square[from] - sum * sum / (double)(to - from);
}

/* The best place to split [from, to), and what it gains. */
static double best_split(const struct series *s, size_t from, size_t to, size_t *at)
{
	double whole = cost(s, from, to), best = 0;

	for (size_t i = from + 1; i < to; i++) {
		double gain = whole - cost(s, from, i) - cost(s, i, to);

		if (gain > best) {
			best = gain;
			*at = i;
		}
	}
	return best;
}

static void insert(size_t *cuts, size_t count, size_t at)
{
	size_t i = count;

	for (; i > 0 && cuts[i - 1] > at; i--)
		cuts[i] = cuts[i - 1];
	cuts[i] = at;
}

/* Splits [cuts[i], cuts[i + 1]) and what comes of it, as often as it pays. */
static size_t split_all(const struct series *s, double threshold, size_t *cuts, size_t max)
{
	size_t count = 1, i = 0;

	cuts[0] = 0;
	while (i < count && count < max) {
		size_t to = i + 1 < count ? cuts[i + 1] : s->n, at = 0;

		if (to > cuts[i] + 1 && best_split(s, cuts[i], to, &at) > threshold)
			insert(cuts, count++, at);
		else
			i++;
	}
	return count;
}

size_t sb_steps_find(const double *y, size_t n, double floor, size_t *starts, size_t max)
{
	struct series s = {0};
	double noise;
	size_t count;

	load(&s, y, n);
	noise = noise_of(&s);
	if (noise < floor)
		noise = floor;
	count = split_all(&s, noise * noise * (25 + 2 * log((double)s.n + 2)), starts, max);
	for (size_t i = 1; i < count; i++)
		starts[i] = s.place[starts[i]];
	free(s.place);
	free(s.sum);
	free(s.square);
	return count;
}
