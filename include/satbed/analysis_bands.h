/* SPDX-License-Identifier: MIT */
/* analysis_bands.h - several runs of one thing over each other: their mean, and how sure it is */
#ifndef SATBED_ANALYSIS_BANDS_H
#define SATBED_ANALYSIS_BANDS_H

#include <stdint.h>

/** struct sb_band - the values of several runs in one bin; starts zeroed */
struct sb_band {
	uint32_t count;
	double mean, squares; /* sum of squared distances from the mean */
};

/** sb_band_add() - one more run (Welford 1962: no cancellation); what is not finite is left out */
void sb_band_add(struct sb_band *b, double value);
/**
 * sb_band_half() - half the width of the mean's 95 % confidence interval
 *
 * Student's t with count - 1 degrees of freedom, times the standard error; NAN below two values.
 * For each bin alone: of many bins, one in twenty is beyond it by chance.
 */
double sb_band_half(const struct sb_band *b);

#endif
