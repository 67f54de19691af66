/* SPDX-License-Identifier: MIT */
/* event_occurrences.h - when an event happens to one client's link, and what it does each time */
#ifndef SATBED_PLAN_EVENT_OCCURRENCES_H
#define SATBED_PLAN_EVENT_OCCURRENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/plan.h"
#include "satbed/scenario_values.h"

#define SB_PPM INT64_C(1000000)

/**
 * struct sb_occurrence - one time that an event happens to one client
 * @delay_ns, @factor_ppm: its steps, by direction
 */
struct sb_occurrence {
	int64_t at_ns, outage_ns;
	int64_t delay_ns[2];
	int64_t factor_ppm[2];
};

/**
 * struct sb_event_occurrences - one event as it concerns one client
 * @hold_ns:	of the steps; INT64_MAX = until the next occurrence
 * @ramp_ns:	how long the steps take to arrive, and to go after @hold_ns; 0 = at once
 */
struct sb_event_occurrences {
	const struct sb_section *section;
	int64_t hold_ns, ramp_ns;
	bool concerns[2];
	size_t count;
	struct sb_occurrence *list;
};

/** sb_event_occurrences_draw() - @out->list is the caller's to free; @client: number of the link; @link: its base states are read */
void sb_event_occurrences_draw(const struct sb_scenario *sc, const struct sb_section *s,
			       unsigned int client, const struct sb_link *link, uint64_t seed,
			       int64_t end_ns, struct sb_event_occurrences *out);
/** sb_event_occurrences_expected() - how often an event happens within @duration_ns, at least roughly */
int64_t sb_event_occurrences_expected(const struct sb_section *s, int64_t duration_ns);

/**
 * sb_ramp_step_ns() - how far apart the steps of a ramp are
 *
 * A thousandth of the ramp, but never below 10 ms, as often as a link is changed at all, and never
 * above 100 ms, the period of samples in reports: a fade of a minute is 600 steps of 0.17 % each,
 * far below what one packet in a queue makes.
 */
int64_t sb_ramp_step_ns(int64_t ramp_ns);

#endif
