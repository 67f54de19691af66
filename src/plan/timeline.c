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

#include "draw.h"
#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define MAX_OUTAGE_NS (3600 * SB_NS_PER_S)
#define MAX_STEP_NS   (60 * SB_NS_PER_S)
#define PPM	      INT64_C(1000000)

/* One event as it concerns one client. */
struct occurrence {
	int64_t at_ns, outage_ns;
	int64_t delay_ns[2];
	int64_t factor_ppm[2];
};

struct happenings {
	const struct sb_section *section;
	int64_t hold_ns; /* of the steps; INT64_MAX = until the next occurrence */
	bool concerns[2];
	size_t count;
	struct occurrence *list;
};

enum mark_kind { MARK_BEGIN, MARK_STEPS_END, MARK_OUTAGE_END, MARK_JITTER };

struct mark {
	int64_t at_ns;
	enum mark_kind kind;
	int16_t event;
	uint32_t occurrence;
	int64_t jitter_ns;
};

struct marks {
	size_t count, room;
	struct mark *list;
};

/* What one event does to one direction at present. */
struct influence {
	bool on;
	uint32_t occurrence;
	uint64_t began; /* counts beginnings: the larger the later */
	int64_t outage_until_ns;
};

/* --- drawing --- */

static void open_stream(struct sb_rng *rng, uint64_t seed, const char *event, unsigned int client,
			const char *what)
{
	char purpose[128];

	snprintf(purpose, sizeof(purpose), "event/%s/client%u/%s", event, client, what);
	sb_draw_stream(rng, seed, purpose);
}

/* The @n-th instant of an event, or -1 when it has no more before @end_ns. */
static int64_t nth_instant(const struct sb_section *s, size_t n, int64_t end_ns)
{
	const struct sb_value *every = sb_value(s, SB_KEY_EVERY),
			      *phase = sb_value(s, SB_KEY_PHASE);
	const struct sb_value *at = sb_value(s, SB_KEY_AT);
	int64_t first, t;

	if (sb_has(at)) {
		t = n < at->instants.count ? at->instants.ns[n] : -1;
		return t < end_ns ? t : -1;
	}
	first = sb_has(phase) ? phase->time_ns : every->time_ns;
	if (first >= end_ns || (int64_t)n > (end_ns - first) / every->time_ns)
		return -1;
	t = first + (int64_t)n * every->time_ns;
	return t < end_ns ? t : -1;
}

static int64_t draw_if(struct sb_rng *rng, const struct sb_value *v, int64_t max, int64_t otherwise)
{
	return sb_has(v) ? sb_draw_value(rng, &v->draw, max) : otherwise;
}

static void draw_happenings(const struct sb_section *s, unsigned int client, uint64_t seed,
			    int64_t end_ns, struct happenings *out)
{
	const struct sb_value *hold = sb_value(s, SB_KEY_FOR);
	int direction = sb_value(s, SB_KEY_EVENT_DIRECTION)->word;
	struct sb_rng chance, outage, delay[2], factor[2];
	size_t room = 0;
	int64_t at;

	*out =
	    (struct happenings){.section = s, .hold_ns = sb_has(hold) ? hold->time_ns : INT64_MAX};
	if (!(sb_value(s, SB_KEY_EVENT_CLIENT)->clients >> (client - 1) & 1))
		return;
	open_stream(&chance, seed, s->name, client, "chance");
	open_stream(&outage, seed, s->name, client, "outage");
	open_stream(&delay[SB_UP], seed, s->name, client, "delay/up");
	open_stream(&delay[SB_DOWN], seed, s->name, client, "delay/down");
	open_stream(&factor[SB_UP], seed, s->name, client, "rate/up");
	open_stream(&factor[SB_DOWN], seed, s->name, client, "rate/down");
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		out->concerns[dir] = direction == SB_WORD_BOTH || direction == dir;
	for (size_t n = 0; (at = nth_instant(s, n, end_ns)) >= 0; n++) {
		struct occurrence o = {.at_ns = at};
		bool happens = sb_rng_chance(&chance, sb_value(s, SB_KEY_CHANCE)->ppb);

		/* Drawn even when it does not happen: another chance leaves the others' values
		 * alone. */
		o.outage_ns = draw_if(&outage, sb_value(s, SB_KEY_OUTAGE), MAX_OUTAGE_NS, 0);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			o.delay_ns[dir] =
			    draw_if(&delay[dir], sb_value(s, SB_KEY_DELAY_STEP), MAX_STEP_NS, 0);
			o.factor_ppm[dir] = draw_if(&factor[dir], sb_value(s, SB_KEY_RATE_STEP),
						    INT64_MAX / 2, PPM);
		}
		if (!happens)
			continue;
		out->list = sb_grow(out->list, out->count, &room, sizeof(o));
		out->list[out->count++] = o;
	}
}

/* --- laying out --- */

static void add_mark(struct marks *m, struct mark mark)
{
	m->list = sb_grow(m->list, m->count, &m->room, sizeof(mark));
	m->list[m->count++] = mark;
}

static void mark_events(const struct happenings *h, size_t events, enum sb_dir dir, int64_t end_ns,
			struct marks *m)
{
	for (size_t e = 0; e < events; e++) {
		for (size_t i = 0; h[e].concerns[dir] && i < h[e].count; i++) {
			const struct occurrence *o = &h[e].list[i];
			struct mark mark = {o->at_ns, MARK_BEGIN, (int16_t)e, (uint32_t)i, 0};

			add_mark(m, mark);
			mark.kind = MARK_OUTAGE_END;
			mark.at_ns = o->at_ns + o->outage_ns;
			if (o->outage_ns && mark.at_ns < end_ns)
				add_mark(m, mark);
			mark.kind = MARK_STEPS_END;
			if (h[e].hold_ns < end_ns - o->at_ns) {
				mark.at_ns = o->at_ns + h[e].hold_ns;
				add_mark(m, mark);
			}
		}
	}
}

static void mark_jitter(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			uint64_t seed, int64_t end_ns, struct marks *m)
{
	int64_t every = sb_link_value(sc, client, dir, SB_KEY_JITTER_EVERY)->time_ns;
	struct sb_draw draw = {SB_DRAW_NORMAL, 0,
			       sb_link_value(sc, client, dir, SB_KEY_JITTER)->time_ns};
	struct sb_rng rng;
	char purpose[64];

	if (!draw.b)
		return;
	snprintf(purpose, sizeof(purpose), "jitter/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, seed, purpose);
	/* Until the first of them the delay is the base delay. */
	for (int64_t at = every; at < end_ns; at += every)
		add_mark(m, (struct mark){at, MARK_JITTER, -1, 0,
					  sb_draw_value(&rng, &draw, MAX_STEP_NS)});
}

/* By time; at one instant what begins comes first and so names the step. */
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
	const struct happenings *happenings;
	size_t events;
	enum sb_dir dir;
	struct sb_link_state base;
	struct influence *influences;
	uint64_t beginnings;
	int64_t jitter_ns;
};

static void apply_mark(struct sweep *w, const struct mark *m)
{
	struct influence *in;
	int64_t until;

	if (m->kind == MARK_JITTER) {
		w->jitter_ns = m->jitter_ns;
		return;
	}
	in = &w->influences[m->event];
	if (m->kind == MARK_STEPS_END && in->occurrence == m->occurrence)
		in->on = false;
	if (m->kind != MARK_BEGIN)
		return;
	until = m->at_ns + w->happenings[m->event].list[m->occurrence].outage_ns;
	in->on = true;
	in->occurrence = m->occurrence;
	in->began = ++w->beginnings;
	if (until > in->outage_until_ns)
		in->outage_until_ns = until;
}

static uint64_t scale_rate(uint64_t rate_bps, int64_t factor_ppm)
{
	double scaled = (double)rate_bps * (double)factor_ppm / (double)PPM;

	if (scaled <= (double)SB_MIN_RATE_BPS)
		return SB_MIN_RATE_BPS;
	return scaled >= (double)SB_MAX_RATE_BPS ? SB_MAX_RATE_BPS : (uint64_t)sb_round(scaled);
}

static struct sb_link_state sum_up(const struct sweep *w, int64_t at_ns)
{
	struct sb_link_state s = w->base;
	uint64_t latest = 0;

	s.delay_ns += w->jitter_ns;
	for (size_t e = 0; e < w->events; e++) {
		const struct influence *in = &w->influences[e];
		const struct occurrence *o;
		const struct sb_value *loss;

		s.outage |= in->outage_until_ns > at_ns;
		if (!in->on)
			continue;
		o = &w->happenings[e].list[in->occurrence];
		loss = sb_value(w->happenings[e].section, SB_KEY_EVENT_LOSS);
		s.delay_ns += o->delay_ns[w->dir];
		if (s.rate_bps && o->factor_ppm[w->dir] != PPM)
			s.rate_bps = scale_rate(s.rate_bps, o->factor_ppm[w->dir]);
		if (sb_has(loss) && in->began > latest) {
			s.loss = loss->loss;
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
	return kind == MARK_OUTAGE_END ? SB_CAUSE_OUTAGE_END : SB_CAUSE_EVENT;
}

/* enum sb_step_cause goes from what matters most to what matters least. */
static void sweep_direction(struct sweep *w, const struct marks *m, size_t link,
			    struct sb_plan *plan, size_t *room)
{
	struct sb_link_state last = w->base;

	for (size_t i = 0; i < m->count;) {
		struct sb_step step = {.at_ns = m->list[i].at_ns,
				       .link = (uint16_t)link,
				       .dir = (uint8_t)w->dir,
				       .cause = SB_CAUSE_JITTER,
				       .event = -1};

		for (; i < m->count && m->list[i].at_ns == step.at_ns; i++) {
			enum sb_step_cause cause = cause_of(m->list[i].kind);

			apply_mark(w, &m->list[i]);
			if (cause < (enum sb_step_cause)step.cause) {
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

static int compare_steps(const void *pa, const void *pb)
{
	const struct sb_step *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->link != b->link)
		return a->link < b->link ? -1 : 1;
	return (int)a->dir - (int)b->dir;
}

static void fill_client(const struct sb_scenario *sc, size_t link, struct sb_plan *plan,
			size_t *room)
{
	unsigned int client = (unsigned int)link + 1;
	struct happenings *h = sb_alloc(plan->event_count, sizeof(*h));

	for (size_t e = 0; e < plan->event_count; e++) {
		draw_happenings(sb_scenario_section(sc, SB_SEC_EVENT, e), client, plan->seed,
				plan->duration_ns, &h[e]);
		plan->events[e].count += (uint32_t)h[e].count;
	}
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sweep w = {.happenings = h,
				  .events = plan->event_count,
				  .dir = (enum sb_dir)dir,
				  .base = plan->links[link].dir[dir].initial,
				  .influences = sb_alloc(plan->event_count, sizeof(*w.influences))};
		struct marks m = {0};

		mark_events(h, plan->event_count, (enum sb_dir)dir, plan->duration_ns, &m);
		mark_jitter(sc, client, (enum sb_dir)dir, plan->seed, plan->duration_ns, &m);
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

/* How many steps there may be; -1 and a finding when that is too many. */
static int check_size(const struct sb_scenario *sc, const struct sb_plan *plan,
		      struct sb_findings *f)
{
	int64_t jitter = 0, events = 0;
	int jitter_place = 0, event_place = 0;

	for (unsigned int client = 1; client <= plan->link_count; client++) {
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_value *v =
			    sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_JITTER);

			if (!v->time_ns)
				continue;
			jitter_place = v->place;
			jitter += plan->duration_ns /
				  sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_JITTER_EVERY)
				      ->time_ns;
		}
	}
	for (size_t e = 0; e < plan->event_count; e++) {
		const struct sb_section *s = sb_scenario_section(sc, SB_SEC_EVENT, e);
		const struct sb_value *every = sb_value(s, SB_KEY_EVERY);

		/* Both directions, each with a beginning and at most two ends. */
		if (sb_has(every))
			events += 6 * (int64_t)plan->link_count *
				  (1 + plan->duration_ns / every->time_ns);
		else
			events += 6 * (int64_t)plan->link_count *
				  (int64_t)sb_value(s, SB_KEY_AT)->instants.count;
		event_place = s->place;
	}
	if (jitter + events <= SB_MAX_STEPS)
		return 0;
	if (jitter >= events)
		sb_findings_add(f, jitter_place,
				"jitter: makes a timeline of %" PRId64
				" steps, at most %d work; take a larger "
				"jitter_every, a shorter duration or fewer clients",
				jitter, SB_MAX_STEPS);
	else
		sb_findings_add(f, event_place,
				"the events make a timeline of up to %" PRId64
				" steps, at most %d work; take a "
				"larger every, a shorter duration or fewer clients",
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
		if (d->max_rate_bps && s->rate_bps > d->max_rate_bps)
			d->max_rate_bps = s->rate_bps;
	}
}

void sb_plan_fill_timeline(const struct sb_scenario *sc, struct sb_plan *plan,
			   struct sb_findings *f)
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
		fill_client(sc, link, plan, &room);
	if (plan->step_count)
		qsort(plan->steps, plan->step_count, sizeof(*plan->steps), compare_steps);
	find_extremes(plan);
	sb_plan_index(plan);
}
