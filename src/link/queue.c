// SPDX-License-Identifier: MIT
/*
 * queue.c - loss, duplication, queue, serialiser, delay: the arithmetic of one direction of a link
 *
 *	arrive -> loss -> duplicate -> [ waiting bytes ] -> serialiser -> delay line -> depart
 *	                                   drop-tail            \-------> express line (reordered)
 *
 * Time is computed, not measured: a packet's departure follows from its arrival stamp, from the
 * packets before it and from the states in force, however late the caller looks.
 *
 * - The serialiser is free at free_ns + free_frac / rate ns; the remainder is carried, so that a
 *   backlog keeps the rate exactly and not only to a nanosecond per packet.
 * - The rate is that in force when a frame's first bit goes out, the delay that in force when its
 *   last bit has gone, as with netem.  Steps may still come for starts in the future, so a start is
 *   fixed ("planned") only once its time has come.
 * - Waiting bytes at an arrival are those of frames that start later than that arrival.  Starts are
 *   planned by the clock and arrivals are seen a little late, so the count follows the arrivals
 *   (accounted), not the plan.
 *
 * All lines are rings of a power of two; positions run freely and are masked on use.
 */
#include <stdlib.h>

#include "queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"

#define MAX_STEPS 4096u

/* Steps older than this cannot matter any more: no arrival is looked at that late. */
#define FORGET_NS SB_NS_PER_S

/* Starts are planned at least this often, well within the time steps are known ahead. */
#define PLAN_NS (20 * SB_NS_PER_MS)

/* A frame that waits, or waited, for the serialiser. */
struct waiter {
	int64_t arrival_ns, start_ns;
	uint64_t index;
	uint32_t len, handle;
	bool reorder;
};

struct line {
	struct sb_departure *at;
	uint32_t head, tail; /* filled at @head, emptied at @tail */
};

struct step {
	int64_t at_ns;
	struct sb_link_state state;
};

struct sb_queue {
	uint32_t mask, capacity;
	uint64_t queue_bytes;
	struct sb_rng rng;
	bool bad; /* the Gilbert-Elliott chain */

	struct sb_link_state state; /* in force for arrivals */
	uint64_t rate_bps;	    /* in force for starts */
	int64_t delay_ns;	    /* in force for frames leaving the serialiser */
	struct step *steps;
	uint32_t step_head, step_arrival, step_start, step_done;

	int64_t last_arrival_ns;
	uint64_t next_index;

	/* accounted <= planned <= wait_head */
	struct waiter *waiters;
	uint32_t wait_head, planned, accounted;
	uint32_t unplanned_reorder;
	uint64_t waiting_bytes;

	int64_t free_ns;
	uint64_t free_frac;
	int64_t last_depart_ns;
	struct line delayed, express;
	uint32_t under_way;

	struct sb_link_counters counters;
};

/* Another thread may read while this one counts; there is one writer, so no locked instruction. */
static void count(int64_t *counter, int64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

struct sb_queue *sb_queue_new(const struct sb_queue_config *config)
{
	struct sb_queue *q = sb_alloc(1, sizeof(*q));
	uint32_t size = 64;

	while (size < config->capacity && size < (1u << 31))
		size *= 2;
	q->mask = size - 1;
	q->capacity = config->capacity < size ? config->capacity : size;
	q->queue_bytes = config->queue_bytes;
	sb_rng_seed(&q->rng, config->seed, 0);
	q->state = config->initial;
	q->rate_bps = config->initial.rate_bps;
	q->delay_ns = config->initial.delay_ns;
	q->steps = sb_alloc(MAX_STEPS, sizeof(*q->steps));
	q->last_arrival_ns = INT64_MIN;
	q->free_ns = INT64_MIN;
	q->last_depart_ns = INT64_MIN;
	/* Large zeroed blocks are fresh mappings: pages come as they are used. */
	q->waiters = sb_alloc(size, sizeof(*q->waiters));
	q->delayed.at = sb_alloc(size, sizeof(*q->delayed.at));
	q->express.at = sb_alloc(size, sizeof(*q->express.at));
	return q;
}

void sb_queue_free(struct sb_queue *q)
{
	if (!q)
		return;
	free(q->steps);
	free(q->waiters);
	free(q->delayed.at);
	free(q->express.at);
	free(q);
}

/* Steps in force at @at_ns for the two users of the state; times only grow. */
static void move_arrival_state(struct sb_queue *q, int64_t at_ns)
{
	while (q->step_arrival != q->step_head) {
		const struct step *s = &q->steps[q->step_arrival % MAX_STEPS];

		if (s->at_ns > at_ns)
			return;
		q->state = s->state;
		q->step_arrival++;
	}
}

static void move_start_rate(struct sb_queue *q, int64_t at_ns)
{
	while (q->step_start != q->step_head) {
		const struct step *s = &q->steps[q->step_start % MAX_STEPS];

		if (s->at_ns > at_ns)
			return;
		if (s->state.rate_bps != q->rate_bps) {
			q->rate_bps = s->state.rate_bps;
			/* A fraction of the old rate's unit: less than 1 ns, once per change. */
			q->free_frac = 0;
		}
		q->step_start++;
	}
}

static void move_done_delay(struct sb_queue *q, int64_t at_ns)
{
	while (q->step_done != q->step_head) {
		const struct step *s = &q->steps[q->step_done % MAX_STEPS];

		if (s->at_ns > at_ns)
			return;
		q->delay_ns = s->state.delay_ns;
		q->step_done++;
	}
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t pending_steps(const struct sb_queue *q)
{
	uint32_t serialiser = larger(q->step_head - q->step_start, q->step_head - q->step_done);

	return larger(q->step_head - q->step_arrival, serialiser);
}

static void put_on_line(struct sb_queue *q, struct line *line, const struct waiter *w,
			int64_t depart_ns)
{
	struct sb_departure *d = &line->at[line->head++ & q->mask];

	d->depart_ns = depart_ns;
	d->index = w->index;
	d->handle = w->handle;
	d->len = w->len;
}

/* The first bit of @w goes out at @start_ns; returns when the frame leaves the link. */
static int64_t serialise(struct sb_queue *q, const struct waiter *w, int64_t start_ns)
{
	int64_t depart_ns;

	move_start_rate(q, start_ns);
	if (start_ns > q->free_ns) {
		q->free_ns = start_ns;
		q->free_frac = 0;
	}
	if (q->rate_bps) {
		uint64_t units = (uint64_t)w->len * 8 * SB_NS_PER_S + q->free_frac;

		q->free_ns += (int64_t)(units / q->rate_bps);
		q->free_frac = units % q->rate_bps;
	}
	if (w->reorder) {
		put_on_line(q, &q->express, w, q->free_ns);
		return q->free_ns;
	}
	move_done_delay(q, q->free_ns);
	depart_ns = q->free_ns + q->delay_ns;
	/* A falling delay holds packets back rather than let them overtake. */
	if (depart_ns < q->last_depart_ns)
		depart_ns = q->last_depart_ns;
	q->last_depart_ns = depart_ns;
	put_on_line(q, &q->delayed, w, depart_ns);
	return depart_ns;
}

static int64_t next_start_ns(const struct sb_queue *q)
{
	const struct waiter *w = &q->waiters[q->planned & q->mask];

	return w->arrival_ns > q->free_ns ? w->arrival_ns : q->free_ns;
}

static void plan_starts(struct sb_queue *q, int64_t until_ns)
{
	while (q->planned != q->wait_head) {
		struct waiter *w = &q->waiters[q->planned & q->mask];
		int64_t start_ns = next_start_ns(q);

		if (start_ns > until_ns)
			return;
		w->start_ns = start_ns;
		if (w->reorder)
			q->unplanned_reorder--;
		serialise(q, w, start_ns);
		q->planned++;
	}
}

int sb_queue_apply(struct sb_queue *q, const struct sb_link_state *state, int64_t at_ns,
		   int64_t now_ns)
{
	struct step *s;

	/* An idle link looks at no step, yet its timeline goes on. */
	if (pending_steps(q) == MAX_STEPS) {
		plan_starts(q, now_ns - FORGET_NS);
		move_arrival_state(q, now_ns - FORGET_NS);
		move_start_rate(q, now_ns - FORGET_NS);
		move_done_delay(q, now_ns - FORGET_NS);
		if (pending_steps(q) == MAX_STEPS)
			return -1;
	}
	s = &q->steps[q->step_head % MAX_STEPS];
	s->at_ns = at_ns;
	s->state = *state;
	q->step_head++;
	return 0;
}

/* Moves the loss process by one packet; the same draws whatever the kind and the outcome. */
static bool judge_loss(struct sb_queue *q)
{
	const struct sb_loss *loss = &q->state.loss;
	bool bursts = loss->kind == SB_LOSS_GEMODEL;
	uint32_t move_ppb = q->bad ? loss->good_ppb : loss->bad_ppb;
	uint32_t lost_ppb = 0;

	if (sb_rng_chance(&q->rng, bursts ? move_ppb : 0))
		q->bad = !q->bad;
	if (bursts)
		lost_ppb = q->bad ? loss->lost_in_bad_ppb : loss->lost_in_good_ppb;
	else if (loss->kind == SB_LOSS_RANDOM)
		lost_ppb = loss->random_ppb;
	return sb_rng_chance(&q->rng, lost_ppb);
}

/* One copy into the serialiser or the queue before it. */
static enum sb_fate enter(struct sb_queue *q, const struct waiter *w, int64_t *depart_ns)
{
	bool idle = q->planned == q->wait_head && !q->waiting_bytes && q->free_ns <= w->arrival_ns;

	if (!idle && q->waiting_bytes + w->len > q->queue_bytes)
		return SB_FATE_QUEUE_FULL;
	if (q->under_way == q->capacity || q->wait_head - q->accounted > q->mask)
		return SB_FATE_NO_ROOM;
	q->under_way++;
	if (idle) {
		*depart_ns = serialise(q, w, w->arrival_ns);
		return SB_FATE_PASSED;
	}
	q->waiters[q->wait_head++ & q->mask] = *w;
	q->waiting_bytes += w->len;
	if (w->reorder)
		q->unplanned_reorder++;
	*depart_ns = SB_QUEUE_NEVER;
	return SB_FATE_PASSED;
}

static void account_waiting(struct sb_queue *q, int64_t arrival_ns)
{
	plan_starts(q, arrival_ns);
	while (q->accounted != q->planned) {
		const struct waiter *w = &q->waiters[q->accounted & q->mask];

		if (w->start_ns > arrival_ns)
			return;
		q->waiting_bytes -= w->len;
		q->accounted++;
	}
}

static void enter_copies(struct sb_queue *q, struct waiter *w, const bool reorder[2],
			 struct sb_ruling *v)
{
	int copies = v->duplicated ? 2 : 1;
	int64_t depart_ns = SB_QUEUE_NEVER;

	for (int i = 0; i < copies; i++) {
		enum sb_fate fate;

		w->reorder = reorder[i];
		fate = enter(q, w, &depart_ns);
		if (fate == SB_FATE_PASSED) {
			if (!v->copies++)
				v->depart_ns = depart_ns;
			v->reordered += reorder[i];
		} else if (fate == SB_FATE_QUEUE_FULL) {
			v->queue_dropped++;
		}
		if (!v->copies)
			v->fate = fate;
	}
	if (v->copies)
		v->fate = SB_FATE_PASSED;
	count(&q->counters.queue_dropped, v->queue_dropped);
	count(&q->counters.reordered, v->reordered);
	count(&q->counters.failed, copies - v->copies - v->queue_dropped);
}

void sb_queue_arrive(struct sb_queue *q, int64_t arrival_ns, uint32_t len, uint32_t handle,
		     struct sb_ruling *out)
{
	struct waiter w = {.len = len, .handle = handle, .index = q->next_index++};
	bool lost, duplicate, corrupt, reorder[2];
	uint64_t bit;

	/* Stamps are taken on several processors before the ring's order is decided. */
	if (arrival_ns < q->last_arrival_ns)
		arrival_ns = q->last_arrival_ns;
	q->last_arrival_ns = arrival_ns;
	w.arrival_ns = arrival_ns;
	move_arrival_state(q, arrival_ns);

	lost = judge_loss(q);
	duplicate = sb_rng_chance(&q->rng, q->state.duplicate_ppb);
	corrupt = sb_rng_chance(&q->rng, q->state.corrupt_ppb);
	bit = sb_rng_u64(&q->rng);
	reorder[0] = sb_rng_chance(&q->rng, q->state.reorder_ppb);
	reorder[1] = sb_rng_chance(&q->rng, q->state.reorder_ppb);

	*out = (struct sb_ruling){
	    .index = w.index, .arrival_ns = arrival_ns, .depart_ns = SB_QUEUE_NEVER};
	count(&q->counters.arrived, 1);
	if (q->state.outage) {
		out->fate = SB_FATE_OUTAGE;
		count(&q->counters.outage, 1);
		return;
	}
	if (lost) {
		out->fate = SB_FATE_LOST;
		count(&q->counters.lost, 1);
		return;
	}
	if (duplicate) {
		out->duplicated = true;
		count(&q->counters.duplicated, 1);
	}
	account_waiting(q, arrival_ns);
	enter_copies(q, &w, reorder, out);
	if (corrupt && out->copies && len > SB_QUEUE_ETHER_LEN) {
		uint32_t first = SB_QUEUE_ETHER_LEN * 8;

		out->corrupt_bit = first + (uint32_t)(bit % (len * 8 - first));
		count(&q->counters.corrupted, 1);
	}
}

uint32_t sb_queue_depart(struct sb_queue *q, int64_t now_ns, struct sb_departure *out, uint32_t max)
{
	uint32_t n = 0;

	plan_starts(q, now_ns);
	while (n < max) {
		struct line *line = &q->delayed;
		const struct sb_departure *d = NULL;

		if (line->tail != line->head)
			d = &line->at[line->tail & q->mask];
		if (q->express.tail != q->express.head) {
			const struct sb_departure *e = &q->express.at[q->express.tail & q->mask];

			if (!d || e->depart_ns < d->depart_ns) {
				line = &q->express;
				d = e;
			}
		}
		if (!d || d->depart_ns > now_ns)
			break;
		out[n++] = *d;
		line->tail++;
	}
	q->under_way -= n;
	return n;
}

/*
 * What no frame that now waits is delayed less than.  Steps are known some time ahead, not for
 * ever: beyond PLAN_NS it is time to look again.
 */
static int64_t least_delay_ns(const struct sb_queue *q)
{
	int64_t least_ns = q->delay_ns < PLAN_NS ? q->delay_ns : PLAN_NS;

	for (uint32_t i = q->step_done; i != q->step_head; i++) {
		const struct step *s = &q->steps[i % MAX_STEPS];

		if (s->state.delay_ns < least_ns)
			least_ns = s->state.delay_ns;
	}
	return least_ns;
}

int64_t sb_queue_next_ns(const struct sb_queue *q)
{
	int64_t next_ns = SB_QUEUE_NEVER;

	if (q->delayed.tail != q->delayed.head)
		next_ns = q->delayed.at[q->delayed.tail & q->mask].depart_ns;
	if (q->express.tail != q->express.head &&
	    q->express.at[q->express.tail & q->mask].depart_ns < next_ns)
		next_ns = q->express.at[q->express.tail & q->mask].depart_ns;
	if (q->planned != q->wait_head) {
		int64_t earliest_ns = next_start_ns(q);

		/* Whatever waits leaves no sooner than the next start and the least delay, unless
		 * one of them skips the delay. */
		if (!q->unplanned_reorder)
			earliest_ns += least_delay_ns(q);
		if (earliest_ns < next_ns)
			next_ns = earliest_ns;
	}
	return next_ns;
}

uint32_t sb_queue_under_way(const struct sb_queue *q)
{
	return q->under_way;
}

void sb_queue_counters(const struct sb_queue *q, struct sb_link_counters *out)
{
	const struct sb_link_counters *c = &q->counters;

	out->arrived = __atomic_load_n(&c->arrived, __ATOMIC_RELAXED);
	out->lost = __atomic_load_n(&c->lost, __ATOMIC_RELAXED);
	out->outage = __atomic_load_n(&c->outage, __ATOMIC_RELAXED);
	out->queue_dropped = __atomic_load_n(&c->queue_dropped, __ATOMIC_RELAXED);
	out->duplicated = __atomic_load_n(&c->duplicated, __ATOMIC_RELAXED);
	out->reordered = __atomic_load_n(&c->reordered, __ATOMIC_RELAXED);
	out->corrupted = __atomic_load_n(&c->corrupted, __ATOMIC_RELAXED);
	out->failed = __atomic_load_n(&c->failed, __ATOMIC_RELAXED);
}
