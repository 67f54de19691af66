/* SPDX-License-Identifier: MIT */
/* quantity.h - values of a comparison for people */
#ifndef SATBED_COMPARE_QUANTITY_H
#define SATBED_COMPARE_QUANTITY_H

/** struct sb_scale - a value divided by @by is in @name; static */
struct sb_scale {
	double by;
	const char *name;
};

/** sb_scale_for() - the unit in which @largest reads well: "bit/s" becomes Mbit/s */
struct sb_scale sb_scale_for(const char *unit, double largest);

#endif
