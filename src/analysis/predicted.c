/* SPDX-License-Identifier: MIT */
/* predicted.c - an ideal link fed with the packets that were really sent */
#include "predicted.h"

#include <string.h>

/*
 * A stretch through a full serialiser counts for the rate when it is at least this long: the errors
 * of its two ends (a timer's lateness each, some 50 us) are then below 1 %.
 */
#define STRETCH_MIN_NS (10 * SB_NS_PER_MS)

/* The train has one stretch only and is all there is to go by: 2 %. */
#define TRAIN_MIN_NS (5 * SB_NS_PER_MS)

/* Beyond the asked delay and queue a packet captured this long before the end was lost, not late.
 */
#define UNDER_WAY_SLACK_NS (50 * SB_NS_PER_MS)

/**
 * struct stretch - a run of packets through a full serialiser: arrivals over what was asked
 * @asked_ns, @arrived_ns: of the last packet, since the first one
 * @x, @y, @xx, @xy: sums for the line through all of them
 *
 * A fitted line, because one late packet at an end would otherwise bend the rate.
 */
struct stretch {
	double bits, asked_ns, arrived_ns;
	double x, y, xx, xy;
	uint64_t packets;
	bool in_train;
};

/**
 * struct model - the ideal link and what is remembered of the packet before
 * @free_ns:	when the serialiser is done with all so far; double because bits rarely take whole
 * ns
 * @departed_ns: when the last one leaves the link
 * @stretch:	the run of packets through a full serialiser that is being followed
 */
struct model {
	const struct sb_trace *trace;
	const struct sb_timeline *timeline;
	const struct sb_window *window;
	struct sb_measure *out;
	double free_ns;
	int64_t base_ns, departed_ns;
	size_t turn_segment, done_segment;
	const struct sb_sent *before;
	int64_t before_delay_ns;
	uint64_t before_rate_bps;
	struct stretch stretch;
	/* loss */
	const struct sb_link_state *loss_state;
	uint64_t loss_packets, run;
};

static bool same_loss(const struct sb_loss *a, const struct sb_loss *b)
{
	return a->kind == b->kind && a->random_ppb == b->random_ppb && a->bad_ppb == b->bad_ppb &&
	       a->good_ppb == b->good_ppb && a->lost_in_bad_ppb == b->lost_in_bad_ppb &&
	       a->lost_in_good_ppb == b->lost_in_good_ppb;
}

/* A stretch of packets under one loss process has ended. */
static void close_loss(struct model *m)
{
	if (m->loss_state)
		sb_loss_sum_add(&m->out->asked_loss, &m->loss_state->loss, m->loss_packets);
	m->loss_state = NULL;
	m->loss_packets = 0;
}

static void close_run(struct model *m)
{
	if (m->run) {
		m->out->runs++;
		m->out->run_packets += m->run;
	}
	m->run = 0;
}

static void count_clear(struct model *m, const struct sb_link_state *state, bool lost, bool at_full)
{
	if (m->loss_state && !same_loss(&m->loss_state->loss, &state->loss))
		close_loss(m);
	m->loss_state = state;
	m->loss_packets++;
	m->out->clear++;
	m->out->clear_lost += lost;
	if (!lost)
		close_run(m);
	else if (!at_full)
		m->run++;
}

/* Would the model's queue have had no room?  Within two frames: its idea of the backlog is no
 * better. */
static bool queue_full(const struct model *m, const struct sb_sent *s,
		       const struct sb_link_state *state)
{
	double wait_ns = m->free_ns - (double)(s->t_ns - m->base_ns);
	double waiting;

	if (!state->rate_bps || wait_ns <= 0)
		return false;
	waiting = wait_ns * (double)state->rate_bps / 8e9;
	return waiting + 3.0 * s->wire_len > (double)m->timeline->asked->queue_bytes;
}

static void count_fate(struct model *m, const struct sb_sent *s, const struct sb_segment *segment)
{
	bool lost = s->arrived_ns == SB_NEVER, outage = segment->state->outage;
	bool edge = sb_timeline_at_edge(segment, s->t_ns);
	bool at_full = lost && queue_full(m, s, segment->state);

	m->out->sent++;
	if (outage || edge) {
		close_loss(m);
		close_run(m);
		m->out->lost_outage += lost;
		m->out->leaked += !lost && !edge;
	} else {
		count_clear(m, segment->state, lost, at_full);
		m->out->lost += lost;
		m->out->lost_at_full += at_full;
	}
	if (lost)
		return;
	m->out->arrived++;
	m->out->duplicated += s->copies - 1u;
	m->out->reordered += s->reordered;
}

static void close_stretch(struct model *m)
{
	const struct stretch *s = &m->stretch;
	struct sb_full *to = s->in_train ? &m->out->train : &m->out->flows;
	double n = (double)s->packets + 1, spread = s->xx - s->x * s->x / n;

	if (spread > 0 && s->asked_ns >= (double)(s->in_train ? TRAIN_MIN_NS : STRETCH_MIN_NS)) {
		to->bits += s->bits;
		to->asked_ns += s->asked_ns;
		to->measured_ns += s->asked_ns * (s->xy - s->x * s->y / n) / spread;
		to->packets += s->packets;
	}
	m->stretch = (struct stretch){0};
}

static bool in_train(const struct sb_window *w, int64_t t_ns)
{
	return w->train_to_ns > 0 && t_ns >= w->train_from_ns && t_ns <= w->train_to_ns;
}

/* @s followed the one before through the serialiser without a gap: it measures the rate. */
static void follow_stretch(struct model *m, const struct sb_sent *s, int64_t delay_ns,
			   uint64_t rate_bps, bool waited)
{
	bool train = in_train(m->window, s->t_ns), follows;
	int64_t before_ns = m->before ? m->before->arrived_ns : 0;

	follows = waited && m->before && delay_ns == m->before_delay_ns &&
		  rate_bps == m->before_rate_bps && train == m->stretch.in_train;
	/* Copies and reordered packets are right for the model, but not for two arrivals' distance.
	 */
	if (follows && (s->reordered || m->before->reordered || m->before->copies > 1))
		follows = false;
	m->before = s;
	m->before_delay_ns = delay_ns;
	m->before_rate_bps = rate_bps;
	if (!follows) {
		close_stretch(m);
		m->stretch.in_train = train;
		return;
	}
	m->stretch.bits += 8.0 * s->wire_len;
	m->stretch.asked_ns += 8e9 * s->wire_len / (double)rate_bps;
	m->stretch.arrived_ns += (double)(s->arrived_ns - before_ns);
	m->stretch.x += m->stretch.asked_ns;
	m->stretch.y += m->stretch.arrived_ns;
	m->stretch.xx += m->stretch.asked_ns * m->stretch.asked_ns;
	m->stretch.xy += m->stretch.asked_ns * m->stretch.arrived_ns;
	m->stretch.packets++;
}

/* When the serialiser has done with one copy of @s; *@waited: it had others before it to do. */
static int64_t serialise(struct model *m, const struct sb_sent *s, uint64_t *rate_bps, bool *waited)
{
	double entered = (double)(s->t_ns - m->base_ns), turn = entered, one;

	if (m->free_ns > entered)
		turn = m->free_ns;
	m->turn_segment =
	    sb_timeline_seek(m->timeline, m->turn_segment, m->base_ns + (int64_t)turn);
	*rate_bps = m->timeline->segments[m->turn_segment].state->rate_bps;
	*waited = *rate_bps && m->free_ns > entered;
	one = *rate_bps ? 8e9 * s->wire_len / (double)*rate_bps : 0;
	m->free_ns = turn + one * s->copies;
	return m->base_ns + (int64_t)(turn + one + 0.5);
}

/* One packet that arrived goes through the ideal link. */
static void serve(struct model *m, const struct sb_sent *s, const struct sb_link_state *state,
		  bool judged)
{
	uint64_t rate_bps;
	bool waited;
	int64_t serialised = serialise(m, s, &rate_bps, &waited), delay_ns, departs, error;

	m->done_segment = sb_timeline_seek(m->timeline, m->done_segment, serialised);
	delay_ns = m->timeline->segments[m->done_segment].state->delay_ns;
	departs = serialised + delay_ns;
	if (departs < m->departed_ns)
		departs = m->departed_ns;
	/* One that was asked to skip the delay, and did: it leaves after the serialiser. */
	if (state->reorder_ppb && s->arrived_ns < serialised + (departs - serialised) / 2)
		departs = serialised;
	else
		m->departed_ns = departs;
	if (!judged)
		return;
	error = s->arrived_ns - departs;
	follow_stretch(m, s, delay_ns, rate_bps, waited);
	sb_times_add(&m->out->asked, delay_ns);
	sb_times_add(&m->out->owd, s->arrived_ns - s->t_ns);
	sb_times_add(&m->out->delay, s->arrived_ns - serialised);
	sb_times_add(&m->out->error, error);
	sb_times_add(&m->out->error_size, error < 0 ? -error : error);
}

/* From here on nothing arrived, and it may have been under way when the captures ended. */
static size_t count_decided(const struct sb_trace *trace)
{
	size_t n = trace->sent_count;

	while (n && trace->sent[n - 1].arrived_ns == SB_NEVER)
		n--;
	return n;
}

void sb_predict(const struct sb_trace *trace, const struct sb_timeline *t,
		const struct sb_window *w, struct sb_measure *out)
{
	struct model m = {
	    .trace = trace, .timeline = t, .window = w, .out = out, .departed_ns = INT64_MIN};
	size_t decided = count_decided(trace), segment = 0;
	int64_t known_from_ns;

	*out = (struct sb_measure){0};
	if (trace->sent_count)
		m.base_ns = trace->sent[0].t_ns;
	for (size_t i = 0; i < trace->sent_count; i++) {
		const struct sb_sent *s = &trace->sent[i];
		const struct sb_link_state *state;
		bool judged = s->t_ns >= w->from_ns && s->t_ns <= w->to_ns;

		segment = sb_timeline_seek(t, segment, s->t_ns);
		state = t->segments[segment].state;
		if (i >= decided && !state->outage &&
		    s->t_ns + sb_timeline_transit_ns(t, state) + UNDER_WAY_SLACK_NS >
			w->known_until_ns) {
			out->undecided += judged;
			continue;
		}
		if (judged)
			count_fate(&m, s, &t->segments[segment]);
		if (s->arrived_ns != SB_NEVER)
			serve(&m, s, state, judged);
	}
	close_loss(&m);
	close_run(&m);
	close_stretch(&m);
	/* What was sent before the capture there was open may still arrive. */
	known_from_ns = w->from_ns + sb_timeline_transit_ns(t, t->segments[0].state);
	for (size_t i = 0; i < trace->stranger_count; i++)
		out->strangers +=
		    trace->strangers_ns[i] >= known_from_ns && trace->strangers_ns[i] <= w->to_ns;
}

void sb_measure_fini(struct sb_measure *m)
{
	sb_times_fini(&m->asked);
	sb_times_fini(&m->delay);
	sb_times_fini(&m->error);
	sb_times_fini(&m->error_size);
	sb_times_fini(&m->owd);
}
