// SPDX-License-Identifier: MIT
/* series_of_plan.c - what measurements of a planned link would have been */
#include <math.h>

#include "satbed/base/clock.h"
#include "satbed/learn_series.h"

/* Ethernet, IPv4 and UDP in front of a datagram's payload. */
#define HEADERS 42.0

static bool is_lost(const struct sb_link_state *s)
{
	return s->outage || sb_loss_mean(&s->loss) > 0.999;
}

/* Payload that a full link carries from @from_ns on, in Mbit/s. */
static double capacity(const struct sb_plan *plan, enum sb_dir dir, int64_t from_ns, int64_t to_ns,
		       double share, size_t *step)
{
	const struct sb_link_state *s = sb_plan_state_at(plan, 0, dir, from_ns);
	double bits = 0;
	int64_t at_ns = from_ns;

	while (*step < plan->step_count && plan->steps[*step].at_ns <= from_ns)
		++*step;
	for (size_t i = *step; at_ns < to_ns; i++) {
		int64_t next_ns = i < plan->step_count && plan->steps[i].at_ns < to_ns
				      ? plan->steps[i].at_ns
				      : to_ns;

		if (!is_lost(s))
			bits += (double)s->rate_bps * (double)(next_ns - at_ns) / SB_NS_PER_S;
		at_ns = next_ns;
		if (i < plan->step_count && plan->steps[i].link == 0 && plan->steps[i].dir == dir)
			s = &plan->steps[i].state;
	}
	return bits * share / ((double)(to_ns - from_ns) / SB_NS_PER_S) / 1e6;
}

/* One way at @at_ns, in ns; -1 = lost. */
static int64_t one_way(const struct sb_plan *plan, enum sb_dir dir, int64_t at_ns)
{
	const struct sb_link_state *s = sb_plan_state_at(plan, 0, dir, at_ns);

	return is_lost(s) ? -1 : s->delay_ns;
}

static double delay(const struct sb_plan *plan, enum sb_series_kind kind, int64_t at_ns)
{
	int64_t there = one_way(plan, kind == SB_SERIES_DELAY_DOWN ? SB_DOWN : SB_UP, at_ns),
		back = 0;

	if (there >= 0 && kind == SB_SERIES_RTT)
		back = one_way(plan, SB_DOWN, at_ns + there);
	return there < 0 || back < 0 ? NAN : (double)(there + back) / 1e6;
}

void sb_series_of_plan(const struct sb_plan *plan, enum sb_series_kind kind, double interval_s,
		       uint32_t payload_bytes, struct sb_measured_series *out)
{
	double payload = payload_bytes ? payload_bytes : 1448;
	int64_t interval_ns = (int64_t)(interval_s * 1e9);
	char id[24];
	size_t step = 0;

	snprintf(id, sizeof(id), "%zu", out->count + 1);
	for (int64_t at = 0; interval_ns > 0 && at + interval_ns <= plan->duration_ns;
	     at += interval_ns) {
		double v = kind < SB_SERIES_CAPACITY_UP
			       ? delay(plan, kind, at)
			       : capacity(plan, kind == SB_SERIES_CAPACITY_UP ? SB_UP : SB_DOWN, at,
					  at + interval_ns, payload / (payload + HEADERS), &step);

		sb_series_add(out, id, (double)at / 1e9, v);
	}
}
