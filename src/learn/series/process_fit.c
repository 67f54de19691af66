// SPDX-License-Identifier: MIT
/*
 * process_fit.c - distribution and memory of a quantity that varies over time
 *
 * The distribution is that of all samples, by percentiles.  The memory is fitted to the
 * autocorrelation of their normal scores (each sample's rank as a quantile of the normal
 * distribution), which is what a Gaussian process behind them has: run + g(L) * (slot + held *
 * exp(-L / hold)).  g(L) = max(0, 1 - L / slot_s) is the chance that two instants L apart are in one
 * slot when nothing is known of where slots begin.  Least squares, weighted with the number of
 * pairs; shares are not negative.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"

#define LAGS_MAX  150
#define LONGEST_S 30.0
#define HOLDS	  60

/* As many as one line of a scenario has room for. */
static const double percentiles[] = {0, 1, 5, 10, 25, 50, 60, 75, 90, 95, 99, 100};

struct lags {
	size_t count;
	double lag_s[LAGS_MAX], value[LAGS_MAX], weight[LAGS_MAX];
};

/* --- distribution --- */

static double percentile(const double *sorted, size_t n, double p)
{
	double at = p / 100 * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i])
			 : sorted[n - 1];
}

static void fit_distribution(const double *sorted, size_t n, double explained,
			     struct sb_process_fit *out)
{
	size_t zeros = 0, left_out;

	for (size_t i = 0; i < n; i++)
		out->mean += sorted[i] / (double)n;
	while (zeros < n && sorted[zeros] <= 0)
		zeros++;
	left_out = (size_t)(explained * (double)n);
	if (left_out > zeros)
		left_out = zeros;
	zeros -= left_out;
	sorted += left_out;
	n -= left_out;
	out->zero = (double)zeros / (double)n;
	for (size_t k = 0; k < SB_ARRAY_LEN(percentiles); k++) {
		double p = percentiles[k], value = percentile(sorted, n, p);

		/* From nothing straight to what the next percentile has, beyond the zeros. */
		if (zeros && p <= 100 * out->zero)
			continue;
		if (zeros && !out->points) {
			out->p[0] = 100 * out->zero;
			out->points = 1;
		}
		out->p[out->points] = p;
		out->value[out->points++] = value;
	}
}

/* --- memory --- */

/* Acklam's rational approximation would do; bisection of erfc() needs no coefficients. */
static double normal_quantile(double u)
{
	double low = -8, high = 8;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		*(0.5 * erfc(-middle / sqrt(2)) < u ? &low : &high) = middle;
	}
	return (low + high) / 2;
}

static size_t count_below(const double *sorted, size_t n, double value, bool or_equal)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sorted[middle] < value || (or_equal && sorted[middle] == value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* One list of scores for each test; NAN stays. */
static double **normal_scores(const struct sb_measured_series *s, const double *sorted, size_t n)
{
	double **z = sb_alloc(s->count, sizeof(*z));

	for (size_t i = 0; i < s->count; i++) {
		const struct sb_series_test *t = &s->tests[i];

		z[i] = sb_alloc(t->count, sizeof(**z));
		for (size_t k = 0; k < t->count; k++) {
			double v = t->samples[k].value;
			double rank = (double)(count_below(sorted, n, v, false) +
					       count_below(sorted, n, v, true)) /
				      2;

			z[i][k] = isnan(v) ? NAN : normal_quantile((rank + 0.5) / ((double)n + 1));
		}
	}
	return z;
}

static double correlate(const struct sb_measured_series *s, double *const *z, size_t lag,
			double *pairs)
{
	double sum = 0, squares = 0, n = 0;

	*pairs = 0;
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->tests[i].count; k++) {
			if (isnan(z[i][k]))
				continue;
			squares += z[i][k] * z[i][k];
			n++;
			if (k < lag || isnan(z[i][k - lag]))
				continue;
			sum += z[i][k] * z[i][k - lag];
			++*pairs;
		}
	return *pairs > 0 ? sum / *pairs / (squares / n) : 0;
}

static void find_lags(const struct sb_measured_series *s, double *const *z, double interval,
		      struct lags *out)
{
	size_t most = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->tests[i].count > most)
			most = s->tests[i].count;
	for (size_t lag = 1;
	     out->count < LAGS_MAX && 2 * lag < most + 1 && (double)lag * interval <= LONGEST_S;
	     lag++) {
		double pairs;

		out->value[out->count] = correlate(s, z, lag, &pairs);
		out->lag_s[out->count] = (double)lag * interval;
		out->weight[out->count++] = pairs;
	}
}

/* The columns of the fit at one lag: for the run, the slot and what is held. */
static void columns(double lag_s, double slot_s, double hold_s, double c[3])
{
	c[0] = 1;
	c[1] = slot_s > 0 ? fmax(0, 1 - lag_s / slot_s) : 1;
	c[2] = c[1] * exp(-lag_s / hold_s);
}

/* Normal equations of the columns in @set (bits), by Gauss; false when they are not independent. */
static bool solve(const struct lags *l, double slot_s, double hold_s, unsigned int set, double x[3])
{
	double a[3][4] = {{0}};
	int at[3] = {0}, n = 0;

	for (int i = 0; i < 3; i++)
		if (set >> i & 1)
			at[n++] = i;
	for (size_t k = 0; k < l->count; k++) {
		double c[3];

		columns(l->lag_s[k], slot_s, hold_s, c);
		for (int i = 0; i < n; i++) {
			for (int j = 0; j < n; j++)
				a[i][j] += l->weight[k] * c[at[i]] * c[at[j]];
			a[i][3] += l->weight[k] * c[at[i]] * l->value[k];
		}
	}
	for (int i = 0; i < n; i++) {
		if (fabs(a[i][i]) < 1e-9)
			return false;
		for (int r = 0; r < n; r++) {
			double f = a[r][i] / a[i][i];

			if (r == i)
				continue;
			for (int j = 0; j < n; j++)
				a[r][j] -= f * a[i][j];
			a[r][3] -= f * a[i][3];
		}
	}
	x[0] = x[1] = x[2] = 0;
	for (int i = 0; i < n; i++)
		x[at[i]] = a[i][3] / a[i][i];
	return x[0] >= 0 && x[1] >= 0 && x[2] >= 0;
}

/* Shares beyond the whole variance leave nothing to what is drawn each time. */
static void limit_shares(double x[3])
{
	double sum = x[0] + x[1] + x[2];

	for (int i = 0; i < 3 && sum > 1; i++)
		x[i] /= sum;
}

static double misfit(const struct lags *l, double slot_s, double hold_s, const double x[3])
{
	double sum = 0, weight = 0;

	for (size_t k = 0; k < l->count; k++) {
		double c[3], d;

		columns(l->lag_s[k], slot_s, hold_s, c);
		d = l->value[k] - c[0] * x[0] - c[1] * x[1] - c[2] * x[2];
		sum += l->weight[k] * d * d;
		weight += l->weight[k];
	}
	return weight > 0 ? sqrt(sum / weight) : 0;
}

static void fit_memory(const struct lags *l, double slot_s, double interval,
		       struct sb_process_fit *out)
{
	double best = INFINITY;

	for (int h = 0; h < HOLDS; h++) {
		double hold = interval * pow(60 / interval, (double)h / (HOLDS - 1));

		for (unsigned int set = 1; set < 8; set++) {
			double x[3], error;

			if (!solve(l, slot_s, hold, set, x))
				continue;
			limit_shares(x);
			error = misfit(l, slot_s, hold, x);
			if (error >= best)
				continue;
			best = error;
			out->run = x[0];
			out->slot = x[1];
			out->held = x[2];
			out->hold_s = hold;
			out->error = error;
		}
	}
}

void sb_process_fit(const struct sb_measured_series *s, double slot_s, double explained,
		    struct sb_process_fit *out)
{
	sb_auto_free double *sorted = NULL;
	struct lags lags = {0};
	double **z;
	size_t n;

	*out = (struct sb_process_fit){.tests = s->count, .interval_s = sb_series_interval_s(s)};
	sorted = sb_series_values(s, &n);
	out->samples = n;
	if (!n)
		return;
	fit_distribution(sorted, n, explained, out);
	z = normal_scores(s, sorted, n);
	if (out->interval_s > 0)
		find_lags(s, z, out->interval_s, &lags);
	if (lags.count)
		fit_memory(&lags, slot_s, out->interval_s, out);
	for (size_t i = 0; i < s->count; i++)
		free(z[i]);
	free(z);
}
