// SPDX-License-Identifier: MIT
/* median.c - medians and their intervals, from ranks alone */
#include "median.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The largest rank, from 1, that the median lies below with no more than 2.5 %; 0 = there is none. */
static size_t rank_of(size_t n)
{
	double start = floor(((double)n - 1.96 * sqrt((double)n)) / 2) - 2;
	size_t rank = start > 0 ? (size_t)start : 0;

	while (gsl_cdf_binomial_P((unsigned int)rank, 0.5, (unsigned int)n) <= 0.025)
		rank++;
	return rank;
}

struct sb_rank_median sb_rank_median(double *values, size_t count)
{
	struct sb_rank_median m = {.count = count, .median = NAN, .low = NAN, .high = NAN};
	size_t rank;

	if (!count)
		return m;
	qsort(values, count, sizeof(*values), compare);
	m.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
	rank = rank_of(count);
	if (rank) {
		m.low = values[rank - 1];
		m.high = values[count - rank];
	}
	return m;
}

size_t sb_rank_median_needed(void)
{
	size_t n = 1;

	while (!rank_of(n))
		n++;
	return n;
}
