// SPDX-License-Identifier: MIT
/*
 * exact.c - the functions that plans are computed with, the same on every machine
 *
 * A plan must come out byte for byte the same everywhere, and libm's exp() and log() differ in the
 * last bit between versions and processors.  So they are computed here from +, -, * and /, which
 * IEEE 754 rounds in one way only, in an order that is written down; frexp(), ldexp() and floor()
 * are exact. That holds without excess precision (the assertion) and without fused multiply-add
 * (the Makefile's -ffp-contract=off).
 */
#include "exact.h"

#include <float.h>
#include <math.h>

#include "satbed/model.h"

_Static_assert(FLT_EVAL_METHOD == 0,
	       "doubles must be computed as doubles: on i386 use -msse2 -mfpmath=sse");

/* ln 2 in two parts: the upper one has trailing zeros, so that small multiples of it are exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW	 0x1.a39ef35793c76p-33
#define LN2_INV	 0x1.71547652b82fep+0

int64_t sb_round(double x)
{
	return (int64_t)floor(x + 0.5);
}

/* e^x = 2^k e^r with |r| <= ln(2)/2, where thirteen terms of the series are enough for a double. */
double sb_exact_exp(double x)
{
	double k = floor(x * LN2_INV + 0.5);
	double r = (x - k * LN2_HIGH) - k * LN2_LOW;
	double sum = 1.0;

	for (int n = 13; n > 0; n--)
		sum = 1.0 + r / n * sum;
	return ldexp(sum, (int)k);
}

/* ln(2^e m) = e ln 2 + 2 atanh((m-1)/(m+1)) with m in [sqrt(1/2), sqrt(2)). */
double sb_natural_log(double x)
{
	int e;
	double m = frexp(x, &e), s, s2, sum = 0;

	if (m < 0x1.6a09e667f3bcdp-1) {
		m *= 2;
		e--;
	}
	s = (m - 1.0) / (m + 1.0);
	s2 = s * s;
	for (int n = 25; n > 0; n -= 2)
		sum = sum * s2 + 1.0 / n;
	return (e * LN2_LOW + 2.0 * s * sum) + e * LN2_HIGH;
}

/* Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17: |error| < 7.5e-8. */
double sb_normal_probability(double z)
{
	static const double b[] = {0.319381530, -0.356563782, 1.781477937, -1.821255978,
				   1.330274429};
	double x = z < 0 ? -z : z, t = 1 / (1 + 0.2316419 * x), sum = 0, tail;

	if (x > 37)
		return z < 0 ? 0 : 1;
	for (int i = 4; i >= 0; i--)
		sum = (sum + b[i]) * t;
	/* 1 / sqrt(2 pi) */
	tail = 0.39894228040143268 * sb_exact_exp(-x * x / 2) * sum;
	return z < 0 ? tail : 1 - tail;
}

int64_t sb_quantile(const struct sb_quantile_points *q, double u)
{
	double ppb = u * (double)SB_PPB;
	size_t i = 0;

	while (i < q->count && (double)q->at[i].ppb < ppb)
		i++;
	if (!i)
		return q->at[0].value;
	if (i == q->count)
		return q->at[i - 1].value;
	return q->at[i - 1].value + sb_round((ppb - (double)q->at[i - 1].ppb) /
					     (double)(q->at[i].ppb - q->at[i - 1].ppb) *
					     (double)(q->at[i].value - q->at[i - 1].value));
}
