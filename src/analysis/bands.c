// SPDX-License-Identifier: MIT
/* bands.c - several runs of one thing over each other: their mean, and how sure it is */
#include "satbed/analysis_bands.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

void sb_band_add(struct sb_band *b, double value)
{
	double before;

	if (!isfinite(value))
		return;
	before = value - b->mean;
	b->count++;
	b->mean += before / b->count;
	b->squares += before * (value - b->mean);
}

double sb_band_half(const struct sb_band *b)
{
	double n = b->count;

	if (b->count < 2)
		return NAN;
	return gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(b->squares / (n - 1) / n);
}
