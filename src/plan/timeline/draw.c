// SPDX-License-Identifier: MIT
/*
 * draw.c - numbers drawn from the distributions of a scenario, the same on every machine
 *
 * Nothing of libm but what is exact: see exact.c.
 */
#include "draw.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

/* The normal distribution's 90th percentile, in standard deviations. */
#define NORMAL_P90 1.2815515655446004

void sb_draw_stream(struct sb_rng *rng, uint64_t seed, const char *purpose)
{
	sb_rng_seed(rng, seed, XXH64(purpose, strlen(purpose), 0));
}

/*
 * Each has mean 0 and standard deviation 1.  Pareto's of shape 3, x = (1-u)^(-1/3), has the mean
 * 3/2 and the variance 3/4; the lognormal's of sigma s are exp(s^2/2) and (exp(s^2)-1) exp(s^2).
 */
#define LOG_SIGMA 0.5

static double pareto(struct sb_rng *rng)
{
	double x = sb_exact_exp(-sb_natural_log(1.0 - sb_rng_unit(rng)) / 3.0);

	return (x - 1.5) / sqrt(0.75);
}

static double lognormal(struct sb_rng *rng)
{
	double grown = sb_exact_exp(LOG_SIGMA * LOG_SIGMA);
	double x = sb_exact_exp(LOG_SIGMA * sb_rng_normal(rng));

	return (x - sqrt(grown)) / sqrt((grown - 1.0) * grown);
}

static double paretonormal(struct sb_rng *rng)
{
	double normal = sb_rng_normal(rng);

	return (normal + 3.0 * pareto(rng)) / sqrt(10.0);
}

/* Between two neighbours of a sorted table; of netem's form just one of its values. */
static double from_table(double u, const struct sb_jitter *j)
{
	double at = u * (double)(j->sample_count - 1);
	size_t i = (size_t)at < j->sample_count - 1 ? (size_t)at : j->sample_count - 2;
	double low = (double)j->samples_ns[i], high = (double)j->samples_ns[i + 1];

	if (j->deviation_ns) {
		i = (size_t)(u * (double)j->sample_count);
		return (double)j->samples_ns[i < j->sample_count ? i : j->sample_count - 1];
	}
	return low + (at - (double)i) * (high - low);
}

static int64_t bounded(double x, int64_t max)
{
	if (x > (double)max)
		return max;
	return x < -(double)max ? -max : sb_round(x);
}

int64_t sb_draw_jitter(struct sb_rng *rng, const struct sb_jitter *j, int64_t max)
{
	double x = 0;

	switch (j->kind) {
	case SB_JITTER_NORMAL:
		x = sb_rng_normal(rng);
		break;
	case SB_JITTER_UNIFORM:
		x = sqrt(3.0) * (2.0 * sb_rng_unit(rng) - 1.0);
		break;
	case SB_JITTER_PARETO:
		x = pareto(rng);
		break;
	case SB_JITTER_LOGNORMAL:
		x = lognormal(rng);
		break;
	case SB_JITTER_PARETONORMAL:
		x = paretonormal(rng);
		break;
	case SB_JITTER_TABLE:
		x = from_table(sb_rng_unit(rng), j);
		break;
	case SB_JITTER_QUANTILES:
		return sb_draw_jitter_at(sb_rng_normal(rng), j, max);
	}
	if (j->kind != SB_JITTER_TABLE)
		x *= (double)j->deviation_ns;
	return bounded(x, max);
}

int64_t sb_draw_jitter_at(double z, const struct sb_jitter *j, int64_t max)
{
	if (j->kind == SB_JITTER_TABLE)
		return bounded(from_table(sb_normal_probability(z), j), max);
	if (j->kind == SB_JITTER_QUANTILES)
		return bounded((double)sb_quantile(j->quantiles, sb_normal_probability(z)), max);
	return bounded(z * (double)j->deviation_ns, max);
}

int64_t sb_draw_value(struct sb_rng *rng, const struct sb_draw *d, int64_t max)
{
	double x = 0, a = (double)d->a, b = (double)d->b;

	switch (d->kind) {
	case SB_DRAW_FIXED:
	case SB_DRAW_ALTERNATE: /* these two depend on more than chance: event_occurrences.c */
	case SB_DRAW_OLD_NEW:
		return d->a;
	case SB_DRAW_UNIFORM:
		x = a + sb_rng_unit(rng) * (b - a);
		break;
	case SB_DRAW_NORMAL:
		x = a + sb_rng_normal(rng) * b;
		break;
	case SB_DRAW_LOGNORMAL:
		/* At most 6 sigma and a ratio of 3.6e12: the exponent stays below 140. */
		x = a * sb_exact_exp(sb_rng_normal(rng) * (sb_natural_log(b / a) / NORMAL_P90));
		break;
	case SB_DRAW_EXPONENTIAL:
		x = -a * sb_natural_log(1.0 - sb_rng_unit(rng));
		break;
	}
	return bounded(x, max);
}
