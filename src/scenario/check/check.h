/* SPDX-License-Identifier: MIT */
/* check.h - rules across the keys of a scenario */
#ifndef SATBED_SCENARIO_CHECK_H
#define SATBED_SCENARIO_CHECK_H

#include "satbed/scenario_values.h"

#define SB_FLOWS_MAX 64

void sb_scenario_check(const struct sb_scenario *sc, struct sb_findings *f);

/* check_events.c, check_flows.c, check_expect.c: one event, one flow, one line of [expect] */
void sb_check_event(const struct sb_scenario *sc, const struct sb_section *s,
		    struct sb_findings *f);
void sb_check_flow(const struct sb_scenario *sc, const struct sb_section *s, struct sb_findings *f);
void sb_check_expectation(const struct sb_scenario *sc, const struct sb_expectation *x,
			  struct sb_findings *f);

/** sb_check_list() - a key that names clients or terminals names those that there are, @count */
void sb_check_list(const struct sb_section *s, enum sb_key key, unsigned int count,
		   struct sb_findings *f);

/** sb_is_written() - in the scenario itself, not a default */
static inline bool sb_is_written(const struct sb_section *s, enum sb_key key)
{
	return sb_value(s, key)->place != 0;
}

/** sb_was_just_told() - one finding for a line is enough, however many links it holds for */
static inline bool sb_was_just_told(const struct sb_findings *f, int place)
{
	return f->count && f->items[f->count - 1].place == place;
}

#endif
