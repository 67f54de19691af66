// SPDX-License-Identifier: MIT
/*
 * loss_fit.c - which process lost these packets
 *
 * Three candidates by Akaike's criterion, 2 k - 2 ln L:
 *
 * - random (k = 1): each packet on its own
 * - Gilbert (k = 2): a two-state Markov chain per packet, all lost in BAD; its maximum likelihood
 * is the counts of transitions
 * - bursts (k = 2): a two-state Markov process in time, BAD for burst_ns on average, GOOD for
 * gap_ns; of packets dt apart, with rates a = 1/gap, b = 1/burst and pi = a / (a + b), P(bad after
 * good) = pi (1 - e^-(a+b)dt), P(bad after bad) = pi + (1 - pi) e^-(a+b)dt; maximised by a pattern
 * search over ln a and ln b (Hooke and Jeeves 1961)
 *
 * A model with more parameters is taken only when it is better by 10, which leaves the simpler one
 * "essentially no support" (Burnham and Anderson 2002, section 2.6).
 */
#include <math.h>
#include <stdlib.h>

#include "estimate.h"
#include "satbed/base/mem.h"

#define DECISIVE   10.0
#define SAMPLE	   200000u /* packets that the bursts' likelihood is made over */
#define MIN_RUNS   20	   /* for a test of how long they are */
#define BINS	   6
#define MIN_IN_BIN 5.0

static double log_or_0(double count, double p)
{
	return count > 0 ? count * log(p) : 0;
}

/** struct counts - transitions from packet to packet, [before lost][lost] */
struct counts {
	double n[2][2];
};

static struct counts count_transitions(const struct sb_fate_of *p, size_t n)
{
	struct counts c = {{{0}}};

	for (size_t i = 1; i < n; i++)
		c.n[p[i - 1].lost][p[i].lost]++;
	return c;
}

static double random_likelihood(const struct counts *c, double mean)
{
	return log_or_0(c->n[0][1] + c->n[1][1], mean) +
	       log_or_0(c->n[0][0] + c->n[1][0], 1 - mean);
}

static double gilbert_likelihood(const struct counts *c, double bad, double good)
{
	return log_or_0(c->n[0][1], bad) + log_or_0(c->n[0][0], 1 - bad) +
	       log_or_0(c->n[1][0], good) + log_or_0(c->n[1][1], 1 - good);
}

static double bursts_likelihood(const struct sb_fate_of *p, size_t n, double a, double b)
{
	double pi = a / (a + b), sum = 0;

	for (size_t i = 1; i < n; i++) {
		double dt = (double)(p[i].t_ns - p[i - 1].t_ns), e = exp(-(a + b) * dt);
		double bad = p[i - 1].lost ? pi + (1 - pi) * e : pi * (1 - e);

		/* Two packets of one instant share the state. */
		bad = bad < 1e-12 ? 1e-12 : bad > 1 - 1e-12 ? 1 - 1e-12 : bad;
		sum += log(p[i].lost ? bad : 1 - bad);
	}
	return sum;
}

/* The likelihood of the best rates, which are left in @out (burst_ns, gap_ns). */
static double fit_bursts(const struct sb_fate_of *p, size_t n, struct sb_learn_fit *out)
{
	double dt = (double)(p[n - 1].t_ns - p[0].t_ns) / (double)(n - 1) + 1;
	double x[2] = {log(out->bad / dt), log(out->good / dt)}, step = 1;
	double best = bursts_likelihood(p, n, exp(x[0]), exp(x[1]));

	for (int turns = 0; step > 0.005 && turns < 200; turns++) {
		bool better = false;

		for (int k = 0; k < 4; k++) {
			double try[2] = {x[0], x[1]}, l;

			try[k / 2] += k % 2 ? step : -step;
			l = bursts_likelihood(p, n, exp(try[0]), exp(try[1]));
			if (l > best) {
				best = l;
				x[0] = try[0];
				x[1] = try[1];
				better = true;
			}
		}
		if (!better)
			step /= 2;
	}
	out->gap_ns = exp(-x[0]);
	out->burst_ns = exp(-x[1]);
	return best;
}

/* Upper tail of chi-square, by the recurrence of the incomplete gamma function in half steps. */
static double chi_square_tail(double x, int dof)
{
	double half = x / 2, a = dof % 2 ? 0.5 : 1, q = dof % 2 ? erfc(sqrt(half)) : exp(-half);

	for (; a < dof / 2.0 - 0.25; a++)
		q += exp(a * log(half) - half - lgamma(a + 1));
	return q > 1 ? 1 : q;
}

/* Runs of lost packets are geometric: random and Gilbert both say so, with their own parameter. */
static double run_length_p(const struct sb_fate_of *p, size_t n, double stay, int parameters)
{
	double seen[BINS] = {0}, runs = 0, x = 0;
	int bins = 0, used = 0;
	size_t len = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i].lost) {
			len++;
			continue;
		}
		if (len) {
			seen[len > BINS ? BINS - 1 : len - 1]++;
			runs++;
		}
		len = 0;
	}
	if (runs < MIN_RUNS)
		return NAN;
	/* As many bins as have enough in them; the last one takes the rest. */
	while (bins < BINS - 1 && runs * pow(stay, bins + 1) >= MIN_IN_BIN)
		bins++;
	for (int k = 0; k <= bins; k++) {
		double share = k < bins ? pow(stay, k) * (1 - stay) : pow(stay, bins),
		       got = seen[k];

		for (int more = k + 1; k == bins && more < BINS; more++)
			got += seen[more];
		x += (got - runs * share) * (got - runs * share) / (runs * share);
		used++;
	}
	return used - 1 - parameters > 0 ? chi_square_tail(x, used - 1 - parameters) : NAN;
}

static void count_all(const struct sb_fate_of *p, size_t n, struct sb_learn_fit *out)
{
	for (size_t i = 0; i < n; i++) {
		out->lost += p[i].lost;
		out->runs += p[i].lost && (!i || !p[i - 1].lost);
	}
	out->packets = n;
	out->mean = n ? (double)out->lost / (double)n : 0;
}

void sb_loss_fit(const struct sb_fate_of *p, size_t n, struct sb_learn_fit *out)
{
	double likelihood[4] = {0}, sampled, best;
	size_t sample = n < SAMPLE ? n : SAMPLE;
	struct counts c;

	*out = (struct sb_learn_fit){.fit_p = NAN};
	for (int k = 0; k < 4; k++)
		out->aic[k] = INFINITY;
	count_all(p, n, out);
	if (!out->lost || n < 2 || out->lost == n)
		return;
	c = count_transitions(p, n);
	out->bad = c.n[0][1] / (c.n[0][0] + c.n[0][1] + 1e-9);
	/* Half a packet more of each kind: one run that has not ended is not one for ever. */
	out->good = (c.n[1][0] + 0.5) / (c.n[1][0] + c.n[1][1] + 1);
	out->kind = SB_LEARN_RANDOM;
	likelihood[SB_LEARN_RANDOM] = random_likelihood(&c, out->mean);
	likelihood[SB_LEARN_GEMODEL] = gilbert_likelihood(&c, out->bad, out->good);
	out->aic[SB_LEARN_RANDOM] = 2 - 2 * likelihood[SB_LEARN_RANDOM];
	out->aic[SB_LEARN_GEMODEL] = 4 - 2 * likelihood[SB_LEARN_GEMODEL];
	if (out->aic[SB_LEARN_GEMODEL] < out->aic[SB_LEARN_RANDOM] - DECISIVE)
		out->kind = SB_LEARN_GEMODEL;
	if (out->kind == SB_LEARN_GEMODEL) {
		/* Both on the same packets, and scaled to all of them. */
		c = count_transitions(p, sample);
		sampled = fit_bursts(p, sample, out) - gilbert_likelihood(&c, out->bad, out->good);
		out->aic[SB_LEARN_BURSTS] =
		    out->aic[SB_LEARN_GEMODEL] - 2 * sampled * (double)n / (double)sample;
		if (out->aic[SB_LEARN_BURSTS] < out->aic[SB_LEARN_GEMODEL] - DECISIVE)
			out->kind = SB_LEARN_BURSTS;
	}
	out->fit_p = out->kind == SB_LEARN_RANDOM ? run_length_p(p, n, out->mean, 0)
						  : run_length_p(p, n, 1 - out->good, 1);
	if (out->kind == SB_LEARN_BURSTS)
		out->fit_p = NAN;
	best = fmin(out->aic[1], fmin(out->aic[2], out->aic[3]));
	for (int k = SB_LEARN_RANDOM; k <= SB_LEARN_BURSTS; k++)
		out->aic[k] -= best;
}
