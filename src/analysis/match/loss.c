/* SPDX-License-Identifier: MIT */
/* loss.c - how far a measured loss may be from the one that was asked for */
#include "loss.h"

#include <math.h>
#include <stdbool.h>

#define SIGMAS	    5.0
#define TAIL	    3e-7   /* one side of five sigma */
#define MANY_EVENTS 1000.0 /* normal from here on */

static void add_gilbert(struct sb_loss_sum *sum, const struct sb_loss *loss, double n)
{
	double p = (double)loss->bad_ppb / SB_PPB, r = (double)loss->good_ppb / SB_PPB;
	double h = (double)loss->lost_in_bad_ppb / SB_PPB;
	double g = (double)loss->lost_in_good_ppb / SB_PPB;
	double leave = p + r, rho = 1 - leave, pi = leave > 0 ? p / leave : 0;
	double m = pi * h + (1 - pi) * g, lagged = 0, burst = sb_loss_mean_burst(loss);

	/* leave = 2 alternates strictly, which is the closed form too; leave = 0 stays GOOD. */
	if (leave > 0)
		lagged = n * rho / leave - rho * (1 - pow(rho, n)) / (leave * leave);
	sum->expected += n * m;
	sum->variance += n * m * (1 - m) + 2 * (h - g) * (h - g) * pi * (1 - pi) * lagged;
	if (leave > 0)
		sum->start_bias += fabs(h - g) * pi * fmin(1 / leave, n);
	sum->events += n * m / fmax(burst, 1);
}

void sb_loss_sum_add(struct sb_loss_sum *sum, const struct sb_loss *loss, uint64_t packets)
{
	double n = (double)packets, p = (double)loss->random_ppb / SB_PPB;

	sum->packets += packets;
	if (!packets)
		return;
	switch (loss->kind) {
	case SB_LOSS_NONE:
		break;
	case SB_LOSS_RANDOM:
		sum->expected += n * p;
		sum->variance += n * p * (1 - p);
		sum->events += n * p;
		break;
	case SB_LOSS_GEMODEL:
		add_gilbert(sum, loss, n);
		break;
	}
}

void sb_loss_sum_add_exact(struct sb_loss_sum *sum, const struct sb_exact *exact)
{
	double lost = 0;

	for (uint32_t i = 0; i < exact->count && exact->range[i].first <= sum->packets; i++)
		lost +=
		    fmin(exact->range[i].last, (double)sum->packets) - exact->range[i].first + 1;
	sum->expected += lost;
	sum->start_bias += lost;
}

/*
 * What the number lost exceeds with a probability below the tail's: Chernoff's bound for a Poisson
 * number of events, each of a geometric number of packets of the given mean,
 *
 *	P(S >= x) <= exp(events (M(t) - 1) - t x), M(t) = e^t / (size - (size - 1) e^t)
 *
 * solved for x at the t that makes it smallest (any t gives a valid bound, so a grid will do).
 */
static double few_events_bound(double events, double size)
{
	double best = INFINITY, limit = size > 1 ? log(size / (size - 1)) : 30;

	if (limit > 30)
		limit = 30;
	for (int i = 1; i < 500; i++) {
		double t = limit * i / 500;
		double m = exp(t) / (size - (size - 1) * exp(t));
		double x = (events * (m - 1) - log(TAIL)) / t;

		if (x < best)
			best = x;
	}
	return best;
}

static bool are_few(const struct sb_loss_sum *sum)
{
	return sum->events > 0 && sum->events < MANY_EVENTS;
}

/* In packets, without what is no chance. */
static double chance_bound(const struct sb_loss_sum *sum)
{
	double bound = SIGMAS * sqrt(fmax(sum->variance, 0));

	if (are_few(sum)) {
		double size = fmax(sum->expected / sum->events, 1);
		double few = few_events_bound(sum->events, size) - sum->expected;

		bound = fmax(bound, few);
	}
	return bound;
}

double sb_loss_sum_tolerance(const struct sb_loss_sum *sum)
{
	if (!sum->packets || sum->expected <= 0)
		return 0;
	return (chance_bound(sum) + sum->start_bias) / (double)sum->packets;
}

/*
 * Of a Poisson number of events, each of a geometric number of packets S of the given mean: the
 * skewness is E[S^3] / E[S^2]^(3/2) / sqrt(events), with E[S^2] = 2 m^2 - m, E[S^3] = 6 m^3 - 6 m^2
 * + m.
 */
static double skewness(double events, double m)
{
	double second = m * (2 * m - 1), third = m * (6 * m * m - 6 * m + 1);

	return third / pow(second, 1.5) / sqrt(events);
}

double sb_loss_sum_false_alarm(const struct sb_loss_sum *sum)
{
	double tail = erfc(SIGMAS / sqrt(2)) / 2, size, lean;

	if (!sum->packets)
		return NAN;
	if (sum->variance <= 0 || sum->events <= 0)
		return 0;
	/* Above the bound by Chernoff; below it less often than a normal number, or never. */
	if (are_few(sum))
		return TAIL + (sum->expected > chance_bound(sum) ? tail : 0);
	size = fmax(sum->expected / sum->events, 1);
	lean = skewness(sum->events, size) * SIGMAS * SIGMAS * SIGMAS / 6;
	return tail * (exp(lean) + exp(-lean));
}
