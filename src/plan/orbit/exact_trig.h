/* SPDX-License-Identifier: MIT */
/*
 * exact_trig.h - angles, the same on every machine
 *
 * libm's sin(), cos() and atan2() differ in the last bit between versions; these are made of +, -,
 * *, / and sqrt() in an order that is written down, like those in draw.h.
 */
#ifndef SATBED_PLAN_EXACT_TRIG_H
#define SATBED_PLAN_EXACT_TRIG_H

#define SB_PI  3.14159265358979323846
#define SB_DEG (SB_PI / 180.0)

/* Errors stay below 4e-16 in |x| <= 1 and 1e-15 beyond; |x| < 10^6. */
double sb_exact_sin(double x);
double sb_exact_cos(double x);
/** sb_exact_atan2() - in (-pi, pi]; 0 for (0, 0) */
double sb_exact_atan2(double y, double x);
/** sb_turn() - the same angle in [0, 2 pi) */
double sb_turn(double x);

#endif
