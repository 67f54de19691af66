// SPDX-License-Identifier: MIT
/* timeline_size.c - how many steps a timeline may have, and what makes too many */
#include <inttypes.h>

#include "event_occurrences.h"
#include "marks.h"
#include "satbed/base/mem.h"
#include "track.h"

/* How many steps bursts make on average, all links together; the place of the last that has some.
 */
static int64_t count_bursts(const struct sb_scenario *sc, const struct sb_plan *plan, int *place)
{
	int64_t steps = 0;

	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct sb_bursts *b = &plan->links[i / 2].dir[i % 2].bursts;

		if (!b->burst_ns)
			continue;
		steps += 2 * (plan->duration_ns / (b->burst_ns + b->gap_ns));
		*place =
		    sb_link_value(sc, (unsigned int)i / 2 + 1, (enum sb_dir)(i % 2), SB_KEY_LOSS)
			->place;
	}
	return steps;
}

/* Counting stops where it is too many: a trace may repeat every millisecond. */
static int64_t count_trace(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			   const struct sb_plan *plan, int *place)
{
	static const enum sb_key keys[] = {SB_KEY_TRACE, SB_KEY_DELAY_TRACE};
	int64_t sum = 0, at_ns;

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++) {
		const struct sb_trace *t = sb_track_of(sc, client, dir, keys[i]);
		size_t n = 0;

		while (t && n <= SB_MAX_STEPS && sb_track_next(t, n, plan->duration_ns, &at_ns))
			n++;
		sum += (int64_t)n;
		if (n)
			*place = sb_link_value(sc, client, dir, keys[i])->place;
	}
	return sum;
}

int sb_timeline_check_size(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f)
{
	int64_t jitter = 0, events = 0, traces = 0, rates = 0, bursts;
	int jitter_place = 0, event_place = 0, trace_place = 0, bursts_place = 0;

	for (unsigned int client = 1; client <= plan->link_count; client++) {
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_value *v =
			    sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_JITTER);

			traces += count_trace(sc, client, (enum sb_dir)dir, plan, &trace_place);
			if (plan->links[client - 1].dir[dir].drawn_every_ns)
				rates += plan->duration_ns /
					 plan->links[client - 1].dir[dir].drawn_every_ns;
			if (!sb_is_jitter(&v->jitter) &&
			    !plan->links[client - 1].dir[dir].jitter_ns)
				continue;
			jitter_place = v->place;
			jitter += plan->duration_ns /
				  sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_JITTER_EVERY)
				      ->time_ns;
		}
	}
	for (size_t e = 0; e < plan->event_count; e++) {
		const struct sb_section *s = sb_scenario_section(sc, SB_SEC_EVENT, e);
		const struct sb_value *ramp = sb_value(s, SB_KEY_RAMP);
		int64_t each = 6;

		/* Both directions, each with a beginning and at most two ends, and ramps.
		 */
		if (sb_has(ramp))
			each += 4 * (1 + ramp->time_ns / sb_ramp_step_ns(ramp->time_ns));
		events += each * (int64_t)plan->link_count *
			  sb_event_occurrences_expected(s, plan->duration_ns);
		event_place = s->place;
	}
	/* Those of bursts are drawn: the number is a mean, and has room to be exceeded. */
	bursts = count_bursts(sc, plan, &bursts_place);
	bursts += bursts / 4;
	if (jitter + events + bursts + traces + rates <= SB_MAX_STEPS)
		return 0;
	if (rates > jitter + events + traces + bursts)
		sb_findings_add(f, 0,
				"rate_every: makes a timeline of %" PRId64
				" steps, the maximum is %d; use a larger one, a shorter duration "
				"or fewer clients",
				rates, SB_MAX_STEPS);
	else if (bursts > jitter + events + traces)
		sb_findings_add(f, bursts_place,
				"loss: bursts make a timeline of some %" PRId64
				" steps, the maximum is %d; use longer bursts, a smaller share, a "
				"shorter duration or fewer clients",
				bursts, SB_MAX_STEPS);
	else if (traces >= jitter && traces >= events)
		sb_findings_add(f, trace_place,
				"trace: makes a timeline of %" PRId64
				" steps or more, the maximum is %d; use a coarser trace, a shorter "
				"duration or fewer clients",
				traces, SB_MAX_STEPS);
	else if (jitter >= events)
		sb_findings_add(f, jitter_place,
				"jitter: makes a timeline of %" PRId64
				" steps, the maximum is %d; use a larger jitter_every, a shorter "
				"duration or fewer clients",
				jitter, SB_MAX_STEPS);
	else
		sb_findings_add(f, event_place,
				"the events make a timeline of up to %" PRId64
				" steps, the maximum is %d; use a larger every, a shorter duration "
				"or fewer clients",
				events, SB_MAX_STEPS);
	return -1;
}
