/* SPDX-License-Identifier: MIT */
/* groups.h - the runs of a sweep by the levels of some of its factors; private to src/sweep */
#ifndef SATBED_SWEEP_GROUPS_H
#define SATBED_SWEEP_GROUPS_H

#include <stdint.h>

#include "median.h"
#include "sweep/table/table.h"

/**
 * struct sb_sweep_group - runs that are alike in the factors asked for
 * @levels:	names, borrowed, one for each of these factors; "-" = a case without it
 * @values:	sorted by @pair: what else the run is, its seed and its other factors
 */
struct sb_sweep_group {
	const char **levels;
	struct sb_pair_value {
		uint64_t pair;
		double value;
	} * values;
	size_t count, room;
};

/** struct sb_sweep_levels - the names of a factor's levels by their number; NULL = none has it */
struct sb_sweep_levels {
	char **names;
	size_t count;
};

/**
 * struct sb_sweep_groups - start zeroed
 * @factors:	all of the sweep; @by: those asked for, as indexes of it
 * @readings:	all that there are; @value: the one asked for, of these, NULL where there are none
 * @groups:	in the order of their levels, whatever ran first
 */
struct sb_sweep_groups {
	char **factors, **readings;
	size_t factor_count, reading_count;
	size_t *by, by_count;
	struct sb_sweep_levels *levels;
	const char *value;
	char *unit;
	struct sb_sweep_group *groups;
	size_t group_count;
};

/**
 * sb_sweep_groups_make() - from the table
 * @by:		factors, commas between; NULL = all
 * @value:	a reading; NULL = the first goodput, or the first there is
 *
 * Return: 0, or -1 with @err: there is no such factor or reading (SB_EINPUT)
 */
int sb_sweep_groups_make(struct sb_sweep_table *t, const char *by, const char *value,
			 struct sb_sweep_groups *out, struct sb_err *err);
void sb_sweep_groups_fini(struct sb_sweep_groups *s);

/** sb_sweep_group_median() - of its values */
struct sb_rank_median sb_sweep_group_median(const struct sb_sweep_group *g);
/** sb_sweep_group_ratio() - to @base, of runs that differ in the factors asked for alone */
struct sb_rank_median sb_sweep_group_ratio(const struct sb_sweep_group *base,
					   const struct sb_sweep_group *g);

#endif
