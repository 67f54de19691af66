// SPDX-License-Identifier: MIT
/*
 * queue.c - loss, duplication, queue, serialiser, delay: the arithmetic of one direction of a link
 *
 *	arrive -> loss -> duplicate -> [ waiting bytes ] -> serialiser -> delay line -> depart
 *	                                   discipline           \-------> express lane (reordered)
 *
 * Loss, duplication and delay are a client's own (link_input.h); queue and serialiser may be shared by
 * several clients, first come, first served.
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

#include "codel.h"
#include "link_input.h"
#include "pie.h"
#include "queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"

/* Steps older than this cannot matter any more: no arrival is looked at that late. */
#define FORGET_NS SB_NS_PER_S

/* Starts are planned at least this often, well within the time steps are known ahead. */
#define PLAN_NS (20 * SB_NS_PER_MS)

/*
 * A frame that waits, or waited, for the serialiser.  @gone: it was taken out while it waited, its
 * bytes are no longer counted.
 */
struct waiter {
	int64_t arrival_ns, start_ns;
	uint64_t index;
	uint32_t len, handle;
	uint8_t client;
	bool reorder, gone;
};

/* After so long without a packet nothing of PIE's past matters. */
#define PIE_FORGET_NS (60 * SB_NS_PER_S)

struct sb_queue {
	uint32_t mask, capacity;
	uint64_t queue_bytes;
	uint64_t first_rate_bps; /* what queue_bytes is a time at */
	uint32_t frame_bytes, overhead_bytes;
	enum sb_discipline_kind discipline;
	int64_t limit_ns; /* drop-head: nothing waits longer; 0 = it may */
	struct sb_codel codel;
	struct sb_pie pie;
	struct sb_rng pie_rng; /* of its own: losses are the same under every discipline */

	struct sb_link_input
	    *feeds; /* of the clients; rate and queue actions are the first one's */
	uint32_t feed_count;
	uint64_t rate_bps; /* in force for starts */
	uint32_t step_start, step_action;

	int64_t last_arrival_ns;

	/* accounted <= planned <= wait_head */
	struct waiter *waiters;
	uint32_t wait_head, planned, accounted;
	uint32_t unplanned_reorder;
	uint64_t waiting_bytes;
	int64_t flushed_ns;	 /* what arrived before waits no more */
	int64_t last_sojourn_ns; /* of the last one accounted */
	/* CoDel: waiters up to @seen had arrived at the last start; those not planned have so many
	 * bytes. */
	uint32_t seen;
	uint64_t seen_bytes;

	int64_t free_ns;
	uint64_t free_frac;
	struct sb_lane dropped;
	uint32_t under_way;
};

/* Another thread may read while this one counts; there is one writer, so no locked instruction. */
static void count(int64_t *counter, int64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

struct sb_queue *sb_queue_new(const struct sb_queue_config *config)
{
	return sb_queue_new_shared(config, 1);
}

struct sb_queue *sb_queue_new_shared(const struct sb_queue_config *config, uint32_t clients)
{
	struct sb_queue *q = sb_alloc(1, sizeof(*q));
	uint32_t size = 64;

	while (size < config->capacity && size < (1u << 31))
		size *= 2;
	q->mask = size - 1;
	q->capacity = config->capacity < size ? config->capacity : size;
	q->queue_bytes = config->queue_bytes;
	q->first_rate_bps = config->initial.rate_bps;
	q->frame_bytes = config->frame_bytes;
	q->overhead_bytes = config->overhead_bytes;
	q->discipline = config->discipline.kind;
	if (q->discipline == SB_DROP_HEAD)
		q->limit_ns = config->discipline.target_ns;
	q->codel = (struct sb_codel){.target_ns = config->discipline.target_ns,
				     .interval_ns = config->discipline.interval_ns};
	q->pie = (struct sb_pie){.target_ns = config->discipline.target_ns,
				 .update_ns = config->discipline.interval_ns,
				 .limit_bytes = config->queue_bytes,
				 .next_ns = INT64_MIN};
	sb_rng_seed(&q->pie_rng, config->seed, 1);
	q->rate_bps = config->initial.rate_bps;
	q->last_arrival_ns = INT64_MIN;
	q->free_ns = INT64_MIN;
	q->flushed_ns = INT64_MIN;
	/* Large zeroed blocks are fresh mappings: pages come as they are used. */
	q->waiters = sb_alloc(size, sizeof(*q->waiters));
	q->dropped.at = sb_alloc(size, sizeof(*q->dropped.at));
	q->feed_count = clients;
	q->feeds = sb_alloc(clients, sizeof(*q->feeds));
	for (uint32_t i = 0; i < clients; i++)
		sb_link_input_init(&q->feeds[i], &config[i].initial, &config[i].exact,
				   config[i].seed, config[i].may_overtake, q->mask);
	return q;
}

void sb_queue_free(struct sb_queue *q)
{
	if (!q)
		return;
	for (uint32_t i = 0; i < q->feed_count; i++)
		sb_link_input_fini(&q->feeds[i]);
	free(q->feeds);
	free(q->waiters);
	free(q->dropped.at);
	free(q);
}

static void move_start_rate(struct sb_queue *q, int64_t at_ns)
{
	const struct sb_link_input *f = &q->feeds[0];

	for (; q->step_start != f->head; q->step_start++) {
		const struct sb_link_input_step *s = sb_link_input_step(f, q->step_start);

		if (s->at_ns > at_ns)
			return;
		if (s->state.rate_bps != q->rate_bps) {
			q->rate_bps = s->state.rate_bps;
			/* A fraction of the old rate's unit: less than 1 ns, once per change. */
			q->free_frac = 0;
		}
	}
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t pending_steps(const struct sb_queue *q, const struct sb_link_input *f)
{
	uint32_t pending = sb_link_input_pending(f);

	if (f != &q->feeds[0])
		return pending;
	return larger(pending, larger(f->head - q->step_start, f->head - q->step_action));
}

/* The first bit of @w goes out at @start_ns; returns when the frame leaves the link. */
static int64_t serialise(struct sb_queue *q, const struct waiter *w, int64_t start_ns)
{
	struct sb_departure d = {.index = w->index, .handle = w->handle, .len = w->len};

	move_start_rate(q, start_ns);
	if (start_ns > q->free_ns) {
		q->free_ns = start_ns;
		q->free_frac = 0;
	}
	if (q->rate_bps) {
		uint64_t bits = ((uint64_t)w->len + q->overhead_bytes) * 8;
		uint64_t units = bits * SB_NS_PER_S + q->free_frac;

		q->free_ns += (int64_t)(units / q->rate_bps);
		q->free_frac = units % q->rate_bps;
	}
	d.depart_ns = q->free_ns;
	return sb_link_input_delay(&q->feeds[w->client], &d, w->reorder);
}

/* --- dropping what waits --- */

static void give_back(struct sb_queue *q, const struct waiter *w)
{
	q->dropped.at[q->dropped.head++ & q->mask] = (struct sb_departure){
	    .depart_ns = w->arrival_ns, .index = w->index, .handle = w->handle, .len = w->len};
	count(&q->feeds[w->client].counters.queue_dropped, 1);
}

/* The waiter at @pos, whose start is not planned, is taken out of the queue. */
static void take_out(struct sb_queue *q, uint32_t pos)
{
	struct waiter *w = &q->waiters[pos & q->mask];

	w->gone = true;
	q->waiting_bytes -= w->len;
	q->unplanned_reorder -= w->reorder;
	if ((int32_t)(pos - q->seen) < 0)
		q->seen_bytes -= w->len;
	give_back(q, w);
}

/* The first waiter in the ring that is not planned is one that still waits. */
static void skip_gone(struct sb_queue *q)
{
	while (q->planned != q->wait_head && q->waiters[q->planned & q->mask].gone)
		q->planned++;
	if ((int32_t)(q->planned - q->seen) > 0)
		q->seen = q->planned;
}

/* CoDel looks at the queue as it is when a frame's turn comes, whenever that is computed. */
static bool codel_drops(struct sb_queue *q, const struct waiter *w)
{
	while (q->seen != q->wait_head) {
		const struct waiter *later = &q->waiters[q->seen & q->mask];

		if (later->arrival_ns > w->start_ns)
			break;
		q->seen_bytes += later->gone ? 0 : later->len;
		q->seen++;
	}
	q->seen_bytes -= w->len;
	return sb_codel_drops(&q->codel, w->start_ns, w->start_ns - w->arrival_ns, q->seen_bytes,
			      q->frame_bytes);
}

/* From when on what could start at @at_ns does: not while the link is stopped, and SB_QUEUE_NEVER as
 * long as no step is known that ends that. */
static int64_t sending_from(const struct sb_queue *q, int64_t at_ns)
{
	const struct sb_link_input *f = &q->feeds[0];
	uint64_t rate_bps = q->rate_bps;

	for (uint32_t i = q->step_start; i != f->head; i++) {
		const struct sb_link_input_step *s = sb_link_input_step(f, i);

		if (s->at_ns > at_ns) {
			if (rate_bps != SB_RATE_STOPPED)
				return at_ns;
			at_ns = s->at_ns;
		}
		rate_bps = s->state.rate_bps;
	}
	return rate_bps == SB_RATE_STOPPED ? SB_QUEUE_NEVER : at_ns;
}

static int64_t next_start_ns(const struct sb_queue *q)
{
	const struct waiter *w = &q->waiters[q->planned & q->mask];

	return sending_from(q, w->arrival_ns > q->free_ns ? w->arrival_ns : q->free_ns);
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
		if ((q->discipline == SB_CODEL && codel_drops(q, w)) ||
		    (q->limit_ns && start_ns - w->arrival_ns > q->limit_ns))
			give_back(q, w);
		else
			serialise(q, w, start_ns);
		q->planned++;
		skip_gone(q);
	}
}

/* How much of what waits may stay; the queue is a time as much as a size. */
static uint64_t bytes_to_stay(const struct sb_queue *q, const struct sb_link_state *state)
{
	if (state->queue_action == SB_QUEUE_FLUSH)
		return 0;
	if (!q->first_rate_bps || state->rate_bps >= q->first_rate_bps ||
	    state->rate_bps == SB_RATE_STOPPED)
		return q->queue_bytes;
	return (uint64_t)((double)q->queue_bytes * (double)state->rate_bps /
			  (double)q->first_rate_bps);
}

/* Takes out the oldest of those that wait at @at_ns until no more than allowed are left. */
static void act(struct sb_queue *q, const struct sb_link_state *state, int64_t at_ns)
{
	uint64_t stay = bytes_to_stay(q, state), waiting = 0;
	uint32_t end;

	plan_starts(q, at_ns);
	for (end = q->planned; end != q->wait_head; end++) {
		const struct waiter *w = &q->waiters[end & q->mask];

		if (w->arrival_ns >= at_ns)
			break;
		waiting += w->gone ? 0 : w->len;
	}
	for (uint32_t pos = q->planned; pos != end && waiting > stay; pos++) {
		if (q->waiters[pos & q->mask].gone)
			continue;
		waiting -= q->waiters[pos & q->mask].len;
		take_out(q, pos);
	}
	skip_gone(q);
	if (state->queue_action == SB_QUEUE_FLUSH)
		q->flushed_ns = at_ns;
}

static void run_actions(struct sb_queue *q, int64_t until_ns)
{
	const struct sb_link_input *f = &q->feeds[0];

	for (; q->step_action != f->head; q->step_action++) {
		const struct sb_link_input_step *s = sb_link_input_step(f, q->step_action);

		if (s->at_ns > until_ns)
			return;
		if (s->state.queue_action != SB_QUEUE_KEEP)
			act(q, &s->state, s->at_ns);
	}
}

int sb_queue_apply(struct sb_queue *q, uint32_t client, const struct sb_link_state *state,
		   int64_t at_ns, int64_t now_ns)
{
	struct sb_link_input *f = &q->feeds[client];

	/* An idle link looks at no step, yet its timeline goes on. */
	if (pending_steps(q, f) == SB_LINK_INPUT_STEPS) {
		run_actions(q, now_ns - FORGET_NS);
		plan_starts(q, now_ns - FORGET_NS);
		move_start_rate(q, now_ns - FORGET_NS);
		sb_link_input_arrive_at(f, now_ns - FORGET_NS);
		sb_link_input_done_at(f, now_ns - FORGET_NS);
		if (pending_steps(q, f) == SB_LINK_INPUT_STEPS)
			return -1;
	}
	sb_link_input_apply(f, state, at_ns);
	return 0;
}

/* Is there room for @len more bytes, or can the discipline make some? */
static bool has_room(struct sb_queue *q, uint32_t len)
{
	while (q->waiting_bytes + len > q->queue_bytes) {
		if (q->discipline != SB_DROP_HEAD || q->planned == q->wait_head)
			return false;
		take_out(q, q->planned);
		skip_gone(q);
	}
	return true;
}

/* May a frame that has to wait do so?  @draw is PIE's. */
static bool may_wait(struct sb_queue *q, const struct waiter *w, double draw)
{
	bool may;

	/* It was seen only after the flush that it would have waited for. */
	if (w->arrival_ns < q->flushed_ns)
		return false;
	if (q->discipline != SB_PIE)
		return has_room(q, w->len);
	may = has_room(q, w->len);
	if (!may)
		q->pie.accu_prob = 0;
	else
		may = !sb_pie_drops(&q->pie, q->waiting_bytes, q->frame_bytes, draw);
	sb_pie_queued(&q->pie, q->waiting_bytes + (may ? w->len : 0));
	return may;
}

/* One copy into the serialiser or the queue before it. */
static enum sb_fate enter(struct sb_queue *q, const struct waiter *w, double draw,
			  int64_t *depart_ns)
{
	bool idle = q->planned == q->wait_head && !q->waiting_bytes && q->free_ns <= w->arrival_ns;

	idle = idle && sending_from(q, w->arrival_ns) == w->arrival_ns;
	if (!idle && !may_wait(q, w, draw))
		return SB_FATE_QUEUE_FULL;
	if (q->under_way == q->capacity || q->wait_head - q->accounted > q->mask)
		return SB_FATE_NO_ROOM;
	q->under_way++;
	if (idle) {
		sb_codel_empty(&q->codel);
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

		if (!w->gone && w->start_ns > arrival_ns)
			return;
		if (!w->gone) {
			q->waiting_bytes -= w->len;
			q->last_sojourn_ns = w->start_ns - w->arrival_ns;
		}
		q->accounted++;
	}
}

/* PIE's updates that are due, each with the queue as it was then; the draw for this packet. */
static double advance_pie(struct sb_queue *q, int64_t arrival_ns)
{
	struct sb_pie *p = &q->pie;

	if (p->next_ns == INT64_MIN || arrival_ns - p->next_ns > PIE_FORGET_NS) {
		p->active = false;
		p->next_ns = arrival_ns + p->update_ns;
	}
	for (; p->next_ns <= arrival_ns; p->next_ns += p->update_ns) {
		account_waiting(q, p->next_ns);
		sb_pie_update(p, q->waiting_bytes ? q->last_sojourn_ns : 0);
	}
	account_waiting(q, arrival_ns);
	return sb_rng_unit(&q->pie_rng);
}

static void enter_copies(struct sb_queue *q, struct waiter *w, const bool reorder[2],
			 struct sb_queue_decision *v)
{
	double draw = q->discipline == SB_PIE ? advance_pie(q, w->arrival_ns) : 0;
	struct sb_link_counters *counters = &q->feeds[w->client].counters;
	int copies = v->duplicated ? 2 : 1;
	int64_t depart_ns = SB_QUEUE_NEVER;

	for (int i = 0; i < copies; i++) {
		enum sb_fate fate;

		w->reorder = reorder[i];
		fate = enter(q, w, draw, &depart_ns);
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
	count(&counters->queue_dropped, v->queue_dropped);
	count(&counters->reordered, v->reordered);
	count(&counters->failed, copies - v->copies - v->queue_dropped);
}

void sb_queue_arrive(struct sb_queue *q, uint32_t client, int64_t arrival_ns, uint32_t len,
		     uint32_t handle, struct sb_queue_decision *out)
{
	struct sb_link_input *f = &q->feeds[client];
	struct waiter w = {
	    .len = len, .handle = handle, .index = f->next_index++, .client = (uint8_t)client};
	struct sb_chances drawn;

	/* Stamps are taken on several processors before the ring's order is decided. */
	if (arrival_ns < q->last_arrival_ns)
		arrival_ns = q->last_arrival_ns;
	q->last_arrival_ns = arrival_ns;
	w.arrival_ns = arrival_ns;
	sb_link_input_arrive_at(f, arrival_ns);
	sb_link_input_draw(f, w.index, &drawn);
	*out = (struct sb_queue_decision){
	    .index = w.index, .arrival_ns = arrival_ns, .depart_ns = SB_QUEUE_NEVER};
	count(&f->counters.arrived, 1);
	if (f->state.outage) {
		out->fate = SB_FATE_OUTAGE;
		count(&f->counters.outage, 1);
		return;
	}
	if (drawn.lost) {
		out->fate = SB_FATE_LOST;
		count(&f->counters.lost, 1);
		return;
	}
	if (drawn.duplicate) {
		out->duplicated = true;
		count(&f->counters.duplicated, 1);
	}
	run_actions(q, arrival_ns);
	/* PIE looks at the queue at instants before this one. */
	if (q->discipline != SB_PIE)
		account_waiting(q, arrival_ns);
	enter_copies(q, &w, drawn.reorder, out);
	if (drawn.corrupt && out->copies && len > SB_QUEUE_ETHER_LEN) {
		uint32_t first = SB_QUEUE_ETHER_LEN * 8;

		out->corrupt_bit = first + (uint32_t)(drawn.bit % (len * 8 - first));
		count(&f->counters.corrupted, 1);
	}
}

/* The feed and the lane whose next packet leaves first; -1 when nothing is under way. */
static int next_lane(const struct sb_queue *q, struct sb_link_input **feed)
{
	int64_t first_ns = INT64_MAX;
	int first = -1;

	for (uint32_t i = 0; i < q->feed_count; i++) {
		int lane = sb_delay_line_next(&q->feeds[i].lanes);
		int64_t depart_ns;

		if (lane < 0)
			continue;
		depart_ns = sb_delay_line_first(&q->feeds[i].lanes, lane)->depart_ns;
		if (first >= 0 && depart_ns >= first_ns)
			continue;
		first_ns = depart_ns;
		first = lane;
		*feed = &q->feeds[i];
	}
	return first;
}

uint32_t sb_queue_depart_ahead(struct sb_queue *q, int64_t now_ns, int64_t until_ns,
			       struct sb_departure *out, uint32_t max)
{
	uint32_t n = 0;

	run_actions(q, now_ns);
	plan_starts(q, now_ns);
	while (n < max) {
		struct sb_link_input *f;
		int lane = next_lane(q, &f);

		if (lane < 0 || sb_delay_line_first(&f->lanes, lane)->depart_ns > until_ns)
			break;
		out[n++] = *sb_delay_line_first(&f->lanes, lane);
		sb_delay_line_pop(&f->lanes, lane);
	}
	q->under_way -= n;
	return n;
}

uint32_t sb_queue_depart(struct sb_queue *q, int64_t now_ns, struct sb_departure *out, uint32_t max)
{
	return sb_queue_depart_ahead(q, now_ns, now_ns, out, max);
}

bool sb_queue_take_dropped(struct sb_queue *q, struct sb_departure *out)
{
	if (q->dropped.tail == q->dropped.head)
		return false;
	*out = q->dropped.at[q->dropped.tail++ & q->mask];
	q->under_way--;
	return true;
}

/*
 * What no frame that now waits is delayed less than.  Steps are known some time ahead, not for
 * ever: beyond PLAN_NS it is time to look again.
 */
static int64_t least_delay_ns(const struct sb_queue *q)
{
	int64_t least_ns = PLAN_NS;

	for (uint32_t i = 0; i < q->feed_count; i++)
		least_ns = sb_link_input_least_delay_ns(&q->feeds[i], least_ns);
	return least_ns;
}

int64_t sb_queue_transit_ns(const struct sb_queue *q)
{
	for (uint32_t i = 0; i < q->feed_count; i++)
		if (sb_link_input_may_skip(&q->feeds[i]))
			return 0;
	return least_delay_ns(q);
}

int64_t sb_queue_next_ns(const struct sb_queue *q)
{
	struct sb_link_input *f;
	int lane = next_lane(q, &f);
	int64_t next_ns =
	    lane < 0 ? SB_QUEUE_NEVER : sb_delay_line_first(&f->lanes, lane)->depart_ns;

	if (q->planned != q->wait_head) {
		int64_t earliest_ns = next_start_ns(q);

		/* Whatever waits leaves no sooner than the next start and the least delay, unless
		 * one of them skips the delay. */
		if (!q->unplanned_reorder && earliest_ns != SB_QUEUE_NEVER)
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

void sb_queue_counters(const struct sb_queue *q, uint32_t client, struct sb_link_counters *out)
{
	const struct sb_link_counters *c = &q->feeds[client].counters;

	out->arrived = __atomic_load_n(&c->arrived, __ATOMIC_RELAXED);
	out->lost = __atomic_load_n(&c->lost, __ATOMIC_RELAXED);
	out->outage = __atomic_load_n(&c->outage, __ATOMIC_RELAXED);
	out->queue_dropped = __atomic_load_n(&c->queue_dropped, __ATOMIC_RELAXED);
	out->duplicated = __atomic_load_n(&c->duplicated, __ATOMIC_RELAXED);
	out->reordered = __atomic_load_n(&c->reordered, __ATOMIC_RELAXED);
	out->corrupted = __atomic_load_n(&c->corrupted, __ATOMIC_RELAXED);
	out->failed = __atomic_load_n(&c->failed, __ATOMIC_RELAXED);
}
