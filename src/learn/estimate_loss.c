// SPDX-License-Identifier: MIT
/* estimate_loss.c - what the queue held when packets were lost, and the loss of the link itself */
#include "estimate_state.h"

#include <math.h>
#include <stdlib.h>

#include "outage.h"
#include "satbed/base/mem.h"

#define FULL	  0.9 /* of what usually waits when the queue is full */
#define NEAR_MOST 0.8

static double delay_at(const struct sb_learned_dir *d, int64_t t_ns)
{
	double delay = 0;

	for (size_t k = 0; k < d->delay_count && d->delays[k].at_ns <= t_ns - d->first_ns; k++)
		delay = d->delays[k].value;
	return delay;
}

static bool in_outage(const struct sb_learned_dir *d, int64_t t_ns, size_t *at)
{
	t_ns -= d->first_ns;
	while (*at < d->outage_count && d->outages[*at].to_ns < t_ns)
		(*at)++;
	return *at < d->outage_count && d->outages[*at].from_ns <= t_ns;
}

/*
 * Bytes that had been sent and had not left the serialiser when each packet was sent, the one that
 * was leaving included.  Without any rate: a packet left it the delay before it arrived.
 */
static double *find_waiting(const struct sb_estimate *e, double *most)
{
	const struct sb_learn_packet *p = e->t->packets;
	double *waiting = sb_alloc(e->t->count + 1, sizeof(*waiting)), now = 0;
	size_t leaving = 0;

	*most = 0;
	for (size_t i = 0; i < e->t->count; i++) {
		for (; leaving < i; leaving++) {
			if (p[leaving].arrived_ns == SB_LEARN_LOST)
				continue;
			if ((double)(p[leaving].arrived_ns - p[i].sent_ns) >
			    delay_at(e->out, p[leaving].sent_ns))
				break;
			now -= p[leaving].len;
		}
		waiting[i] = now > 0 ? now : 0;
		if (p[i].arrived_ns == SB_LEARN_LOST)
			continue;
		now += p[i].len;
		if (waiting[i] > *most)
			*most = waiting[i];
	}
	return waiting;
}

/* How much waited when a packet was lost: the median of those times that come near the most. */
static double usual_at_loss(const struct sb_estimate *e, const double *waiting, double most)
{
	double *v = sb_alloc(e->t->count + 1, sizeof(*v)), level;
	size_t n = 0;

	for (size_t i = 0; i < e->t->count; i++)
		if (e->t->packets[i].arrived_ns == SB_LEARN_LOST && waiting[i] > NEAR_MOST * most)
			v[n++] = waiting[i];
	level = n < MIN_PAIRS ? most : sb_median(v, n);
	free(v);
	return level;
}

/* From how many waiting bytes on the queue may have been full: jitter looks like waiting. */
static double full_from(const struct sb_estimate *e, double most)
{
	return FULL * most - 3 * e->out->jitter_ns * e->out->rate_high_bps / 8e9;
}

/* Are losses where the queue was at its longest more than the loss elsewhere explains? */
static bool is_full(const struct sb_estimate *e, const double *waiting, double most)
{
	double at_full = 0, lost_at_full = 0, others = 0, lost_others = 0, expected;
	double from = full_from(e, most);
	size_t outage = 0;

	for (size_t i = 0; i < e->t->count; i++) {
		bool lost = e->t->packets[i].arrived_ns == SB_LEARN_LOST;

		if (in_outage(e->out, e->t->packets[i].sent_ns, &outage))
			continue;
		if (waiting[i] >= from) {
			at_full++;
			lost_at_full += lost;
		} else {
			others++;
			lost_others += lost;
		}
	}
	expected = others > 0 ? at_full * lost_others / others : 0;
	/* Losses in bursts vary more than independent ones: eight times, not five. */
	return lost_at_full > expected + 8 * sqrt(expected) + 3;
}

void sb_estimate_loss(struct sb_estimate *e)
{
	double most = 0, *waiting = find_waiting(e, &most), level = usual_at_loss(e, waiting, most);
	struct sb_fate_of *list = sb_alloc(e->t->count + 1, sizeof(*list));
	size_t n = 0, outage = 0;

	sb_find_outages(e->t, waiting, e->out->rate_count ? full_from(e, level) : INFINITY, e->out);
	if (e->out->rate_count) {
		e->out->queue_full = most > 0 && is_full(e, waiting, level);
		e->out->queue_bytes = e->out->queue_full ? level : most;
	}
	for (size_t i = 0; i < e->t->count; i++) {
		const struct sb_learn_packet *p = &e->t->packets[i];
		bool lost = p->arrived_ns == SB_LEARN_LOST;

		if (in_outage(e->out, p->sent_ns, &outage))
			continue;
		/* Who lost it there cannot be told; those that arrived are left out, too. */
		if (e->out->queue_full && waiting[i] >= full_from(e, level)) {
			e->out->lost_queue += lost;
			continue;
		}
		list[n++] = (struct sb_fate_of){p->sent_ns, lost};
	}
	sb_loss_fit(list, n, &e->out->loss);
	free(list);
	free(waiting);
}
