// SPDX-License-Identifier: MIT
/* netem_counters.c - what the stages have counted, put together, and what is told of the stages */
#include "netem_shaper.h"

#include <stdio.h>

#include "satbed/base/json.h"

static int read_stages(struct sb_shaper *s, struct sb_qdisc_stats stats[SB_STAGE_MAX],
		       struct sb_err *err)
{
	/* The queue first: a drop of its own in between makes no parent's share negative. */
	for (size_t i = s->now.count; i-- > 0;) {
		bool served = i == SB_STAGE_QUEUE && s->now.served;

		if (sb_qdisc_read(served ? &s->ifb : sb_netem_place(s, i),
				  served ? SB_NETEM_RATE_QUEUE : sb_netem_handles[i], NULL,
				  &stats[i], err))
			return -1;
	}
	return 0;
}

/* Drops of the first stage's own, not of its child's. */
static int64_t lost_at_first(const struct sb_shaper *s, const struct sb_qdisc_stats *stats)
{
	int64_t below = s->single ? 0 : stats[s->split ? SB_STAGE_QUEUE : SB_STAGE_DELAY].drops;

	return (int64_t)stats[SB_STAGE_LOSS].drops - below;
}

int sb_netem_outage_edge(struct sb_shaper *s, bool outage, struct sb_err *err)
{
	struct sb_qdisc_stats stats[SB_STAGE_MAX];

	if (s->single || s->outage == outage)
		return 0;
	if (read_stages(s, stats, err))
		return -1;
	if (outage)
		s->outage_before = lost_at_first(s, stats);
	else
		s->outage_total += lost_at_first(s, stats) - s->outage_before;
	return 0;
}

/*
 * Packets that wait in the first stage or below it.  Kernels since the end of 2024 (and their
 * stable series) count a child's packets in its parents' queues as well; the first stage itself
 * holds none.
 */
static int64_t packets_inside(const struct sb_shaper *s, const struct sb_qdisc_stats *stats)
{
	int64_t inside = stats[SB_STAGE_LOSS].qlen;

	if (inside || s->single)
		return inside;
	inside = stats[SB_STAGE_QUEUE].qlen;
	return s->split ? inside : inside + stats[SB_STAGE_DELAY].qlen;
}

int sb_netem_count(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err)
{
	struct sb_qdisc_stats stats[SB_STAGE_MAX];
	const struct sb_qdisc_stats *first = &stats[SB_STAGE_LOSS], *delay = &stats[SB_STAGE_DELAY];
	int64_t lost;

	if (read_stages(s, stats, err))
		return sb_wrap(err, "netem");
	*out = (struct sb_link_counters){
	    .duplicated = -1, .corrupted = s->dir.initial.corrupt_ppb ? -1 : 0, .late = -1};
	if (s->single) {
		/* One drop counter for everything, and a copy counts as an arrival. */
		out->arrived = out->lost = out->outage = out->queue_dropped = out->failed = -1;
		out->sent = (int64_t)first->packets;
		out->reordered = first->requeues;
		return 0;
	}
	out->arrived = (int64_t)first->packets + first->drops + packets_inside(s, stats);
	out->sent = (int64_t)(s->split ? delay : first)->packets;
	out->duplicated = 0;
	out->queue_dropped = stats[SB_STAGE_QUEUE].drops;
	out->failed = delay->drops - (s->split ? 0 : out->queue_dropped);
	out->reordered = delay->requeues;
	lost = lost_at_first(s, stats);
	out->outage = s->outage_total + (s->outage ? lost - s->outage_before : 0);
	out->lost = lost - out->outage;
	return 0;
}

static void describe_rate_queue(const struct sb_rate_queue *q, cJSON *list)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "handle", "5a7e:");
	sb_json_add_str(obj, "kind", "htb");
	sb_json_add_i64(obj, "limit_bytes", q->limit_bytes);
	sb_json_add_i64(obj, "rate_bytes", (int64_t)q->rate_bytes);
	sb_json_add_i64(obj, "burst_ns", q->burst_ns);
	cJSON_AddItemToArray(list, obj);
}

void sb_netem_describe(struct sb_shaper *s, cJSON *into)
{
	cJSON *list = cJSON_AddArrayToObject(into, "qdiscs");

	for (size_t i = 0; i < s->now.count; i++) {
		const struct sb_netem *n = &s->now.stage[i];
		cJSON *obj = cJSON_CreateObject();
		char handle[16];

		snprintf(handle, sizeof(handle), "%x:", sb_netem_handles[i] >> 16);
		sb_json_add_str(obj, "handle", handle);
		sb_json_add_i64(obj, "limit_packets", n->limit);
		sb_json_add_i64(obj, "latency_ns", n->latency_ns);
		if (n->rate_bytes && n->rate_bytes != SB_NETEM_ORDER_ONLY)
			sb_json_add_i64(obj, "rate_bytes", (int64_t)n->rate_bytes);
		sb_json_add_str(obj, "loss", n->gemodel ? "gemodel" : n->loss ? "random" : "none");
		cJSON_AddItemToArray(list, obj);
	}
	if (s->now.served)
		describe_rate_queue(&s->now.rate_queue, list);
	sb_json_add_bool(into, "seed_honoured", s->seeded);
	sb_json_add_bool(into, "single_netem", s->single);
	sb_json_add_bool(into, "queue_before_delay", s->split);
	if (s->no_split[0])
		sb_json_add_str(into, "why_delay_first", s->no_split);
	if (s->single)
		sb_json_add_str(
		    into, "single_netem_costs",
		    "duplication needs one netem for everything: each step restarts the "
		    "loss process, the queue and the delay line share one limit, drops "
		    "are not told apart");
	if (s->dir.initial.reorder_ppb && !s->split)
		sb_json_add_str(into, "reordering",
				"a reordered packet skips the queue as well as the delay");
	if (s->dir.initial.corrupt_ppb)
		sb_json_add_str(into, "corruption",
				"netem may flip a bit of the Ethernet header as well");
}
