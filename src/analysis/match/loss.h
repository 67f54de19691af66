/* SPDX-License-Identifier: MIT */
/* loss.h - how far a measured loss may be from the one that was asked for */
#ifndef SATBED_ANALYSIS_LOSS_H
#define SATBED_ANALYSIS_LOSS_H

#include <stdint.h>

#include "satbed/plan.h"

/**
 * struct sb_loss_sum - packets that were judged by loss processes, one stretch after another
 * @expected, @variance: of the number lost; @start_bias: what a chain that begins in GOOD loses
 * less
 * @events:	loss events expected: runs of packets lost together
 */
struct sb_loss_sum {
	uint64_t packets;
	double expected, variance, start_bias, events;
};

/** sb_loss_sum_add() - @packets in a row under @loss */
void sb_loss_sum_add(struct sb_loss_sum *sum, const struct sb_loss *loss, uint64_t packets);
/**
 * sb_loss_sum_add_exact() - packets lost by number, among those added already
 *
 * Which number a captured packet had is not known for sure (some may have passed before the
 * window): the tolerance grows by as many.
 */
void sb_loss_sum_add_exact(struct sb_loss_sum *sum, const struct sb_exact *exact);
/**
 * sb_loss_sum_tolerance() - bound on |measured - asked| as a fraction of all packets
 *
 * Five standard deviations of the number lost; 0 when no loss was asked for.
 *
 * Independent loss: variance n p (1 - p).  Gilbert-Elliott (Gilbert 1960; Elliott 1963): the state
 * is a two-state Markov chain with GOOD->BAD p, BAD->GOOD r, whose autocorrelation falls by rho = 1
 * - p - r per packet, so with pi = p / (p + r), mean m and loss h in BAD, g in GOOD, over n packets
 * (the variance of a sum of correlated variables)
 *
 *	n m (1 - m) + 2 (h - g)^2 pi (1 - pi) * sum of (n - j) rho^j for j = 1 .. n - 1
 *
 * The sum of many is near normal: beyond 5 sigma by chance in 6e-7 of directions.  Where few loss
 * events (below 1000) are expected it is not; then the bound is the larger of 5 sigma and
 * Chernoff's for a Poisson number of loss events of geometric size, exceeded by chance in less than
 * 3e-7.
 */
double sb_loss_sum_tolerance(const struct sb_loss_sum *sum);
/**
 * sb_loss_sum_false_alarm() - how often a link that is right is beyond that tolerance
 *
 * 0 where nothing is left to chance (no loss, or packets lost by number), NAN without packets.
 * Where few events are expected the sum of both sides' bounds, at most.  Else both tails of the
 * normal distribution beyond five sigma, corrected for skewness to first order (Cramer 1938: by a
 * factor of exp(+-skewness z^3 / 6)): losses in bursts lean towards more.
 */
double sb_loss_sum_false_alarm(const struct sb_loss_sum *sum);

#endif
