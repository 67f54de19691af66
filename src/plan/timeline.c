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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beam.h"
#include "bursts.h"
#include "draw.h"
#include "event_occurrences.h"
#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "process.h"
#include "track.h"

#define MAX_STEP_NS (60 * SB_NS_PER_S)

/* At one instant in this order: what begins comes first and so names the step. */
enum mark_kind {
	MARK_BEGIN,
	MARK_STEPS_END,
	MARK_OUTAGE_END,
	MARK_RAMP_IN,
	MARK_RAMP_OUT,
	MARK_TRACE,
	MARK_ORBIT,
	MARK_BURST,
	MARK_JITTER,
	MARK_RATE
};

/* @value: of jitter, the deviation in ns; of a drawn rate, bit/s; of a ramp, how far it has come in millionths;
 * of a burst, whether it begins or ends; @row: of a trace */
struct mark {
	int64_t at_ns;
	enum mark_kind kind;
	int16_t event;
	uint32_t occurrence;
	int64_t value;
	const struct sb_trace_row *row;
};

struct marks {
	size_t count, room;
	struct mark *list;
};

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

/* --- laying out --- */

static void add_mark(struct marks *m, struct mark mark)
{
	m->list = sb_grow(m->list, m->count, &m->room, sizeof(mark));
	m->list[m->count++] = mark;
}

static void mark_ramp(const struct sb_event_occurrences *h, struct mark mark, enum mark_kind kind,
		      int64_t from_ns, int64_t end_ns, struct marks *m)
{
	int64_t step = sb_ramp_step_ns(h->ramp_ns);

	mark.kind = kind;
	for (int64_t gone = step; h->ramp_ns && gone - step < h->ramp_ns; gone += step) {
		if (gone > h->ramp_ns)
			gone = h->ramp_ns;
		mark.at_ns = from_ns + gone;
		mark.value = sb_round((double)gone / (double)h->ramp_ns * (double)SB_PPM);
		if (mark.at_ns < end_ns)
			add_mark(m, mark);
	}
}

static void mark_events(const struct sb_event_occurrences *h, size_t events, enum sb_dir dir,
			int64_t end_ns, struct marks *m)
{
	for (size_t e = 0; e < events; e++) {
		for (size_t i = 0; h[e].concerns[dir] && i < h[e].count; i++) {
			const struct sb_occurrence *o = &h[e].list[i];
			struct mark mark = {o->at_ns, MARK_BEGIN, (int16_t)e, (uint32_t)i, 0, NULL};

			add_mark(m, mark);
			mark.kind = MARK_OUTAGE_END;
			mark.at_ns = o->at_ns + o->outage_ns;
			if (o->outage_ns && mark.at_ns < end_ns)
				add_mark(m, mark);
			mark.kind = MARK_STEPS_END;
			mark_ramp(&h[e], mark, MARK_RAMP_IN, o->at_ns, end_ns, m);
			if (h[e].hold_ns < end_ns - o->at_ns) {
				mark.at_ns = o->at_ns + h[e].hold_ns;
				add_mark(m, mark);
				mark_ramp(&h[e], mark, MARK_RAMP_OUT, mark.at_ns, end_ns, m);
			}
		}
	}
}

static void mark_orbit(const struct sb_orbit *orbit, int64_t end_ns, struct marks *m)
{
	for (size_t i = 0; orbit && i < orbit->track.count; i++)
		if (orbit->track.rows[i].at_ns < end_ns)
			add_mark(m, (struct mark){.at_ns = orbit->track.rows[i].at_ns,
						  .kind = MARK_ORBIT,
						  .event = -1,
						  .row = &orbit->track.rows[i]});
}

static bool is_jitter(const struct sb_jitter *j)
{
	return j->deviation_ns || j->kind == SB_JITTER_TABLE;
}

static void mark_trace(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		       int64_t end_ns, struct marks *m)
{
	const struct sb_value *v = sb_link_value(sc, client, dir, SB_KEY_TRACE);
	const struct sb_trace_row *row;
	int64_t at_ns;

	for (size_t n = 0; sb_has(v) && (row = sb_track_next(v->file.trace, n, end_ns, &at_ns));
	     n++)
		add_mark(
		    m, (struct mark){.at_ns = at_ns, .kind = MARK_TRACE, .event = -1, .row = row});
}

static void mark_jitter(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			uint64_t seed, int64_t end_ns, struct marks *m)
{
	int64_t every = sb_link_value(sc, client, dir, SB_KEY_JITTER_EVERY)->time_ns;
	const struct sb_jitter *jitter = &sb_link_value(sc, client, dir, SB_KEY_JITTER)->jitter;
	struct sb_rng rng;
	char purpose[64];

	if (!is_jitter(jitter))
		return;
	if (sb_memory_any(&sb_link_value(sc, client, dir, SB_KEY_JITTER_MEMORY)->memory)) {
		struct sb_process p;

		sb_link_process(sc, client, dir, SB_KEY_JITTER_MEMORY, "jitter", seed, &p);
		for (int64_t at = every; at < end_ns; at += every)
			add_mark(m, (struct mark){at, MARK_JITTER, -1, 0,
						  sb_draw_jitter_at(sb_process_next(&p, at), jitter,
								    MAX_STEP_NS),
						  NULL});
		return;
	}
	snprintf(purpose, sizeof(purpose), "jitter/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, seed, purpose);
	/* Until the first of them the delay is the base delay. */
	for (int64_t at = every; at < end_ns; at += every)
		add_mark(m, (struct mark){at, MARK_JITTER, -1, 0,
					  sb_draw_jitter(&rng, jitter, MAX_STEP_NS), NULL});
}

static void mark_rate(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		      uint64_t seed, int64_t end_ns, struct marks *m)
{
	int64_t every = sb_link_value(sc, client, dir, SB_KEY_RATE_EVERY)->time_ns;
	const struct sb_link_rate *rate = &sb_link_value(sc, client, dir, SB_KEY_RATE)->rate;
	struct sb_process p;

	if (!rate->drawn)
		return;
	sb_link_process(sc, client, dir, SB_KEY_RATE_MEMORY, "rate", seed, &p);
	/* The first of them is part of the initial state. */
	for (int64_t at = 0; at < end_ns; at += every) {
		double u = sb_normal_probability(sb_process_next(&p, at));

		if (at)
			add_mark(m, (struct mark){at, MARK_RATE, -1, 0, sb_quantile(rate->drawn, u),
						  NULL});
	}
}

static void mark_bursts(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			uint64_t seed, int64_t end_ns, struct marks *m)
{
	const struct sb_loss_written *loss = &sb_link_value(sc, client, dir, SB_KEY_LOSS)->loss;
	int64_t from = 0, to = 0;
	struct sb_rng rng;
	char purpose[64];

	if (loss->form != SB_LOSS_BURSTS)
		return;
	snprintf(purpose, sizeof(purpose), "bursts/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, seed, purpose);
	for (;;) {
		sb_bursts_next(&rng, &loss->bursts, to, &from, &to);
		if (from >= end_ns || m->count >= SB_MAX_STEPS)
			return;
		add_mark(m, (struct mark){from, MARK_BURST, -1, 0, 1, NULL});
		if (to < end_ns)
			add_mark(m, (struct mark){to, MARK_BURST, -1, 0, 0, NULL});
	}
}

static int compare_marks(const void *pa, const void *pb)
{
	const struct mark *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	return a->occurrence < b->occurrence ? -1 : a->occurrence > b->occurrence;
}

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

static void apply_begin(struct sweep *w, const struct mark *m, struct influence *in)
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

static void apply_mark(struct sweep *w, const struct mark *m)
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

static void sweep_direction(struct sweep *w, const struct marks *m, size_t link,
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
		sb_event_occurrences_draw(sb_scenario_section(sc, SB_SEC_EVENT, e), client,
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
		struct marks m = {0};

		mark_events(h, plan->event_count, (enum sb_dir)dir, plan->duration_ns, &m);
		if (orbit) {
			/* The initial state has the orbit's first row in it, which every sum adds.
			 */
			w.orbit = &orbit->track.rows[0];
			w.base.delay_ns -= w.orbit->delay_ns;
			w.base.outage = false;
		}
		mark_orbit(orbit, plan->duration_ns, &m);
		mark_trace(sc, client, (enum sb_dir)dir, plan->duration_ns, &m);
		mark_jitter(sc, client, (enum sb_dir)dir, plan->seed, plan->duration_ns, &m);
		mark_bursts(sc, client, (enum sb_dir)dir, plan->seed, plan->duration_ns, &m);
		mark_rate(sc, client, (enum sb_dir)dir, plan->seed, plan->duration_ns, &m);
		if (m.count)
			qsort(m.list, m.count, sizeof(*m.list), compare_marks);
		sweep_direction(&w, &m, link, plan, room);
		free(m.list);
		free(w.influences);
	}
	for (size_t e = 0; e < plan->event_count; e++)
		free(h[e].list);
	free(h);
}

/* --- limits --- */

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
	const struct sb_value *v = sb_link_value(sc, client, dir, SB_KEY_TRACE);
	size_t n = 0;
	int64_t at_ns;

	if (!sb_has(v))
		return 0;
	while (n <= SB_MAX_STEPS && sb_track_next(v->file.trace, n, plan->duration_ns, &at_ns))
		n++;
	*place = v->place;
	return (int64_t)n;
}

/* How many steps there may be; -1 and a finding when that is too many. */
static int check_size(const struct sb_scenario *sc, const struct sb_plan *plan,
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
			if (!is_jitter(&v->jitter))
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
	if (check_size(sc, plan, f))
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
