/* SPDX-License-Identifier: MIT */
/* orbit.h - what [orbit] comes to: which satellite, how far, and when there is none */
#ifndef SATBED_PLAN_ORBIT_H
#define SATBED_PLAN_ORBIT_H

#include "satbed/plan.h"
#include "satbed/scenario_values.h"

/**
 * struct sb_orbit - rows for both directions of every link
 * @track:	@delay_ns of its rows is the bent pipe's share, to be added; the first is at 0
 * @passes:	which satellite from when on; an empty name = none
 */
struct sb_orbit {
	struct sb_trace track;
	size_t pass_count;
	struct sb_serving_satellite *passes;
};

/**
 * sb_orbit_make() - the scenario's orbit over the run
 * @out:	the caller's to sb_orbit_free(); NULL when the scenario has none, or what is wrong
 *		with it went to @f
 */
void sb_orbit_make(const struct sb_scenario *sc, uint64_t seed, int64_t end_ns,
		   struct sb_orbit **out, struct sb_findings *f);
void sb_orbit_free(struct sb_orbit *o);

#endif
