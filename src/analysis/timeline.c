/* SPDX-License-Identifier: MIT */
/* timeline.c - the states of one direction as they were asked for, by wall clock */
#include "timeline.h"

#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/* Between the stamp of the capture before the link and the shaper's own look at the clock. */
#define EDGE_SLACK_NS SB_NS_PER_MS

/* How much longer than asked a packet may be under way and still be the one that was sent. */
#define TRANSIT_SLACK_NS (2 * SB_NS_PER_S)

int64_t sb_timeline_transit_ns(const struct sb_timeline *t, const struct sb_link_state *state)
{
	double wait = 0;

	if (state->rate_bps > SB_RATE_STOPPED)
		wait = (double)t->asked->queue_bytes * 8e9 / (double)state->rate_bps;
	/* A rate that falls to nearly nothing must not overflow. */
	if (wait > 1e15)
		wait = 1e15;
	return state->delay_ns + (int64_t)wait + t->longest_stop_ns;
}

/* Does everything that arrives get lost?  Then the edges matter to the packet. */
static bool is_closed(const struct sb_link_state *s)
{
	return s->outage || (s->loss.kind == SB_LOSS_RANDOM && s->loss.random_ppb == SB_PPB);
}

static void add_segment(struct sb_timeline *t, int64_t from_ns, const struct sb_link_state *state)
{
	int64_t transit = sb_timeline_transit_ns(t, state);

	t->segments[t->count++] = (struct sb_segment){.from_ns = from_ns,
						      .edge_until_ns = INT64_MIN,
						      .next_edge_ns = INT64_MAX,
						      .state = state};
	if (transit > t->max_transit_ns)
		t->max_transit_ns = transit;
	t->may_duplicate |= state->duplicate_ppb != 0;
	t->may_reorder |= state->reorder_ppb != 0 || t->asked->may_overtake;
	t->may_corrupt |= state->corrupt_ppb != 0;
}

/* What waits when the link stops waits for all of it. */
static int64_t longest_stop(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	bool stopped = plan->links[link].dir[dir].initial.rate_bps == SB_RATE_STOPPED;
	int64_t since_ns = 0, longest_ns = 0;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->link != link || s->dir != dir)
			continue;
		if (stopped && s->at_ns - since_ns > longest_ns)
			longest_ns = s->at_ns - since_ns;
		if (!stopped)
			since_ns = s->at_ns;
		stopped = s->state.rate_bps == SB_RATE_STOPPED;
	}
	if (stopped && plan->duration_ns - since_ns > longest_ns)
		longest_ns = plan->duration_ns - since_ns;
	return longest_ns;
}

void sb_timeline_init(struct sb_timeline *t, const struct sb_analysis_input *in, size_t link,
		      enum sb_dir dir)
{
	const struct sb_plan *plan = in->plan;
	size_t count = 1;

	*t = (struct sb_timeline){.asked = &plan->links[link].dir[dir]};
	for (size_t i = 0; i < plan->step_count; i++)
		count += plan->steps[i].link == link && plan->steps[i].dir == dir;
	t->segments = sb_alloc(count, sizeof(*t->segments));
	t->longest_stop_ns = longest_stop(plan, link, dir);
	add_segment(t, INT64_MIN, &t->asked->initial);
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];
		const struct sb_segment *before = &t->segments[t->count - 1];
		int64_t from = in->start_real_ns + s->at_ns, late = 0, edge;

		if (s->link != link || s->dir != dir)
			continue;
		if (in->step_lateness_ns && in->step_lateness_ns[i] > 0)
			late = in->step_lateness_ns[i];
		edge = before->edge_until_ns;
		if (is_closed(before->state) != is_closed(&s->state))
			edge = from + EDGE_SLACK_NS + late;
		add_segment(t, from, &s->state);
		t->segments[t->count - 1].edge_until_ns = edge;
	}
	for (size_t i = t->count - 1; i > 0; i--) {
		struct sb_segment *before = &t->segments[i - 1], *s = &t->segments[i];

		before->next_edge_ns =
		    is_closed(before->state) != is_closed(s->state) ? s->from_ns : s->next_edge_ns;
	}
	t->max_transit_ns += TRANSIT_SLACK_NS;
}

void sb_timeline_fini(struct sb_timeline *t)
{
	free(t->segments);
}

size_t sb_timeline_seek(const struct sb_timeline *t, size_t hint, int64_t t_ns)
{
	while (hint + 1 < t->count && t->segments[hint + 1].from_ns <= t_ns)
		hint++;
	return hint;
}

bool sb_timeline_at_edge(const struct sb_segment *s, int64_t t_ns)
{
	return t_ns < s->edge_until_ns || t_ns >= s->next_edge_ns - EDGE_SLACK_NS;
}
