// SPDX-License-Identifier: MIT
/* flows_result.c - what became of the flows' packets, and their totals */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fate.h"
#include "flows_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

static void note_datagram(struct sb_flows *f, const struct sb_sent *s, enum sb_dir dir,
			  bool complete, bool track)
{
	static const enum sb_retransmit_cause causes[] = {
	    [SB_LOST_LINK] = SB_RETRANSMIT_LINK,
	    [SB_LOST_QUEUE] = SB_RETRANSMIT_QUEUE,
	    [SB_LOST_OUTAGE] = SB_RETRANSMIT_OUTAGE,
	};
	struct sb_flow_totals *flow = &f->flows[s->flow];
	bool known = complete && s->fate >= SB_LOST_LINK;
	uint64_t *to = sb_flow_has_both(flow->plan) ? flow->datagrams[dir].causes : flow->causes;

	if (s->arrived_ns == SB_NEVER)
		to[known ? causes[s->fate] : SB_RETRANSMIT_UNKNOWN]++;
	else if (track && dir == (enum sb_dir)flow->plan->dir)
		sb_flow_progress_arrive(&flow->moves, s->t_ns, s->arrived_ns, s->payload);
}

/* The fates of a direction's segments, in order of time: why they were sent again, and what they
 * brought. */
static void judge_sendings(struct sb_flows *f, enum sb_dir dir, bool complete, bool track)
{
	struct sb_history *histories = sb_alloc(f->connections + 1, sizeof(*histories));
	size_t gone = 0;

	for (size_t i = 0; i < f->sending_count; i++) {
		const struct sb_sending *s = &f->sendings[i];
		struct sb_flow_totals *flow = &f->flows[s->flow];
		uint64_t fresh;
		int cause;

		sb_spill_pass(&f->sending_spill, &gone, i * sizeof(*s));

		if (flow->plan->dir != dir)
			continue;
		cause = sb_history_add(&histories[s->connection], s, complete, &fresh);
		if (cause >= 0) {
			int64_t bin = sb_grid_bin(&f->series->grid, s->t_ns);

			flow->causes[cause] += s->range.again;
			if (bin >= 0)
				f->series->flows[s->flow].again[cause][bin] += s->range.again;
		}
		flow->timeouts += s->range.timeout;
		flow->spurious_timeouts += s->range.timeout && cause == SB_RETRANSMIT_SPURIOUS;
		if (s->range.timeout && track)
			sb_flow_progress_timeout(&flow->moves, s->t_ns,
						 cause == SB_RETRANSMIT_SPURIOUS);
		if (fresh && track)
			sb_flow_progress_arrive(&flow->moves, s->t_ns, s->arrived_ns, fresh);
	}
	for (uint32_t i = 0; i < f->connections; i++)
		sb_history_fini(&histories[i]);
	free(histories);
}

void sb_flows_fates(struct sb_flows *f, const struct sb_packet_match *packet_match, enum sb_dir dir,
		    bool complete)
{
	/* Only around outages does it matter when what arrived. */
	bool track = sb_has_outage(f->in->plan, f->link);
	size_t gone = 0, told = 0;

	for (size_t i = 0; i < packet_match->sent_count; i++) {
		const struct sb_sent *s = &packet_match->sent[i];

		sb_spill_pass(&packet_match->sent_spill, &gone, i * sizeof(*s));
		if (s->sending != SB_NO_SENDING) {
			sb_spill_pass(&f->sending_spill, &told, s->sending * sizeof(*f->sendings));
			f->sendings[s->sending].fate = s->fate;
			f->sendings[s->sending].arrived_ns = s->arrived_ns;
		} else if (s->flow >= 0) {
			note_datagram(f, s, dir, complete, track);
		}
	}
	judge_sendings(f, dir, complete, track);
}

void sb_flows_recover(struct sb_flows *f, size_t link, struct sb_flow_result *out)
{
	bool any = sb_has_outage(f->in->plan, link);

	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		struct sb_flow_totals *flow = &f->flows[i];

		if (flow->plan->client != link)
			continue;
		if (any)
			out[i].recovery_count =
			    sb_recover(f->in, link, &flow->moves, &out[i].recoveries);
		sb_flow_progress_fini(&flow->moves);
	}
	f->sending_count = 0;
	f->connections = 0;
}

void sb_flows_datagrams(struct sb_flows *f, const struct sb_packet_match *packet_match,
			enum sb_dir dir)
{
	size_t gone = 0;

	for (size_t i = 0; i < packet_match->sent_count; i++) {
		const struct sb_sent *s = &packet_match->sent[i];
		struct sb_flow_totals *flow;

		sb_spill_pass(&packet_match->sent_spill, &gone, i * sizeof(*s));

		if (s->flow < 0)
			continue;
		flow = &f->flows[s->flow];
		flow->datagrams[dir].sent++;
		if (s->arrived_ns == SB_NEVER)
			flow->datagrams[dir].lost++;
		else
			flow->datagrams[dir].bytes += s->payload;
		if (dir != (enum sb_dir)flow->plan->dir)
			continue;
		flow->packets++;
		if (s->arrived_ns == SB_NEVER)
			flow->lost++;
		else
			sb_flows_note_payload(f, flow, s->arrived_ns, s->payload);
	}
}

/* The connection that carried most stands for its flow. */
static void hand_over_sequences(struct sb_flows *f)
{
	for (size_t i = 0; i <= f->mask; i++) {
		struct sb_flow_connection *c = &f->table[i];
		struct sb_sequence **best;

		if (!c->sequence)
			continue;
		best = &f->series->flows[sb_flow_of_key(c->key)].sequence;
		if (*best && (*best)->highest >= c->sequence->highest)
			continue;
		sb_sequence_free(*best);
		*best = sb_steal(&c->sequence);
	}
}

/* What the connections were, and what they say of their flow where TCP says nothing. */
static void finish_quic(struct sb_flow_totals *flow, struct sb_flow_result *r)
{
	sb_quic_flow_finish(&flow->quic, &r->quic);
	if (!sb_flow_has_both(flow->plan) || flow->tcp_seen)
		return;
	memcpy(r->causes, flow->datagrams[flow->plan->dir].causes, sizeof(r->causes));
	if (!r->quic.connections)
		return;
	r->handshake_ms = r->quic.handshake_ms;
	if (r->quic.spins)
		r->rtt_ms = r->quic.spin_rtt_ms;
}

static void add_quic_connections(struct sb_flows *f)
{
	for (size_t i = 0; i <= f->mask; i++)
		if (f->table[i].quic)
			sb_quic_flow_add(&f->flows[sb_flow_of_key(f->table[i].key)].quic,
					 f->table[i].quic);
}

/* TCP_INFO is of the first subflow only, and a subflow that was closed takes its counters along. */
static void finish_mptcp(struct sb_flow_totals *flow, struct sb_flow_result *r)
{
	struct sb_mptcp_result *m = &r->mptcp;

	memcpy(m->path, flow->mptcp.path, sizeof(m->path));
	for (size_t i = 0; i < SB_MAX_TERMINALS; i++)
		m->used |= m->path[i].mapped > 0;
	if (!m->used)
		return;
	m->repeated = sb_mptcp_flow_repeated(&flow->mptcp);
	r->bytes -= m->repeated;
	r->retransmits_tcp_info = -1;
}

void sb_flows_finish(struct sb_flows *f, struct sb_flow_result *out)
{
	hand_over_sequences(f);
	add_quic_connections(f);
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		struct sb_flow_totals *flow = &f->flows[i];
		struct sb_flow_result *r = &out[i];

		*r = (struct sb_flow_result){
		    .recovery_count = r->recovery_count,
		    .recoveries = r->recoveries,
		    .timeouts = flow->timeouts,
		    .spurious_timeouts = flow->spurious_timeouts,
		    .bytes = flow->bytes,
		    .retransmits = (int64_t)flow->retransmits,
		    .retransmits_tcp_info = f->in->flows ? f->in->flows[i].retransmits : -1,
		    .packets = flow->packets,
		    .lost = flow->lost,
		    .rtt_ms = sb_times_quantiles(&flow->rtt),
		    .handshake_ms = NAN,
		    .syn = flow->syn,
		    .syn_ack = flow->syn_ack,
		    .other_syn = flow->other_syn,
		    .other_syn_ack = flow->other_syn_ack,
		    .tcp_seen = flow->tcp_seen,
		    .window_cap_bps = NAN,
		    .settled_bps = NAN,
		    .bin_count = f->bin_count,
		    .bins = sb_steal(&flow->bins),
		    .bin_retransmits = sb_steal(&flow->bin_retransmits),
		};
		memcpy(r->causes, flow->causes, sizeof(r->causes));
		memcpy(r->datagrams, flow->datagrams, sizeof(r->datagrams));
		finish_quic(flow, r);
		finish_mptcp(flow, r);
		if (flow->handshake_ns != SB_NEVER)
			r->handshake_ms = (double)flow->handshake_ns / SB_NS_PER_MS;
		if (flow->first_ns != SB_NEVER && flow->until_ns > flow->first_ns)
			r->seconds = (double)(flow->until_ns - flow->first_ns) / SB_NS_PER_S;
		if (r->seconds > 0)
			r->goodput_bps = 8 * (double)r->bytes / r->seconds;
		if (flow->until_ns > flow->settled_ns)
			r->settled_bps = 8e9 * (double)flow->settled_bytes /
					 (double)(flow->until_ns - flow->settled_ns);
	}
}
