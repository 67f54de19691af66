// SPDX-License-Identifier: MIT
/* marks.c - occurrences, ramps, traces, orbits, jitter, bursts and drawn rates laid out in time */
#include "marks.h"

#include <stdio.h>
#include <stdlib.h>

#include "bursts.h"
#include "draw.h"
#include "process.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "track.h"

#define MAX_STEP_NS (60 * SB_NS_PER_S)

static void add_mark(struct sb_marks *m, struct sb_plan_mark mark)
{
	m->list = sb_grow(m->list, m->count, &m->room, sizeof(mark));
	m->list[m->count++] = mark;
}

static void mark_ramp(const struct sb_event_occurrences *h, struct sb_plan_mark mark,
		      enum mark_kind kind, int64_t from_ns, int64_t end_ns, struct sb_marks *m)
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
			int64_t end_ns, struct sb_marks *m)
{
	for (size_t e = 0; e < events; e++) {
		for (size_t i = 0; h[e].concerns[dir] && i < h[e].count; i++) {
			const struct sb_occurrence *o = &h[e].list[i];
			struct sb_plan_mark mark = {o->at_ns,	 MARK_BEGIN, (int16_t)e,
						    (uint32_t)i, 0,	     NULL};

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

static void mark_orbit(const struct sb_orbit *orbit, int64_t end_ns, struct sb_marks *m)
{
	for (size_t i = 0; orbit && i < orbit->track.count; i++)
		if (orbit->track.rows[i].at_ns < end_ns)
			add_mark(m, (struct sb_plan_mark){.at_ns = orbit->track.rows[i].at_ns,
							  .kind = MARK_ORBIT,
							  .event = -1,
							  .row = &orbit->track.rows[i]});
}

bool sb_is_jitter(const struct sb_jitter *j)
{
	return j->deviation_ns || j->kind == SB_JITTER_TABLE;
}

static void mark_trace(const struct sb_trace *trace, int64_t end_ns, struct sb_marks *m)
{
	const struct sb_trace_row *row;
	int64_t at_ns;

	for (size_t n = 0; trace && (row = sb_track_next(trace, n, end_ns, &at_ns)); n++)
		add_mark(m, (struct sb_plan_mark){
				.at_ns = at_ns, .kind = MARK_TRACE, .event = -1, .row = row});
}

/* What a trace says of its jitter at each instant at which one is drawn. */
static void mark_trace_jitter(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			      uint64_t seed, int64_t end_ns, struct sb_marks *m)
{
	int64_t every = sb_link_value(sc, client, dir, SB_KEY_JITTER_EVERY)->time_ns;
	const struct sb_trace *trace = sb_track_of(sc, client, dir, SB_KEY_TRACE);
	const struct sb_trace_row *row;
	int64_t half_ns = 0, from_ns = 0;
	struct sb_rng rng;
	char purpose[64];
	size_t n = 0;

	if (!trace || !(trace->has & SB_TRACE_JITTER))
		return;
	snprintf(purpose, sizeof(purpose), "jitter/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, seed, purpose);
	for (int64_t at = every; at < end_ns; at += every) {
		double u = sb_rng_unit(&rng);

		while ((row = sb_track_next(trace, n, end_ns, &from_ns)) && from_ns <= at) {
			half_ns = row->has & SB_TRACE_JITTER ? row->jitter_ns : half_ns;
			n++;
		}
		add_mark(m,
			 (struct sb_plan_mark){at, MARK_JITTER, -1, 0,
					       sb_round((2.0 * u - 1.0) * (double)half_ns), NULL});
	}
}

static void mark_jitter(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			uint64_t seed, int64_t end_ns, struct sb_marks *m)
{
	int64_t every = sb_link_value(sc, client, dir, SB_KEY_JITTER_EVERY)->time_ns;
	const struct sb_jitter *jitter = &sb_link_value(sc, client, dir, SB_KEY_JITTER)->jitter;
	struct sb_rng rng;
	char purpose[64];

	if (!sb_is_jitter(jitter)) {
		mark_trace_jitter(sc, client, dir, seed, end_ns, m);
		return;
	}
	if (sb_memory_any(&sb_link_value(sc, client, dir, SB_KEY_JITTER_MEMORY)->memory)) {
		struct sb_process p;

		sb_link_process(sc, client, dir, SB_KEY_JITTER_MEMORY, "jitter", seed, &p);
		for (int64_t at = every; at < end_ns; at += every)
			add_mark(m, (struct sb_plan_mark){at, MARK_JITTER, -1, 0,
							  sb_draw_jitter_at(sb_process_next(&p, at),
									    jitter, MAX_STEP_NS),
							  NULL});
		return;
	}
	snprintf(purpose, sizeof(purpose), "jitter/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, seed, purpose);
	/* Until the first of them the delay is the base delay. */
	for (int64_t at = every; at < end_ns; at += every)
		add_mark(m, (struct sb_plan_mark){at, MARK_JITTER, -1, 0,
						  sb_draw_jitter(&rng, jitter, MAX_STEP_NS), NULL});
}

static void mark_rate(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		      uint64_t seed, int64_t end_ns, struct sb_marks *m)
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
			add_mark(m, (struct sb_plan_mark){at, MARK_RATE, -1, 0,
							  sb_quantile(rate->drawn, u), NULL});
	}
}

static void mark_bursts(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			uint64_t seed, int64_t end_ns, struct sb_marks *m)
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
		add_mark(m, (struct sb_plan_mark){from, MARK_BURST, -1, 0, 1, NULL});
		if (to < end_ns)
			add_mark(m, (struct sb_plan_mark){to, MARK_BURST, -1, 0, 0, NULL});
	}
}

static int compare_marks(const void *pa, const void *pb)
{
	const struct sb_plan_mark *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	return a->occurrence < b->occurrence ? -1 : a->occurrence > b->occurrence;
}

void sb_marks_lay_out(const struct sb_scenario *sc, const struct sb_orbit *orbit,
		      const struct sb_plan *plan, unsigned int client, enum sb_dir dir,
		      const struct sb_event_occurrences *h, struct sb_marks *m)
{
	int64_t end_ns = plan->duration_ns;

	mark_events(h, plan->event_count, dir, end_ns, m);
	mark_orbit(orbit, end_ns, m);
	mark_trace(sb_track_of(sc, client, dir, SB_KEY_TRACE), end_ns, m);
	mark_trace(sb_track_of(sc, client, dir, SB_KEY_DELAY_TRACE), end_ns, m);
	mark_jitter(sc, client, dir, plan->seed, end_ns, m);
	mark_bursts(sc, client, dir, plan->seed, end_ns, m);
	mark_rate(sc, client, dir, plan->seed, end_ns, m);
	if (m->count)
		qsort(m->list, m->count, sizeof(*m->list), compare_marks);
}
