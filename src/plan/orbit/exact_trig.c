// SPDX-License-Identifier: MIT
/* exact_trig.c - angles, the same on every machine */
#include "exact_trig.h"

#include <math.h>

/* pi/2 in three parts; the first two have 33 bits, so that up to 2^20 of them are exact. */
#define QUARTER_1   0x1.921fb544p+0
#define QUARTER_2   0x1.0b4611a6p-34
#define QUARTER_3   0x1.3198a2e037073p-69
#define QUARTER_INV 0x1.45f306dc9c883p-1

/* sin r = r (1 - r^2/(2 3) (1 - r^2/(4 5) (...))), |r| <= pi/4: nine factors are enough. */
static double sin_series(double r)
{
	double r2 = r * r, sum = 1.0;

	for (int n = 18; n > 0; n -= 2)
		sum = 1.0 - r2 / (n * (n + 1)) * sum;
	return r * sum;
}

static double cos_series(double r)
{
	double r2 = r * r, sum = 1.0;

	for (int n = 19; n > 0; n -= 2)
		sum = 1.0 - r2 / (n * (n + 1)) * sum;
	return sum;
}

/* sin(x + quarters pi/2) */
static double sin_from(double x, int quarters)
{
	double k = floor(x * QUARTER_INV + 0.5);
	double r = ((x - k * QUARTER_1) - k * QUARTER_2) - k * QUARTER_3;

	switch (((long)k + quarters) & 3) {
	case 0:
		return sin_series(r);
	case 1:
		return cos_series(r);
	case 2:
		return -sin_series(r);
	default:
		return -cos_series(r);
	}
}

double sb_exact_sin(double x)
{
	return sin_from(x, 0);
}

double sb_exact_cos(double x)
{
	return sin_from(x, 1);
}

/* Halving twice, tan(a/2) = t / (1 + sqrt(1 + t^2)), leaves |t| <= tan(pi/16) for the series. */
static double atan_to_one(double t)
{
	double t2, sum = 0;

	for (int i = 0; i < 2; i++)
		t = t / (1.0 + sqrt(1.0 + t * t));
	t2 = t * t;
	for (int n = 25; n > 0; n -= 2)
		sum = 1.0 / n - t2 * sum;
	return 4.0 * t * sum;
}

double sb_exact_atan2(double y, double x)
{
	double ax = fabs(x), ay = fabs(y), a;

	if (ax == 0 && ay == 0)
		return 0;
	a = ay <= ax ? atan_to_one(ay / ax) : SB_PI / 2 - atan_to_one(ax / ay);
	if (x < 0)
		a = SB_PI - a;
	return y < 0 ? -a : a;
}

double sb_turn(double x)
{
	double r = fmod(x, 2 * SB_PI);

	return r < 0 ? r + 2 * SB_PI : r;
}
