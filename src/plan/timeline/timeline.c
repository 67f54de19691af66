// SPDX-License-Identifier: MIT
/*
 * timeline.c - events and jitter drawn and laid out as steps, each with the complete state
 *
 * For each client every event's occurrences are drawn first (whether it happens, how long it breaks
 * the link, and for each direction by how much it steps), each quantity from a stream of its own.
 * Then each direction is swept once: marks (an occurrence begins, its steps end, its outage ends,
 * the jitter changes) in the order of time move a small state per event, and the sum of all these
 * is the link's state.  Everything at one instant becomes one step.
 *
 * How events add up: the delay is the base plus the step of every event in force plus jitter, never
 * below zero; the rate is the base times every factor; the loss is that of the event that began
 * last; an outage lasts while any event's outage does.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/beam.h"
#include "event_occurrences.h"
#include "marks.h"
#include "plan/plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "process.h"
#include "track.h"

/* What one event does to one direction at present. */
struct influence {
	bool on, leaving; /* leaving: on the way back after `for` */
	uint32_t occurrence;
	uint64_t began; /* counts beginnings: the larger the later */
	int64_t outage_until_ns;
	int64_t from_delay_ns, to_delay_ns;
	int64_t from_factor_ppm, to_factor_ppm;
	int64_t progress_ppm; /* of the way between them */
};

/* Direction of one link while it is swept. */
struct sweep {
	const struct sb_event_occurrences *event_occurrences;
	size_t events;
	enum sb_dir dir;
	struct sb_link_state base;
	struct influence *influences;
	uint64_t beginnings;
	const struct sb_trace_row *orbit; /* NULL without one */
	int64_t jitter_ns;
	int64_t rate_every_ns; /* of a drawn one */
	bool burst;
	int queue_action; /* of what begins at this instant */
};

static int64_t between(int64_t from, int64_t to, int64_t ppm)
{
	return from + (to - from) * ppm / SB_PPM;
}

static int64_t delay_of(const struct influence *in)
{
	return between(in->from_delay_ns, in->to_delay_ns, in->progress_ppm);
}

static int64_t factor_of(const struct influence *in)
{
	return between(in->from_factor_ppm, in->to_factor_ppm, in->progress_ppm);
}

/* From where the event's steps are now to others, at once or along a ramp. */
static void head_for(struct influence *in, int64_t delay_ns, int64_t factor_ppm, bool ramp)
{
	in->from_delay_ns = in->on ? delay_of(in) : 0;
	in->from_factor_ppm = in->on ? factor_of(in) : SB_PPM;
	in->to_delay_ns = delay_ns;
	in->to_factor_ppm = factor_ppm;
	in->progress_ppm = ramp ? 0 : SB_PPM;
}

static void apply_begin(struct sweep *w, const struct sb_plan_mark *m, struct influence *in)
{
	const struct sb_event_occurrences *h = &w->event_occurrences[m->event];
	const struct sb_occurrence *o = &h->list[m->occurrence];

	head_for(in, o->delay_ns[w->dir], o->factor_ppm[w->dir], h->ramp_ns > 0);
	in->on = true;
	in->leaving = false;
	/* Of two at one instant the later word of the enum takes more, or what is left to take. */
	if (sb_value(h->section, SB_KEY_EVENT_QUEUE)->word > w->queue_action)
		w->queue_action = sb_value(h->section, SB_KEY_EVENT_QUEUE)->word;
	in->occurrence = m->occurrence;
	in->began = ++w->beginnings;
	if (m->at_ns + o->outage_ns > in->outage_until_ns)
		in->outage_until_ns = m->at_ns + o->outage_ns;
}

static void apply_mark(struct sweep *w, const struct sb_plan_mark *m)
{
	struct influence *in;

	if (m->kind == MARK_JITTER) {
		w->jitter_ns = m->value;
		return;
	}
	if (m->kind == MARK_RATE) {
		sb_drawn_rate(m->value, w->rate_every_ns, &w->base);
		return;
	}
	if (m->kind == MARK_BURST) {
		w->burst = m->value;
		return;
	}
	if (m->kind == MARK_ORBIT) {
		w->orbit = m->row;
		return;
	}
	if (m->kind == MARK_TRACE) {
		sb_track_apply(m->row, &w->base);
		return;
	}
	in = &w->influences[m->event];
	if (m->kind == MARK_BEGIN) {
		apply_begin(w, m, in);
		return;
	}
	/* The rest of an occurrence is over when the next one has begun. */
	if (in->occurrence != m->occurrence || !in->on)
		return;
	if (m->kind == MARK_STEPS_END) {
		head_for(in, 0, SB_PPM, w->event_occurrences[m->event].ramp_ns > 0);
		in->leaving = true;
		in->on = w->event_occurrences[m->event].ramp_ns > 0;
	} else if (m->kind == MARK_RAMP_IN || m->kind == MARK_RAMP_OUT) {
		in->progress_ppm = m->value;
		in->on = !(in->leaving && m->value == SB_PPM);
	}
}

static uint64_t scale_rate(uint64_t rate_bps, int64_t factor_ppm)
{
	double scaled = (double)rate_bps * (double)factor_ppm / (double)SB_PPM;

	if (scaled <= (double)SB_MIN_RATE_BPS)
		return SB_MIN_RATE_BPS;
	return scaled >= (double)SB_MAX_RATE_BPS ? SB_MAX_RATE_BPS : (uint64_t)sb_round(scaled);
}

static struct sb_link_state sum_up(const struct sweep *w, int64_t at_ns)
{
	struct sb_link_state s = w->base;
	uint64_t latest = 0;

	s.delay_ns += w->jitter_ns;
	s.queue_action = (uint8_t)w->queue_action;
	if (w->orbit) {
		s.delay_ns += w->orbit->delay_ns;
		s.outage |= w->orbit->outage;
	}
	if (w->burst)
		s.loss = (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB};
	for (size_t e = 0; e < w->events; e++) {
		const struct influence *in = &w->influences[e];
		const struct sb_value *loss;

		s.outage |= in->outage_until_ns > at_ns;
		if (!in->on)
			continue;
		loss = sb_value(w->event_occurrences[e].section, SB_KEY_EVENT_LOSS);
		s.delay_ns += delay_of(in);
		if (s.rate_bps && s.rate_bps != SB_RATE_STOPPED && factor_of(in) != SB_PPM)
			s.rate_bps = scale_rate(s.rate_bps, factor_of(in));
		if (sb_has(loss) && !in->leaving && in->began > latest) {
			s.loss = loss->loss.loss;
			latest = in->began;
		}
	}
	if (s.delay_ns < 0)
		s.delay_ns = 0;
	return s;
}

static void add_step(struct sb_plan *plan, size_t *room, const struct sb_step *step)
{
	plan->steps = sb_grow(plan->steps, plan->step_count, room, sizeof(*step));
	plan->steps[plan->step_count++] = *step;
}

static enum sb_step_cause cause_of(enum mark_kind kind)
{
	if (kind == MARK_JITTER)
		return SB_CAUSE_JITTER;
	if (kind == MARK_ORBIT)
		return SB_CAUSE_ORBIT;
	if (kind == MARK_TRACE)
		return SB_CAUSE_TRACE;
	if (kind == MARK_RAMP_IN || kind == MARK_RAMP_OUT)
		return SB_CAUSE_RAMP;
	if (kind == MARK_BURST)
		return SB_CAUSE_BURST;
	if (kind == MARK_RATE)
		return SB_CAUSE_RATE;
	return kind == MARK_OUTAGE_END ? SB_CAUSE_OUTAGE_END : SB_CAUSE_EVENT;
}

/* Of what falls on one instant the most important names the step: the lowest. */
static int rank_of(enum sb_step_cause cause)
{
	static const int ranks[] = {
	    [SB_CAUSE_EVENT] = 0, [SB_CAUSE_OUTAGE_END] = 1, [SB_CAUSE_RAMP] = 2,
	    [SB_CAUSE_BURST] = 3, [SB_CAUSE_TRACE] = 4,	     [SB_CAUSE_ORBIT] = 5,
	    [SB_CAUSE_RATE] = 6,  [SB_CAUSE_JITTER] = 7};

	return ranks[cause];
}

static void sweep_direction(struct sweep *w, const struct sb_marks *m, size_t link,
			    struct sb_plan *plan, size_t *room)
{
	struct sb_link_state last = plan->links[link].dir[w->dir].initial;

	for (size_t i = 0; i < m->count;) {
		struct sb_step step = {.at_ns = m->list[i].at_ns,
				       .link = (uint16_t)link,
				       .dir = (uint8_t)w->dir,
				       .cause = SB_CAUSE_JITTER,
				       .event = -1};

		w->queue_action = SB_QUEUE_KEEP;
		for (; i < m->count && m->list[i].at_ns == step.at_ns; i++) {
			enum sb_step_cause cause = cause_of(m->list[i].kind);

			apply_mark(w, &m->list[i]);
			if (rank_of(cause) < rank_of((enum sb_step_cause)step.cause)) {
				step.cause = (uint8_t)cause;
				step.event = m->list[i].event;
			}
		}
		step.state = sum_up(w, step.at_ns);
		/* An outage may end inside another; an event counts even where it changes nothing.
		 */
		if (step.cause == SB_CAUSE_EVENT || !sb_link_state_equal(&step.state, &last))
			add_step(plan, room, &step);
		last = step.state;
	}
}

static void fill_client(const struct sb_scenario *sc, const struct sb_orbit *orbit, size_t link,
			struct sb_plan *plan, size_t *room)
{
	unsigned int client = (unsigned int)link + 1;
	struct sb_event_occurrences *h = sb_alloc(plan->event_count, sizeof(*h));

	for (size_t e = 0; e < plan->event_count; e++) {
		sb_event_occurrences_draw(sc, sb_scenario_section(sc, SB_SEC_EVENT, e), client,
					  &plan->links[link], plan->seed, plan->duration_ns, &h[e]);
		plan->events[e].count += (uint32_t)h[e].count;
	}
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sweep w = {.event_occurrences = h,
				  .events = plan->event_count,
				  .dir = (enum sb_dir)dir,
				  .base = plan->links[link].dir[dir].initial,
				  .rate_every_ns = plan->links[link].dir[dir].drawn_every_ns,
				  .influences = sb_alloc(plan->event_count, sizeof(*w.influences))};
		struct sb_marks m = {0};

		if (orbit) {
			/* The initial state has the orbit's first row in it, which every sum adds.
			 */
			w.orbit = &orbit->track.rows[0];
			w.base.delay_ns -= w.orbit->delay_ns;
			w.base.outage = false;
		}
		sb_marks_lay_out(sc, orbit, plan, client, (enum sb_dir)dir, h, &m);
		sweep_direction(&w, &m, link, plan, room);
		free(m.list);
		free(w.influences);
	}
	for (size_t e = 0; e < plan->event_count; e++)
		free(h[e].list);
	free(h);
}

static void find_extremes(struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_link_state *s = &plan->steps[i].state;
		struct sb_link_dir *d = &plan->links[plan->steps[i].link].dir[plan->steps[i].dir];

		if (s->delay_ns > d->max_delay_ns)
			d->max_delay_ns = s->delay_ns;
		if (s->rate_bps != d->initial.rate_bps)
			d->rate_changes = true;
		if (d->max_rate_bps && s->rate_bps > d->max_rate_bps)
			d->max_rate_bps = s->rate_bps;
	}
}

void sb_plan_fill_timeline(const struct sb_scenario *sc, const struct sb_orbit *orbit,
			   struct sb_plan *plan, struct sb_findings *f)
{
	const struct sb_section *s;
	size_t room = 0;

	while ((s = sb_scenario_section(sc, SB_SEC_EVENT, plan->event_count)))
		plan->event_count++;
	plan->events = sb_alloc(plan->event_count, sizeof(*plan->events));
	for (size_t e = 0; e < plan->event_count; e++)
		sb_copy_str(plan->events[e].name, sizeof(plan->events[e].name),
			    sb_scenario_section(sc, SB_SEC_EVENT, e)->name);
	if (sb_timeline_check_size(sc, plan, f))
		return;
	for (size_t link = 0; link < plan->link_count; link++)
		fill_client(sc, orbit, link, plan, &room);
	if (plan->step_count)
		qsort(plan->steps, plan->step_count, sizeof(*plan->steps), sb_compare_steps);
	sb_beam_settle(plan);
	if (plan->step_count > SB_MAX_STEPS)
		sb_findings_add(f, 0,
				"the rates that clients share make a timeline of %zu steps, the "
				"maximum is %d; use a shorter duration or fewer clients",
				plan->step_count, SB_MAX_STEPS);
	find_extremes(plan);
	sb_plan_index(plan);
}
