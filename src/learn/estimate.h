/* SPDX-License-Identifier: MIT */
/* estimate.h - the parts of learning one direction */
#ifndef SATBED_LEARN_ESTIMATE_H
#define SATBED_LEARN_ESTIMATE_H

#include "satbed/learn.h"

/**
 * sb_steps_find() - where a noisy series changes its level
 * @y:		NAN = not known there
 * @floor:	the noise is never taken for less
 * @starts:	first element of each level, starts[0] = 0; room for @max
 *
 * Binary segmentation (Scott and Knott 1974): the series is split where that lessens the sum of
 * squares most, as long as it does by more than (25 + 2 ln n) noise variances; by chance that
 * happens to one series of normal noise in about a million.  The noise is that of differences from
 * one element to the next, robustly (1.4826 median / sqrt 2).
 *
 * Return: how many levels, at least 1
 */
size_t sb_steps_find(const double *y, size_t n, double floor, size_t *starts, size_t max);

/** sb_median() - of @n values, which are sorted; NAN of none */
double sb_median(double *v, size_t n);
/** sb_quantile_of() - of sorted values */
double sb_quantile_of(const double *sorted, size_t n, double q);

/** struct sb_fate_of - a packet as the loss process saw it */
struct sb_fate_of {
	int64_t t_ns;
	bool lost;
};

/** sb_loss_fit() - which process lost them; @n packets in order of time */
void sb_loss_fit(const struct sb_fate_of *p, size_t n, struct sb_learn_fit *out);

#endif
