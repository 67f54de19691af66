// SPDX-License-Identifier: MIT
/* stats.c - paired differences by bootstrap */
#include "stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

#define ERROR_SHARE 0.05

static double quantile(const double *sorted, size_t count, double share)
{
	return gsl_stats_quantile_from_sorted_data(sorted, 1, count, share);
}

struct sb_summary sb_summary(const double *values, size_t count)
{
	struct sb_summary s = {0, NAN, NAN, NAN, NAN, NAN};
	double *known = sb_alloc(count + 1, sizeof(*known));

	for (size_t i = 0; i < count; i++)
		if (isfinite(values[i]))
			known[s.count++] = values[i];
	if (s.count) {
		gsl_sort(known, 1, s.count);
		s.min = known[0];
		s.p25 = quantile(known, s.count, 0.25);
		s.median = quantile(known, s.count, 0.5);
		s.p75 = quantile(known, s.count, 0.75);
		s.max = known[s.count - 1];
	}
	free(known);
	return s;
}

size_t sb_pairs_needed(size_t family)
{
	size_t n = 1;

	while (ldexp(1.0, 1 - (int)n) > ERROR_SHARE / (double)family)
		n++;
	return n;
}

/* The value of one rank in a resample that drew @times[i] of the i-th smallest. */
static double drawn_at(const double *sorted, const size_t *times, size_t rank)
{
	size_t i = 0;

	for (size_t passed = times[0]; passed <= rank; passed += times[i])
		i++;
	return sorted[i];
}

/*
 * Medians of resampled @x, sorted; the caller's to free.  A resample is kept as how often each rank
 * was drawn, and its median found by counting to the middle: nothing is sorted 10000 times.
 */
static double *resample(const double *x, size_t n, uint64_t seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double *medians = sb_alloc(SB_RESAMPLES, sizeof(*medians));
	double *sorted = sb_alloc(n, sizeof(*sorted));
	size_t *times = sb_alloc(n, sizeof(*times));

	memcpy(sorted, x, n * sizeof(*sorted));
	gsl_sort(sorted, 1, n);
	gsl_rng_set(rng, (unsigned long)(seed ^ seed >> 32));
	for (size_t r = 0; r < SB_RESAMPLES; r++) {
		memset(times, 0, n * sizeof(*times));
		for (size_t i = 0; i < n; i++)
			times[gsl_rng_uniform_int(rng, n)]++;
		medians[r] =
		    (drawn_at(sorted, times, (n - 1) / 2) + drawn_at(sorted, times, n / 2)) / 2;
	}
	gsl_sort(medians, 1, SB_RESAMPLES);
	gsl_rng_free(rng);
	free(sorted);
	free(times);
	return medians;
}

static struct sb_interval bootstrap(const double *medians, size_t pairs)
{
	if (pairs < sb_pairs_needed(1))
		return (struct sb_interval){NAN, NAN};
	return (struct sb_interval){quantile(medians, SB_RESAMPLES, ERROR_SHARE / 2),
				    quantile(medians, SB_RESAMPLES, 1 - ERROR_SHARE / 2)};
}

/*
 * The sign test turned round: the median lies beyond the k-th smallest value with the probability
 * that fewer than k of n coins fall on one side.  It holds whatever the distribution, also far out,
 * where resamples of ten values know nothing.
 */
static struct sb_interval order_interval(const double *sorted, size_t n, size_t family)
{
	double tail = ERROR_SHARE / (double)family / 2;
	size_t k = 0;

	while (k < n / 2 && gsl_cdf_binomial_P((unsigned int)k, 0.5, (unsigned int)n) <= tail)
		k++;
	if (!k)
		return (struct sb_interval){NAN, NAN};
	return (struct sb_interval){sorted[k - 1], sorted[n - k]};
}

static void fill_ratio(struct sb_paired *p, double *ratios, uint64_t seed)
{
	double *medians;

	for (size_t i = 0; i < p->pairs; i++)
		if (!isfinite(ratios[i]))
			return;
	medians = resample(ratios, p->pairs, seed);
	gsl_sort(ratios, 1, p->pairs);
	p->ratio = gsl_stats_median_from_sorted_data(ratios, 1, p->pairs);
	p->ratio_interval = bootstrap(medians, p->pairs);
	free(medians);
}

struct sb_paired sb_paired(const double *base, const double *arm, size_t count, size_t family,
			   uint64_t seed)
{
	struct sb_interval none = {NAN, NAN};
	struct sb_paired p = {0, NAN, NAN, none, none, none};
	double *differences = sb_alloc(count + 1, sizeof(*differences)), *medians;
	double *ratios = sb_alloc(count + 1, sizeof(*ratios));

	for (size_t i = 0; i < count; i++) {
		if (!isfinite(base[i]) || !isfinite(arm[i]))
			continue;
		differences[p.pairs] = arm[i] - base[i];
		ratios[p.pairs++] = base[i] > 0 ? arm[i] / base[i] : NAN;
	}
	if (p.pairs) {
		medians = resample(differences, p.pairs, seed);
		gsl_sort(differences, 1, p.pairs);
		p.difference = gsl_stats_median_from_sorted_data(differences, 1, p.pairs);
		p.interval = bootstrap(medians, p.pairs);
		p.strict = order_interval(differences, p.pairs, family);
		if (!isnan(p.strict.low)) {
			/* No narrower than that of a single value, which is another estimate. */
			p.strict.low = fmin(p.strict.low, p.interval.low);
			p.strict.high = fmax(p.strict.high, p.interval.high);
		}
		free(medians);
		fill_ratio(&p, ratios, seed);
	}
	free(differences);
	free(ratios);
	return p;
}

enum sb_difference sb_paired_finding(const struct sb_paired *p)
{
	if (isnan(p->strict.low))
		return SB_TOO_FEW;
	if (p->strict.low > 0)
		return SB_HIGHER;
	return p->strict.high < 0 ? SB_LOWER : SB_NO_DIFFERENCE;
}
