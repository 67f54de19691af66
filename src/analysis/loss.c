/* SPDX-License-Identifier: MIT */
/* loss.c - how far a measured loss may be from the one that was asked for */
#include "loss.h"

#include <math.h>

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

double sb_loss_sum_tolerance(const struct sb_loss_sum *sum)
{
	double bound;

	if (!sum->packets || sum->expected <= 0)
		return 0;
	bound = SIGMAS * sqrt(fmax(sum->variance, 0));
	if (sum->events > 0 && sum->events < MANY_EVENTS) {
		double size = fmax(sum->expected / sum->events, 1);
		double few = few_events_bound(sum->events, size) - sum->expected;

		bound = fmax(bound, few);
	}
	return (bound + sum->start_bias) / (double)sum->packets;
}
