/* SPDX-License-Identifier: MIT */
/*
 * read_flows.c - one walk through a capture, in two threads where that is faster
 *
 *	reading:   pcap -> decode					into a batch
 *	following: key, hash -> slot of the table <- fetch		for a part of the batch,
 *	           flow <- fetch					that fits into the
 *	           segments under way <- fetch				first level cache
 *	           follow
 *
 * A batch holds all that following needs, so that the reader's window may move on.  There are a few
 * of them, which go round; a small file is walked in one thread with one batch.  Two processors
 * that share a cache take two thirds of the time of one; two that do not may take longer than one
 * alone, for each step has to go from one to the other.  So both are tried, and the faster one goes
 * on.
 */
#include "satbed/flow_analysis.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "rows.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "step.h"

#define BATCH	512u
#define ALONE	256u /* stays in the first level cache */
#define BATCHES 8u
#define PART	32u

/* So many packets between each of the steps that fetch what one takes. */
#define AHEAD 8u
#define RING  32u

/* Less is read before a thread has begun. */
#define SMALL_FILE (4u << 20)

/* So many packets are walked before the two ways are compared, and in each of them then. */
#define WARM_UP (1u << 20)
#define TRIAL	(1u << 19)

/* So many packets between two calls of the progress. */
#define PROGRESS_EVERY (1u << 16)

/** struct batch - packets on their way; @n 0: the capture is over; @more of each of @steps */
struct batch {
	size_t n;
	uint64_t records, position;
	_Alignas(64) struct sb_flow_analysis_step steps[BATCH];
	struct sb_flow_analysis_more more[BATCH];
};

/**
 * struct walk - what both sides share: @filled and @taken count batches, under @lock
 * @left_out is the reading side's, the rest the following one's
 * @over:	the capture is, or was interrupted
 */
struct walk {
	struct sb_pcap *pcap;
	struct batch *batches;
	pthread_mutex_t lock;
	pthread_cond_t full, free;
	uint64_t filled, taken;
	bool stop, over;
	struct sb_flow_analysis_left_out left_out;

	struct sb_flow_table table;
	struct sb_rows rows;
	struct sb_flow_analysis *out;
	bool csv;

	const struct sb_flow_analysis_options *options;
	uint64_t size, next_progress;
};

static void fill(struct walk *w, struct batch *b, size_t max)
{
	const struct sb_pcap_facts *facts = sb_pcap_facts(w->pcap);
	struct sb_frame frames[PART];

	b->n = 0;
	while (b->n < max) {
		size_t room = max - b->n;
		size_t n = sb_pcap_read(w->pcap, frames, room < PART ? room : PART);

		if (!n)
			break;
		for (size_t i = 0; i < n; i++)
			sb_step_make(&frames[i], &b->steps[b->n + i], &b->more[b->n + i],
				     &w->left_out);
		b->n += n;
	}
	b->records = facts->records;
	b->position = facts->position;
}

static __attribute__((noinline)) void take_other(struct walk *w, const struct sb_l4 *p)
{
	/* All places are taken by flows of the row that is being filled. */
	w->table.other.packets++;
	w->table.other.wire_bytes += p->wire_len;
	w->table.other.payload += p->payload_len;
}

static inline void take(struct walk *w, const struct sb_flow_analysis_step *s,
			const struct sb_flow_analysis_more *more, uint32_t hash,
			struct sb_live_flow *flow)
{
	const struct sb_l4 *p = &s->facts;
	struct sb_flow_key key;

	w->out->wire_bytes += p->wire_len;
	if (__builtin_expect(p->t_ns < w->out->first_ns, 0))
		w->out->first_ns = p->t_ns;
	if (__builtin_expect(!p->ip_version, 0))
		return;
	w->out->tcp += p->proto == 6;
	w->out->udp += p->proto == 17;
	if (w->csv)
		sb_rows_time(&w->rows, p->t_ns);
	if (__builtin_expect(!sb_step_is_of(flow, s, more), 0)) {
		sb_step_key(s, more, &key);
		flow = sb_flow_find(&w->table, &key, hash, p);
		if (!flow) {
			take_other(w, p);
			return;
		}
	}
	if (w->csv)
		sb_rows_touch(&w->rows, flow);
	if (__builtin_expect(sb_follow(&w->table, flow, s, more), 0) &&
	    w->table.kept > SB_FLOW_ANALYSIS_KEEP)
		sb_flow_trim(&w->table, flow);
}

/** struct lookout - what is known of the packets that come next; both by their place modulo RING */
struct lookout {
	uint32_t hashes[RING];
	struct sb_live_flow *flows[RING];
};

/* Look at what is ahead of @at, each step after the one before has had time to come. */
static inline void look_ahead(struct walk *w, const struct batch *b, struct lookout *l, size_t at)
{
	size_t i = at;

	if (i < b->n) {
		l->hashes[i % RING] = sb_step_hash(&w->table, &b->steps[i], &b->more[i]);
		sb_flow_prefetch(&w->table, l->hashes[i % RING]);
	}
	i = at - AHEAD;
	if (i < b->n)
		l->flows[i % RING] =
		    sb_flow_guess(&w->table, l->hashes[i % RING], sb_step_end(&b->steps[i]));
	i = at - 2 * AHEAD;
	if (i < b->n)
		sb_flow_fetch(l->flows[i % RING], sb_step_end(&b->steps[i]));
}

static void follow_batch(struct walk *w, const struct batch *b)
{
	struct lookout l;

	/* Numbers below 0 are beyond the end as well. */
	for (size_t at = 0; at < 3 * AHEAD; at++)
		look_ahead(w, b, &l, at);
	for (size_t i = 0; i < b->n; i++) {
		look_ahead(w, b, &l, i + 3 * AHEAD);
		take(w, &b->steps[i], &b->more[i], l.hashes[i % RING], l.flows[i % RING]);
	}
}

/* Wait until a batch is free to be filled, or for the end.  Once all were filled, until half are
 * free: to fall asleep and be woken costs more than to fill one. */
static bool wait_free(struct walk *w)
{
	bool go;

	pthread_mutex_lock(&w->lock);
	if (w->filled - w->taken == BATCHES)
		while (w->filled - w->taken > BATCHES / 2 && !w->stop)
			pthread_cond_wait(&w->free, &w->lock);
	go = !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void count_filled(struct walk *w)
{
	pthread_mutex_lock(&w->lock);
	w->filled++;
	pthread_cond_signal(&w->full);
	pthread_mutex_unlock(&w->lock);
}

static void count_taken(struct walk *w)
{
	pthread_mutex_lock(&w->lock);
	w->taken++;
	if (w->filled - w->taken <= BATCHES / 2)
		pthread_cond_signal(&w->free);
	pthread_mutex_unlock(&w->lock);
}

static void *read_ahead(void *arg)
{
	struct walk *w = arg;

	pthread_setname_np(pthread_self(), "satbed-reader");
	while (wait_free(w)) {
		/* Only this side counts it up. */
		struct batch *b = &w->batches[w->filled % BATCHES];

		fill(w, b, BATCH);
		count_filled(w);
		if (!b->n)
			break;
	}
	return NULL;
}

static const struct batch *wait_filled(struct walk *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->filled == w->taken)
		pthread_cond_wait(&w->full, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return &w->batches[w->taken % BATCHES];
}

static bool go_on(struct walk *w, const struct batch *b)
{
	const struct sb_flow_analysis_options *o = w->options;

	if (b->records < w->next_progress || !o->progress)
		return true;
	w->next_progress = b->records + PROGRESS_EVERY;
	return o->progress(o->arg, w->size ? (double)b->position / (double)w->size : 0, b->records);
}

static void follow_next(struct walk *w, const struct batch *b)
{
	if (b->n && go_on(w, b))
		follow_batch(w, b);
	else
		w->over = true;
}

/* Both ways walk on for @packets or a few more, or to the end. */
static void walk_alone(struct walk *w, uint64_t packets)
{
	struct batch *b = w->batches;

	for (uint64_t done = 0; !w->over && done < packets; done += b->n) {
		fill(w, b, ALONE);
		follow_next(w, b);
	}
}

static void walk_in_two(struct walk *w, uint64_t packets)
{
	pthread_t reader;

	w->filled = w->taken = 0;
	w->stop = false;
	if (pthread_create(&reader, NULL, read_ahead, w)) {
		walk_alone(w, packets);
		return;
	}
	for (uint64_t done = 0; !w->over && done < packets;) {
		const struct batch *b = wait_filled(w);

		done += b->n;
		follow_next(w, b);
		count_taken(w);
	}
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->free);
	pthread_mutex_unlock(&w->lock);
	pthread_join(reader, NULL);
	for (; !w->over && w->taken < w->filled; w->taken++)
		follow_next(w, &w->batches[w->taken % BATCHES]);
}

static bool has_two_processors(void)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 1;
}

static int64_t time_of(struct walk *w, void (*way)(struct walk *w, uint64_t packets))
{
	int64_t begun_ns = sb_mono_ns();

	way(w, TRIAL);
	return sb_mono_ns() - begun_ns;
}

static void walk_the_faster_way(struct walk *w)
{
	int64_t alone_ns, in_two_ns;

	walk_alone(w, WARM_UP);
	/* Flows that are new cost more, and there are fewer of them as time goes by. */
	in_two_ns = time_of(w, walk_in_two);
	alone_ns = time_of(w, walk_alone);
	if (in_two_ns < alone_ns)
		walk_in_two(w, UINT64_MAX);
	else
		walk_alone(w, UINT64_MAX);
}

static void walk_all(struct walk *w)
{
	bool small = w->size && w->size < SMALL_FILE;
	size_t count = small ? 1 : BATCHES;

	w->batches = sb_alloc_aligned(_Alignof(struct batch), count, sizeof(*w->batches));
	memset(w->batches, 0, count * sizeof(*w->batches));
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->full, NULL);
	pthread_cond_init(&w->free, NULL);
	if (!small && has_two_processors())
		walk_the_faster_way(w);
	else
		walk_alone(w, UINT64_MAX);
	pthread_cond_destroy(&w->free);
	pthread_cond_destroy(&w->full);
	pthread_mutex_destroy(&w->lock);
	free(w->batches);
}

static void finish_quic(struct sb_live_flow *from, struct sb_flow_analysis_flow *to)
{
	const struct sb_quic *q = from->quic;

	to->quic = (struct sb_flow_analysis_quic){
	    .known = true,
	    .retry = q->retry,
	    .negotiation = q->negotiation,
	    .spins = sb_quic_spins(q->spin_samples, q->spin_rejected),
	    .client_version = q->client_version,
	    .version = q->version,
	    .zero_rtt = q->zero_rtt,
	    .coalesced = q->coalesced,
	    .behind = q->behind,
	    .unread = q->unread,
	    .handshake_ns = q->handshake_ns,
	    .round_trip_ns = q->round_trip_ns,
	};
	for (int i = 0; i < 2 && !to->quic.spins; i++)
		to->dir[i].rtt = (struct sb_flow_analysis_spread){0};
}

static void finish_flow(struct sb_live_flow *from, struct sb_flow_analysis_flow *to)
{
	*to = (struct sb_flow_analysis_flow){.ip_version = from->ip_version,
					     .proto = from->proto,
					     .saw_start = from->saw_start,
					     .first_ns = from->first_ns,
					     .last_ns = from->last_ns,
					     .handshake_ns = from->handshake_ns};
	for (int i = 0; i < 2; i++) {
		int end = i ? !from->first : from->first;
		struct sb_half *h = &from->half[end];

		sb_flow_key_end(&from->key, from->ip_version, end, to->addr[i], &to->port[i]);
		to->dir[i] = h->sum;
		to->dir[i].rtt = sb_sketch_spread(&h->rtt);
		to->dir[i].ts_rtt = sb_sketch_spread(&h->ts_rtt);
		to->dir[i].unseen = sb_tcp_unseen(&h->sender);
	}
	if (from->quic)
		finish_quic(from, to);
}

static int compare_flows(const void *a, const void *b)
{
	const struct sb_flow_analysis_flow *x = a, *y = b;
	uint64_t of_x = x->dir[0].payload + x->dir[1].payload;
	uint64_t of_y = y->dir[0].payload + y->dir[1].payload;

	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (memcmp(x->addr, y->addr, sizeof(x->addr)) != 0)
		return memcmp(x->addr, y->addr, sizeof(x->addr));
	return memcmp(x->port, y->port, sizeof(x->port));
}

static void finish(struct walk *w)
{
	struct sb_flow_analysis *out = w->out;

	out->flows = sb_alloc(w->table.count + 1, sizeof(*out->flows));
	for (size_t i = 0; i < w->table.count; i++)
		if (w->table.flows[i].used)
			finish_flow(&w->table.flows[i], &out->flows[out->flow_count++]);
	qsort(out->flows, out->flow_count, sizeof(*out->flows), compare_flows);
	out->other = w->table.other;
	out->not_ip = w->left_out.not_ip;
	out->undecoded = w->left_out.undecoded;
	out->fragments = w->left_out.fragments;
	out->unknown_link = w->left_out.unknown_link;
	out->unknown_linktype = w->left_out.unknown_linktype;
	out->facts = *sb_pcap_facts(w->pcap);
	out->packets = out->facts.records;
	out->last_ns = out->facts.last_ns;
	if (!out->packets)
		out->first_ns = out->last_ns = 0;
}

void sb_flow_analysis_read(struct sb_pcap *pcap, const struct sb_flow_analysis_options *options,
			   struct sb_flow_analysis *out)
{
	struct walk *w = sb_alloc(1, sizeof(*w));

	*out = (struct sb_flow_analysis){.first_ns = INT64_MAX};
	w->pcap = pcap;
	w->out = out;
	w->csv = options->csv;
	w->options = options;
	w->size = sb_pcap_facts(pcap)->size;
	w->next_progress = PROGRESS_EVERY;
	sb_flow_table_init(&w->table,
			   options->max_flows ? options->max_flows : SB_FLOW_ANALYSIS_FLOWS);
	if (w->csv)
		sb_rows_begin(&w->rows, options->csv,
			      options->interval_ns > 0 ? options->interval_ns : 100 * SB_NS_PER_MS);
	walk_all(w);
	if (w->csv)
		sb_rows_end(&w->rows);
	finish(w);
	sb_flow_table_fini(&w->table);
	free(w);
}

void sb_flow_analysis_fini(struct sb_flow_analysis *s)
{
	free(s->flows);
	*s = (struct sb_flow_analysis){0};
}
