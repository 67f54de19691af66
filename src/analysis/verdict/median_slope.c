// SPDX-License-Identifier: MIT
/* median_slope.c - the slope of a line through points some of which are wrong */
#include "median_slope.h"

#include <stdlib.h>

#include "satbed/base/mem.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double sb_median_slope(const struct sb_xy *p, size_t count)
{
	size_t half = count / 2, n = 0;
	sb_auto_free double *slopes = NULL;

	if (count < 2)
		return 0;
	slopes = sb_alloc(count - half, sizeof(*slopes));
	for (size_t i = 0; i + half < count; i++)
		if (p[i + half].x > p[i].x)
			slopes[n++] = (p[i + half].y - p[i].y) / (p[i + half].x - p[i].x);
	if (!n)
		return 0;
	qsort(slopes, n, sizeof(*slopes), compare);
	return n % 2 ? slopes[n / 2] : (slopes[n / 2 - 1] + slopes[n / 2]) / 2;
}
