/* SPDX-License-Identifier: MIT */
/* reference_link.c - an ideal link fed with the packets that were really sent */
#include "reference_model.h"

#include <stdlib.h>

/* Beyond the asked delay and queue a packet captured this long before the end was lost, not late.
 */
#define UNDER_WAY_SLACK_NS (50 * SB_NS_PER_MS)

/* An error is kept with its packet up to this; what is larger is as wrong. */
#define ERROR_MAX_NS (2 * SB_NS_PER_S)

static bool same_loss(const struct sb_loss *a, const struct sb_loss *b)
{
	return a->kind == b->kind && a->random_ppb == b->random_ppb && a->bad_ppb == b->bad_ppb &&
	       a->good_ppb == b->good_ppb && a->lost_in_bad_ppb == b->lost_in_bad_ppb &&
	       a->lost_in_good_ppb == b->lost_in_good_ppb;
}

/* A stretch of packets under one loss process has ended. */
static void close_loss(struct sb_reference_model *m)
{
	if (m->loss_state)
		sb_loss_sum_add(&m->out->configured_loss, &m->loss_state->loss, m->loss_packets);
	m->loss_state = NULL;
	m->loss_packets = 0;
}

static void close_run(struct sb_reference_model *m)
{
	if (m->run) {
		m->out->runs++;
		m->out->run_packets += m->run;
	}
	m->run = 0;
}

static void count_clear(struct sb_reference_model *m, const struct sb_link_state *state, bool lost,
			bool at_full)
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

/* Bytes that are not yet served at @t_ns, from @segment on at the rates of then. */
static double waiting_bytes(const struct sb_reference_model *m, int64_t t_ns,
			    const struct sb_segment *segment)
{
	const struct sb_segment *end = m->timeline->segments + m->timeline->count;
	double from = (double)(t_ns - m->base_ns), sum = 0;

	for (; segment < end && from < m->free_ns; segment++) {
		double until = m->free_ns;

		if (segment + 1 < end && (double)(segment[1].from_ns - m->base_ns) < until)
			until = (double)(segment[1].from_ns - m->base_ns);
		if (until > from) {
			sum += (until - from) * (double)segment->state->rate_bps / 8e9;
			from = until;
		}
	}
	return sum;
}

/* How much of the model's queue is taken when @s asks for room, and two frames more: its idea of
 * the backlog is no better. */
static double queue_fill(const struct sb_reference_model *m, const struct sb_sent *s,
			 const struct sb_segment *segment)
{
	double waiting = waiting_bytes(m, s->t_ns, segment);

	if (waiting <= 0)
		return 0;
	return (waiting + 3.0 * s->wire_len) / (double)m->timeline->asked->queue_bytes;
}

static void set_fate(const struct sb_reference_model *m, struct sb_sent *s,
		     const struct sb_segment *segment)
{
	if (s->arrived_ns != SB_NEVER) {
		s->fate = SB_ARRIVED;
		return;
	}
	s->fill = (float)queue_fill(m, s, segment);
	s->fate = segment->state->outage || sb_timeline_at_edge(segment, s->t_ns) ? SB_LOST_OUTAGE
		  : s->fill > 1							  ? SB_LOST_QUEUE
										  : SB_LOST_LINK;
}

static void count_fate(struct sb_reference_model *m, const struct sb_sent *s,
		       const struct sb_segment *segment)
{
	bool lost = s->arrived_ns == SB_NEVER, outage = segment->state->outage;
	bool edge = sb_timeline_at_edge(segment, s->t_ns);
	bool at_full = lost && s->fill > 1;
	struct sb_dir_series *series = m->window->series;

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
	if (lost && series)
		sb_series_lost(series, s->t_ns, s->wire_len,
			       outage || edge ? SB_SERIES_OUTAGE
			       : at_full      ? SB_SERIES_QUEUE
					      : SB_SERIES_LINK);
	if (lost)
		return;
	m->out->arrived++;
	m->out->duplicated += s->copies - 1u;
	m->out->reordered += s->reordered;
}

/* When the serialiser has done with the first copy of a packet; m->line is of that moment. */
static int64_t serialise(struct sb_reference_model *m, int64_t t_ns, uint32_t wire_len,
			 unsigned int copies, double *later_bytes)
{
	double entered = (double)(t_ns - m->base_ns), turn = entered, one, bytes;
	uint64_t rate_bps;

	if (m->free_ns > entered)
		turn = m->free_ns;
	m->turn_segment =
	    sb_timeline_seek(m->timeline, m->turn_segment, m->base_ns + (int64_t)turn);
	rate_bps = m->timeline->segments[m->turn_segment].state->rate_bps;
	while (rate_bps == SB_RATE_STOPPED && m->turn_segment + 1 < m->timeline->count) {
		const struct sb_segment *next = &m->timeline->segments[++m->turn_segment];

		turn = (double)(next->from_ns - m->base_ns);
		rate_bps = next->state->rate_bps;
	}
	bytes = sb_on_link(m, wire_len);
	m->line.idles += !(rate_bps && m->free_ns > entered);
	m->line.changes += rate_bps != m->line.rate_bps;
	m->line.rate_bps = rate_bps;
	m->line.bytes += bytes;
	*later_bytes = bytes * (copies - 1.0);
	one = rate_bps ? 8e9 * bytes / (double)rate_bps : 0;
	m->free_ns = turn + one * copies;
	return m->base_ns + (int64_t)(turn + one + 0.5);
}

static bool in_flows(const struct sb_window *w, int64_t t_ns)
{
	return t_ns >= w->from_ns && t_ns <= w->to_ns && !sb_in_train(w, t_ns);
}

/* What others sent before @t_ns over a direction that is shared takes its time, too. */
static void serve_others(struct sb_reference_model *m, int64_t t_ns)
{
	const struct sb_shared_load *c = m->window->carried;

	for (; c && m->next_other < c->count; m->next_other++) {
		const struct sb_shared_load_packet *p = &c->list[m->next_other];
		double later;

		if (p->t_ns > t_ns || (p->t_ns == t_ns && p->link > m->window->link))
			return;
		if (p->link == m->window->link)
			continue;
		serialise(m, p->t_ns, p->wire_len, p->copies, &later);
		m->line.bytes += later;
		if (in_flows(m->window, p->t_ns))
			m->out->beam_bytes += sb_on_link(m, p->wire_len) * p->copies;
	}
}

/* One packet that arrived goes through the ideal link. */
static void serve(struct sb_reference_model *m, struct sb_sent *s,
		  const struct sb_link_state *state)
{
	double later;
	double before_ns = m->free_ns - (double)(s->t_ns - m->base_ns);
	int64_t wait_ns = before_ns > 0 ? (int64_t)before_ns : 0;
	int64_t serialised = serialise(m, s->t_ns, s->wire_len, s->copies, &later);
	int64_t delay_ns, departs, asked_ns, error;
	bool held;
	double bytes = sb_on_link(m, s->wire_len) * s->copies;

	m->done_segment = sb_timeline_seek(m->timeline, m->done_segment, serialised);
	delay_ns = m->timeline->segments[m->done_segment].state->delay_ns;
	departs = serialised + delay_ns;
	held = departs < m->departed_ns && !m->timeline->asked->may_overtake;
	if (held)
		departs = m->departed_ns;
	asked_ns = departs - serialised;
	/* One that was asked to skip the delay, and did: it leaves after the serialiser. */
	if (state->reorder_ppb && s->arrived_ns < serialised + (departs - serialised) / 2)
		departs = serialised;
	else
		m->departed_ns = departs;
	if (in_flows(m->window, s->t_ns)) {
		m->out->carried_bytes += bytes;
		m->out->beam_bytes += bytes;
	}
	if (!s->judged) {
		m->line.bytes += later;
		return;
	}
	error = s->arrived_ns - departs;
	s->error_ns = (int32_t)(error > ERROR_MAX_NS	? ERROR_MAX_NS
				: error < -ERROR_MAX_NS ? -ERROR_MAX_NS
							: error);
	sb_stretch_follow(m, s, delay_ns, held);
	m->line.bytes += later;
	sb_times_add(&m->out->asked, asked_ns);
	sb_times_add(&m->out->owd, s->arrived_ns - s->t_ns);
	sb_times_add(&m->out->delay, s->arrived_ns - serialised);
	sb_times_add(&m->out->error, error);
	sb_times_add(&m->out->error_size, error < 0 ? -error : error);
	if (m->window->series)
		sb_series_carried(m->window->series, s->t_ns, s->arrived_ns, s->wire_len, wait_ns,
				  s->arrived_ns - serialised);
}

/* From here on nothing arrived, and it may have been under way when the captures ended. */
static size_t count_decided(const struct sb_packet_match *packet_match)
{
	size_t n = packet_match->sent_count;

	while (n && packet_match->sent[n - 1].arrived_ns == SB_NEVER)
		n--;
	return n;
}

void sb_predict(struct sb_packet_match *packet_match, const struct sb_timeline *t,
		const struct sb_window *w, struct sb_measure *out)
{
	struct sb_reference_model m = {.packet_match = packet_match,
				       .timeline = t,
				       .window = w,
				       .out = out,
				       .departed_ns = INT64_MIN};
	size_t decided = count_decided(packet_match), segment = 0;
	int64_t known_from_ns;
	size_t gone = 0;

	*out = (struct sb_measure){.stretch_spill.dir = packet_match->sent_spill.dir};
	if (packet_match->sent_count)
		m.base_ns = packet_match->sent[0].t_ns;
	if (w->carried && w->carried->count && w->carried->list[0].t_ns < m.base_ns)
		m.base_ns = w->carried->list[0].t_ns;
	for (size_t i = 0; i < packet_match->sent_count; i++) {
		struct sb_sent *s = &packet_match->sent[i];
		const struct sb_link_state *state;

		sb_spill_pass(&packet_match->sent_spill, &gone, i * sizeof(*s));
		s->judged = s->t_ns >= w->from_ns && s->t_ns <= w->to_ns;
		segment = sb_timeline_seek(t, segment, s->t_ns);
		state = t->segments[segment].state;
		if (i >= decided && !state->outage &&
		    (w->open_end ||
		     s->t_ns + sb_timeline_transit_ns(t, state) + UNDER_WAY_SLACK_NS >
			 w->known_until_ns)) {
			out->undecided += s->judged;
			continue;
		}
		serve_others(&m, s->t_ns);
		set_fate(&m, s, &t->segments[segment]);
		if (s->judged)
			count_fate(&m, s, &t->segments[segment]);
		if (s->arrived_ns != SB_NEVER)
			serve(&m, s, state);
	}
	serve_others(&m, w->to_ns);
	close_loss(&m);
	sb_loss_sum_add_exact(&out->configured_loss, &t->asked->exact);
	close_run(&m);
	sb_stretch_close(&m);
	free(m.train);
	/* What was sent before the capture there was open may still arrive. */
	known_from_ns = w->from_ns + sb_timeline_transit_ns(t, t->segments[0].state);
	for (size_t i = 0; i < packet_match->unmatched_count; i++)
		out->unmatched += packet_match->unmatched_ns[i] >= known_from_ns &&
				  packet_match->unmatched_ns[i] <= w->to_ns;
}

void sb_measure_fini(struct sb_measure *m)
{
	sb_times_fini(&m->asked);
	sb_times_fini(&m->delay);
	sb_times_fini(&m->error);
	sb_times_fini(&m->error_size);
	sb_times_fini(&m->owd);
	sb_spill_free(&m->stretch_spill, m->stretches);
}
