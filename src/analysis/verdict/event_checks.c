// SPDX-License-Identifier: MIT
/* event_checks.c - every event of the timeline, asked against measured */
#include "event_checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/bisect.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define EDGE_EXACT_NS	(2 * SB_NS_PER_MS)  /* steps by packet arrival */
#define EDGE_TOLD_NS	(5 * SB_NS_PER_MS)  /* steps by a call to the kernel */
#define EDGE_INVALID_NS (40 * SB_NS_PER_MS) /* the shortest real outages */
#define EDGE_CHANCE	1e-6

#define LOOK_NS	      (2 * SB_NS_PER_S)
#define DELAY_PACKETS 5
#define RATE_MIN_NS   (100 * SB_NS_PER_MS)
#define RATE_LOOK_NS  (60 * SB_NS_PER_S)

/* A ramp or a trace may bring thousands of steps; the first of them are told one by one. */
#define MAX_EVENT_OCCURRENCES 4096

/**
 * struct scene - one event on one direction
 * @steps:	of this direction, @step_count of them, by time
 * @before:	the state until then; @after: the one it brings
 * @from_ns:	its time; @clear_ns: when its outage, if any, is over; @next_ns: the next event's
 * @next_rate_ns: when the rate changes next; @burst_ns: when the last burst before it was over
 */
struct scene {
	const struct sb_analysis_input *in;
	const struct sb_packet_match *packet_match;
	const struct sb_step **steps;
	size_t step_count;
	const struct sb_link_state *before, *after;
	int64_t from_ns, clear_ns, next_ns, next_rate_ns, burst_ns;
};

/* The first packet sent at or after @t_ns. */
static size_t find_sent(const struct sb_packet_match *t, int64_t t_ns)
{
	return sb_bisect(mid, 0, t->sent_count, t->sent[mid].t_ns < t_ns);
}

/* Of losing @n packets in a row, as the loss process may. */
static double chance_of_run(const struct sb_loss *loss, size_t n)
{
	double first = sb_loss_mean(loss), next = first;

	if (loss->kind == SB_LOSS_GEMODEL) {
		double r = (double)loss->good_ppb / SB_PPB;

		next =
		    (1 - r) * loss->lost_in_bad_ppb / SB_PPB + r * loss->lost_in_good_ppb / SB_PPB;
	}
	return n ? first * pow(fmax(next, first), (double)(n - 1)) : 1;
}

static bool is_lost(const struct sb_sent *s)
{
	return s->fate == SB_LOST_LINK || s->fate == SB_LOST_OUTAGE;
}

static int64_t edge_limit_ns(const struct scene *s)
{
	return s->in->exact_steps ? EDGE_EXACT_NS : EDGE_TOLD_NS;
}

/* @loss: of the side on which packets are not lost by the outage. */
static struct sb_edge new_edge(const struct scene *s, const struct sb_loss *loss)
{
	return (struct sb_edge){.error_ms = NAN,
				.gap_ms = NAN,
				.limit_ms = (double)edge_limit_ns(s) / SB_NS_PER_MS,
				.false_alarm = sb_loss_mean(loss) > 0 ? EDGE_CHANCE : 0};
}

static void settle_edge(const struct scene *s, struct sb_edge *e, double error_ns)
{
	int64_t limit_ns = edge_limit_ns(s);

	e->error_ms = error_ns / SB_NS_PER_MS;
	e->check = fabs(error_ns) <= (double)limit_ns ? SB_MET : SB_MISSED;
}

/* Packets sent in the outage's first half, and before it. */
static void judge_begin(const struct scene *s, struct sb_edge *e)
{
	const struct sb_sent *sent = s->packet_match->sent;
	size_t from = find_sent(s->packet_match, s->from_ns), run = 0, i;
	size_t half = find_sent(s->packet_match, s->from_ns + (s->clear_ns - s->from_ns) / 2);
	int64_t earliest_ns = s->from_ns;
	double error_ns = 0;

	*e = new_edge(s, &s->before->loss);
	if (half == from || !from || sent[from - 1].t_ns < s->from_ns - LOOK_NS)
		return;
	for (i = half; i > from && sent[i - 1].arrived_ns == SB_NEVER; i--)
		;
	if (i > from) {
		error_ns = (double)(sent[i - 1].t_ns - s->from_ns);
	} else {
		for (i = from; i > 0 && sent[i - 1].arrived_ns == SB_NEVER; i--) {
			/* In a burst just before: nothing is known of this edge. */
			if (sent[i - 1].t_ns < s->burst_ns)
				return;
			if (!is_lost(&sent[i - 1]))
				continue;
			run++;
			earliest_ns = sent[i - 1].t_ns;
		}
		if (run && chance_of_run(&s->before->loss, run) < EDGE_CHANCE)
			error_ns = (double)(earliest_ns - s->from_ns);
	}
	if (i && i < s->packet_match->sent_count)
		e->gap_ms = (double)(sent[i].t_ns - sent[i - 1].t_ns) / SB_NS_PER_MS;
	settle_edge(s, e, error_ns);
}

/* Packets sent in its second half, and after it. */
static void judge_end(const struct scene *s, struct sb_edge *e)
{
	const struct sb_sent *sent = s->packet_match->sent;
	size_t to = find_sent(s->packet_match, s->clear_ns), count = s->packet_match->sent_count,
	       run = 0, i;
	size_t half = find_sent(s->packet_match, s->from_ns + (s->clear_ns - s->from_ns) / 2);
	int64_t latest_ns = s->clear_ns;
	double error_ns = 0;

	*e = new_edge(s, &s->after->loss);
	if (half == to || to == count || sent[to].t_ns > s->clear_ns + LOOK_NS)
		return;
	for (i = half; i < to && sent[i].arrived_ns == SB_NEVER; i++)
		;
	if (i < to) {
		error_ns = (double)(sent[i].t_ns - s->clear_ns);
	} else {
		for (i = to; i < count && sent[i].arrived_ns == SB_NEVER; i++) {
			/* The captures' end, or the next outage: nothing is known of this edge. */
			if (sent[i].fate == SB_FATE_OPEN || sent[i].t_ns >= s->next_ns)
				return;
			if (!is_lost(&sent[i]))
				continue;
			run++;
			latest_ns = sent[i].t_ns;
		}
		if (i == count)
			return;
		if (run && chance_of_run(&s->after->loss, run) < EDGE_CHANCE)
			error_ns = (double)(latest_ns - s->clear_ns);
	}
	if (i)
		e->gap_ms = (double)(sent[i].t_ns - sent[i - 1].t_ns) / SB_NS_PER_MS;
	settle_edge(s, e, error_ns);
}

static void judge_delay_step(const struct scene *s, struct sb_event_occurrence *h)
{
	struct sb_times errors = {0};
	int64_t until_ns = s->clear_ns + LOOK_NS;
	double error_ns;

	h->delay_ms = NAN;
	h->configured_delay_ms = (double)s->after->delay_ns / SB_NS_PER_MS;
	h->delay_limit_ms = sb_delay_limit_ns(s->in, (double)s->after->delay_ns) / SB_NS_PER_MS;
	if (s->next_ns < until_ns)
		until_ns = s->next_ns;
	for (size_t i = find_sent(s->packet_match, s->clear_ns);
	     i < s->packet_match->sent_count && s->packet_match->sent[i].t_ns < until_ns; i++)
		if (s->packet_match->sent[i].fate == SB_ARRIVED && s->packet_match->sent[i].judged)
			sb_times_add(&errors, s->packet_match->sent[i].error_ns);
	if (errors.count >= DELAY_PACKETS) {
		sb_times_quantiles(&errors);
		error_ns = sb_times_at(&errors, 0.5);
		h->delay_ms = h->configured_delay_ms + error_ns / SB_NS_PER_MS;
		h->delay_check =
		    fabs(error_ns) <= h->delay_limit_ms * SB_NS_PER_MS ? SB_MET : SB_MISSED;
	}
	sb_times_fini(&errors);
}

static void judge_rate_step(const struct scene *s, const struct sb_measure *m,
			    struct sb_event_occurrence *h)
{
	double bits = 0, asked_ns = 0, measured_ns = 0;

	h->rate_bps = NAN;
	h->configured_rate_bps = (double)s->after->rate_bps;
	h->rate_tolerance = SB_RATE_TOLERANCE;
	for (size_t i = 0; i < m->stretch_count; i++) {
		const struct sb_stretch *x = &m->stretches[i];

		if (x->from_ns < s->clear_ns || x->from_ns >= s->next_rate_ns)
			continue;
		bits += x->bits;
		asked_ns += x->asked_ns;
		measured_ns += x->measured_ns;
	}
	if (asked_ns < (double)RATE_MIN_NS || measured_ns <= 0)
		return;
	h->configured_rate_bps = bits * 1e9 / asked_ns;
	h->rate_bps = bits * 1e9 / measured_ns;
	h->rate_check = fabs(h->rate_bps / h->configured_rate_bps - 1) <= SB_RATE_TOLERANCE
			    ? SB_MET
			    : SB_MISSED;
}

/* As in a burst of loss that goes by time: what it takes is not the outage's before it. */
static bool loses_all(const struct sb_link_state *state)
{
	return state->loss.kind == SB_LOSS_RANDOM && state->loss.random_ppb == SB_PPB;
}

/* When the last burst before step @at was over. */
static int64_t burst_before_ns(const struct scene *s, size_t at)
{
	while (at && !loses_all(&s->steps[at - 1]->state))
		at--;
	return at ? s->in->start_real_ns + s->steps[at]->at_ns : INT64_MIN;
}

/* The rest of the scene: what comes after step @at on the same direction. */
static void set_scene(struct scene *s, size_t at)
{
	const struct sb_step *step = s->steps[at];
	int64_t end_ns = s->in->end_real_ns;

	s->burst_ns = burst_before_ns(s, at);
	s->after = &step->state;
	s->from_ns = s->clear_ns = s->in->start_real_ns + step->at_ns;
	s->next_ns = s->next_rate_ns = end_ns;
	if (step->state.outage)
		s->clear_ns = end_ns;
	for (size_t i = at + 1; i < s->step_count; i++) {
		const struct sb_step *x = s->steps[i];
		int64_t t_ns = s->in->start_real_ns + x->at_ns;

		if (s->after->outage && !x->state.outage) {
			s->clear_ns = t_ns;
			s->after = &x->state;
		} else if ((x->cause == SB_CAUSE_EVENT ||
			    (!s->after->outage && loses_all(&x->state))) &&
			   s->next_ns == end_ns) {
			s->next_ns = t_ns;
		}
		/* A rate that changes while nothing passes is not seen, and ends no outage. */
		if (s->after->outage)
			continue;
		if (x->state.rate_bps != s->after->rate_bps && x->cause != SB_CAUSE_RAMP) {
			s->next_rate_ns = t_ns;
			break;
		}
		if (t_ns > s->clear_ns + RATE_LOOK_NS)
			break;
	}
}

static bool is_due(const struct sb_analysis_input *in, const struct sb_step *s)
{
	return s->cause == SB_CAUSE_EVENT && s->event >= 0 &&
	       (size_t)s->event < in->plan->event_count &&
	       in->start_real_ns + s->at_ns < in->end_real_ns;
}

/* "reconfigure at 12 s", for reasons. */
static void reason(const struct sb_analysis_input *in, const struct sb_event_occurrence *h,
		   struct sb_reason_set *reasons)
{
	const char *name = in->plan->events[h->event].name;
	const struct sb_edge *const edges[] = {&h->begin, &h->end};

	for (size_t i = 0; h->outage && i < SB_ARRAY_LEN(edges); i++)
		if (edges[i]->check == SB_MISSED)
			sb_reason_set_add(
			    reasons,
			    fabs(edges[i]->error_ms) * SB_NS_PER_MS > EDGE_INVALID_NS ? SB_INVALID
										      : SB_WARN,
			    SB_REASON_OUTAGE_EDGE, "%s at %.3f s: the outage %s %.1f ms too %s",
			    name, h->at_s, i ? "ended" : "began", fabs(edges[i]->error_ms),
			    edges[i]->error_ms > 0 ? "late" : "early");
	if (h->delay && h->delay_check == SB_MISSED)
		sb_reason_set_add(reasons, SB_WARN, SB_REASON_DELAY_STEP,
				  "%s at %.3f s: the delay after it is %.2f ms, configured %.2f ms",
				  name, h->at_s, h->delay_ms, h->configured_delay_ms);
	if (h->rate && h->rate_check == SB_MISSED)
		sb_reason_set_add(reasons, SB_WARN, SB_REASON_RATE_STEP,
				  "%s at %.3f s: the rate after it is %.4g Mbit/s, configured %.4g",
				  name, h->at_s, h->rate_bps / 1e6, h->configured_rate_bps / 1e6);
}

static void judge_one(struct scene *s, size_t at, const struct sb_measure *m,
		      struct sb_event_occurrence *h)
{
	const struct sb_step *step = s->steps[at];
	const int64_t *late_ns = s->in->step_lateness_ns;
	size_t index = (size_t)(step - s->in->plan->steps);

	set_scene(s, at);
	*h = (struct sb_event_occurrence){.event = step->event,
					  .link = step->link,
					  .dir = step->dir,
					  .at_s = (double)step->at_ns / SB_NS_PER_S,
					  .lateness_ms = NAN,
					  .outage = step->state.outage && !s->before->outage,
					  .outage_ms =
					      (double)(s->clear_ns - s->from_ns) / SB_NS_PER_MS,
					  .delay = s->after->delay_ns != s->before->delay_ns,
					  .rate = s->after->rate_bps != s->before->rate_bps};
	if (late_ns && late_ns[index] >= 0)
		h->lateness_ms = (double)late_ns[index] / SB_NS_PER_MS;
	if (h->outage) {
		judge_begin(s, &h->begin);
		judge_end(s, &h->end);
	}
	if (h->delay)
		judge_delay_step(s, h);
	if (h->rate)
		judge_rate_step(s, m, h);
}

void sb_event_checks_judge(const struct sb_analysis_input *in, size_t link, enum sb_dir dir,
			   const struct sb_packet_match *packet_match, const struct sb_measure *m,
			   struct sb_event_checks *out, struct sb_reason_set *reasons)
{
	const struct sb_plan *plan = in->plan;
	struct scene s = {.in = in, .packet_match = packet_match};

	s.steps = sb_alloc(plan->step_count + 1, sizeof(*s.steps));
	for (size_t i = 0; i < plan->step_count; i++)
		if (plan->steps[i].link == link && plan->steps[i].dir == dir)
			s.steps[s.step_count++] = &plan->steps[i];
	s.before = &plan->links[link].dir[dir].initial;
	for (size_t i = 0; i < s.step_count && out->count < MAX_EVENT_OCCURRENCES; i++) {
		struct sb_event_occurrence h;

		if (is_due(in, s.steps[i])) {
			judge_one(&s, i, m, &h);
			if (h.outage || h.delay || h.rate) {
				out->list =
				    sb_grow(out->list, out->count, &out->room, sizeof(*out->list));
				out->list[out->count++] = h;
				reason(in, &h, reasons);
			}
		}
		s.before = &s.steps[i]->state;
	}
	free(s.steps);
}
