// SPDX-License-Identifier: MIT
/*
 * outage_fit.c - outages at random times, from runs of lost probes
 *
 * Probes are sent every d.  An outage of length L, which begins at any time, loses k of them in a
 * row with the probability max(0, 1 - |L / d - k|); one shorter than d may lose none.  Outages are
 * taken to come as a Poisson process, so runs of k come with the rate (1 / every) * E[P(k | L)], and
 * the likelihood of the numbers of runs seen is Poisson's.  Its maximum over `every` has a closed
 * form; over the lengths' distribution it is searched on a grid.
 */
#include <math.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"

#define NORMAL_P90 1.2815515655446004
#define LENGTHS	   400 /* of the numerical integral over lengths */
#define MEDIANS	   60
#define SIGMAS	   40

/* A distribution of lengths: its median and, of a lognormal, its sigma. */
struct lengths {
	enum sb_outage_model model;
	double median, sigma;
};

static double density(const struct lengths *d, double length)
{
	double x;

	if (d->model == SB_OUTAGE_EXPONENTIAL)
		return exp(-length * log(2) / d->median);
	x = log(length / d->median) / d->sigma;
	return exp(-x * x / 2) / length;
}

/* The k-th point of lengths between @low and @high, equal steps of the logarithm; @width: that it
 * stands for. */
static double length_at(int k, double low, double high, double *width)
{
	double step = log(high / low) / (LENGTHS - 1), length = low * exp(step * k);

	*width = length * step;
	return length;
}

static double lost_chance(double length, double interval, size_t k)
{
	return fmax(0, 1 - fabs(length / interval - (double)k));
}

/* Chances of runs of 1 ... SB_LOST_RUN_MAX; the last is that or more.  Returns their sum. */
static double run_chances(const struct lengths *d, double interval, double p[SB_LOST_RUN_MAX + 1])
{
	double all = 0, sum = 0;

	memset(p, 0, (SB_LOST_RUN_MAX + 1) * sizeof(*p));
	for (int i = 0; i < (d->model == SB_OUTAGE_FIXED ? 1 : LENGTHS); i++) {
		double width = 1, length = d->median, weight = 1;
		size_t k;

		if (d->model != SB_OUTAGE_FIXED) {
			length = length_at(i, interval / 200, interval * 500, &width);
			weight = density(d, length) * width;
		}
		all += weight;
		k = (size_t)(length / interval);
		for (size_t j = k; j <= k + 1; j++)
			p[j < SB_LOST_RUN_MAX ? j : SB_LOST_RUN_MAX] +=
			    weight * lost_chance(length, interval, j);
	}
	for (size_t k = 1; k <= SB_LOST_RUN_MAX; k++) {
		p[k] /= all;
		sum += p[k];
	}
	return sum;
}

/* Log-likelihood at the best rate, which is runs / (seconds * chance); -INFINITY when a run that
 * was seen cannot be. */
static double likelihood(const struct sb_outage_fit *f, const struct lengths *d, double *every_s)
{
	double p[SB_LOST_RUN_MAX + 1], any = run_chances(d, f->interval_s, p), sum = 0, rate;

	if (any <= 0)
		return -INFINITY;
	rate = (double)f->count / (f->seconds * any);
	for (size_t k = 1; k <= SB_LOST_RUN_MAX; k++)
		if (f->runs[k])
			sum += (double)f->runs[k] * log(rate * p[k] * f->seconds);
	*every_s = 1 / rate;
	return sum - (double)f->count;
}

static double search(const struct sb_outage_fit *f, enum sb_outage_model model,
		     struct lengths *best, double *every_s)
{
	double most = -INFINITY;

	for (int m = 0; m < MEDIANS; m++)
		for (int s = 0; s < (model == SB_OUTAGE_LOGNORMAL ? SIGMAS : 1); s++) {
			struct lengths d = {model,
					    f->interval_s * 0.02 * pow(2000, m / (MEDIANS - 1.0)),
					    0.05 + 0.05 * s};
			double every, l = likelihood(f, &d, &every);

			/* Of lengths that are as likely the longest: the fewest outages. */
			if (l < most - 1e-9)
				continue;
			most = l;
			*best = d;
			*every_s = every;
		}
	return most;
}

static void count_runs(const struct sb_measured_series *s, struct sb_outage_fit *out)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sb_series_test *t = &s->tests[i];
		size_t run = 0;

		for (size_t k = 0; k <= t->count; k++) {
			if (k < t->count && isnan(t->samples[k].value)) {
				run++;
				continue;
			}
			if (run) {
				out->runs[run < SB_LOST_RUN_MAX ? run : SB_LOST_RUN_MAX]++;
				out->count++;
				out->lost += run;
			}
			run = 0;
		}
		out->probes += t->count;
	}
}

static double mean_length(const struct lengths *d)
{
	if (d->model == SB_OUTAGE_EXPONENTIAL)
		return d->median / log(2);
	return d->median * (d->model == SB_OUTAGE_FIXED ? 1 : exp(d->sigma * d->sigma / 2));
}

static struct lengths lengths_of(const struct sb_outage_fit *f)
{
	struct lengths d = {f->model, f->p50_s, 0};

	if (f->model == SB_OUTAGE_LOGNORMAL)
		d.sigma = log(f->p90_s / f->p50_s) / NORMAL_P90;
	return d;
}

void sb_outage_fit(const struct sb_measured_series *s, struct sb_outage_fit *out)
{
	double least = INFINITY;

	*out = (struct sb_outage_fit){.interval_s = sb_series_interval_s(s)};
	count_runs(s, out);
	out->seconds = (double)out->probes * out->interval_s;
	if (!out->count || out->interval_s <= 0)
		return;
	for (int m = 0; m < SB_OUTAGE_MODELS; m++) {
		struct lengths d = {(enum sb_outage_model)m, 0, 0};
		double every = 0;
		double l = search(out, (enum sb_outage_model)m, &d, &every);

		/* The rate and the median, and of a lognormal its sigma. */
		out->aic[m] = 2 * (2 + (m == SB_OUTAGE_LOGNORMAL)) - 2 * l;
		if (out->aic[m] >= least)
			continue;
		least = out->aic[m];
		out->model = (enum sb_outage_model)m;
		out->every_s = every;
		out->p50_s = d.median;
		out->p90_s = m == SB_OUTAGE_LOGNORMAL	  ? d.median * exp(d.sigma * NORMAL_P90)
			     : m == SB_OUTAGE_EXPONENTIAL ? d.median * log(10) / log(2)
							  : d.median;
		out->share = mean_length(&d) / every;
	}
	for (int m = 0; m < SB_OUTAGE_MODELS; m++)
		out->aic[m] -= least;
}

double sb_outage_covers(const struct sb_outage_fit *f, double length_s)
{
	struct lengths d = lengths_of(f);
	double all = 0, beyond = 0;

	if (!f->count)
		return 0;
	if (d.model == SB_OUTAGE_FIXED)
		return fmax(0, d.median - length_s) / f->every_s;
	for (int i = 0; i < LENGTHS; i++) {
		double width,
		    length = length_at(i, f->interval_s / 200, f->interval_s * 500, &width);
		double weight = density(&d, length) * width;

		all += weight;
		beyond += weight * fmax(0, length - length_s);
	}
	return beyond / all / f->every_s;
}
