// SPDX-License-Identifier: MIT
/* probe.c - how many probes a link can bear */
#include "satbed/plan_probe.h"

#define MOST_A_SECOND  50
#define LEAST_A_SECOND 2
#define SHARE_INVERSE  200 /* 0.5 % */

static uint64_t lowest_rate_bps(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	uint64_t lowest = plan->links[link].dir[dir].initial.rate_bps;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->link == link && s->dir == dir && s->state.rate_bps > SB_RATE_STOPPED &&
		    (!lowest || s->state.rate_bps < lowest))
			lowest = s->state.rate_bps;
	}
	return lowest;
}

uint32_t sb_probe_rate(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	uint64_t rate_bps, a_second = MOST_A_SECOND;

	if (plan->no_probes || plan->path != SB_PATH_BRIDGE)
		return 0;
	/* The packets that are to be lost are numbered. */
	if (plan->links[link].dir[dir].exact.count)
		return 0;
	rate_bps = lowest_rate_bps(plan, link, dir);
	/* Of a rate that is shared, the probes of all together. */
	if (rate_bps)
		a_second = rate_bps / SHARE_INVERSE / (8 * SB_PROBE_FRAME) /
			   sb_plan_sharers(plan, link, dir);
	if (a_second < LEAST_A_SECOND)
		a_second = LEAST_A_SECOND;
	return (uint32_t)(a_second < MOST_A_SECOND ? a_second : MOST_A_SECOND);
}

bool sb_is_probe_port(uint16_t port)
{
	return port == SB_PROBE_PORT(SB_UP) || port == SB_PROBE_PORT(SB_DOWN);
}
