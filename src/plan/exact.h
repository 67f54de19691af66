/* SPDX-License-Identifier: MIT */
/* exact.h - functions that give the same bits on every machine */
#ifndef SATBED_PLAN_EXACT_H
#define SATBED_PLAN_EXACT_H

#include <stdint.h>

#include "satbed/scenario_values.h"

/** sb_round() - to the nearest integer, halves up; |x| < 2^62 */
int64_t sb_round(double x);
double sb_exact_exp(double x);	 /* |x| <= 700 */
double sb_natural_log(double x); /* x > 0 */

/** sb_normal_probability() - Phi(z), to 1e-7, the same on every machine */
double sb_normal_probability(double z);
/** sb_quantile() - the value at probability @u: linear between quantiles, constant beyond them */
int64_t sb_quantile(const struct sb_quantile_points *q, double u);

#endif
