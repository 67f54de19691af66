/* SPDX-License-Identifier: MIT */
/* median_slope.h - the slope of a line through points some of which are wrong */
#ifndef SATBED_ANALYSIS_MEDIAN_SLOPE_H
#define SATBED_ANALYSIS_MEDIAN_SLOPE_H

#include <stddef.h>

/** struct sb_xy - one point */
struct sb_xy {
	double x, y;
};

/**
 * sb_median_slope() - the median of the slopes from each point to the one half of all further on
 * @p:	@x rising
 *
 * Theil's incomplete method (1950): right as long as fewer than a quarter of the points are wrong,
 * by whatever amount.  Return: 0 for fewer than two points
 */
double sb_median_slope(const struct sb_xy *p, size_t count);

#endif
