/* SPDX-License-Identifier: MIT */
/* flows.c - what the plan's flows did, from the packets of both captures */
#include "flows.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "fate.h"
#include "quic_flow.h"
#include "recovery.h"
#include "flows_priv.h"

#define PORTS 65536

/* A run of weeks at the shortest sample has fewer; beyond it throughput goes into the last bin. */
#define MAX_BINS (1u << 22)

/* Of how many connections of a flow the sequence is followed, to show the one that carried most. */
#define MAX_SEQUENCES 16

_Static_assert(SB_SERIES_CAUSES == SB_RETRANSMIT_CAUSES, "series know every cause");

/* Whole round trips before the end of @flow, as many as its second half has; half of it without. */
static int64_t settled_from(const struct sb_analysis_input *in, const struct sb_flow_totals *flow)
{
	const struct sb_link_dir *dir = in->plan->links[flow->plan->client].dir;
	int64_t rtt_ns = dir[SB_UP].initial.delay_ns + dir[SB_DOWN].initial.delay_ns;
	int64_t half_ns = (flow->until_ns - in->start_real_ns - flow->plan->start_ns) / 2;

	if (half_ns <= 0)
		return flow->until_ns;
	return flow->until_ns -
	       (rtt_ns > 0 && half_ns >= rtt_ns ? half_ns / rtt_ns * rtt_ns : half_ns);
}

struct sb_flows *sb_flows_new(const struct sb_analysis_input *in, struct sb_series *series)
{
	struct sb_flows *f = sb_alloc(1, sizeof(*f));
	int64_t length_ns = in->end_real_ns - in->start_real_ns, bin_ns = in->plan->sample_ns;

	f->in = in;
	f->sending_spill.dir = in->spill_dir;
	f->series = series;
	f->flows = sb_alloc(in->plan->flow_count + 1, sizeof(*f->flows));
	f->flow_of_port = sb_alloc(PORTS, sizeof(*f->flow_of_port));
	f->mask = 63;
	f->table = sb_alloc(f->mask + 1, sizeof(*f->table));
	if (bin_ns > 0 && length_ns > 0) {
		int64_t n = (length_ns - 1) / bin_ns + 1;

		f->bin_count = n < MAX_BINS ? (size_t)n : MAX_BINS;
	}
	for (size_t i = 0; i < in->plan->flow_count; i++) {
		struct sb_flow_totals *flow = &f->flows[i];
		int64_t planned;

		flow->plan = &in->plan->flows[i];
		planned = in->start_real_ns + flow->plan->start_ns + flow->plan->duration_ns;
		flow->until_ns = planned < in->end_real_ns ? planned : in->end_real_ns;
		if (in->flows && in->flows[i].end_real_ns > 0)
			flow->until_ns = in->flows[i].end_real_ns;
		flow->moves.until_ns = flow->until_ns;
		flow->moves.arrival_spill.dir = in->spill_dir;
		flow->mptcp.spill.dir = in->spill_dir;
		flow->settled_ns = settled_from(in, flow);
		flow->first_ns = flow->syn_ns = flow->handshake_ns = SB_NEVER;
		flow->syn.mss = flow->syn.window_scale = -1;
		flow->syn_ack = flow->other_syn = flow->other_syn_ack = flow->syn;
		flow->bins = sb_alloc(f->bin_count + 1, sizeof(*flow->bins));
		flow->bin_retransmits = sb_alloc(f->bin_count + 1, sizeof(*flow->bin_retransmits));
	}
	return f;
}

void sb_flows_free(struct sb_flows *f)
{
	if (!f)
		return;
	for (size_t i = 0; i <= f->mask; i++) {
		sb_tcp_sender_fini(&f->table[i].sender);
		sb_tcp_receiver_fini(&f->table[i].receiver);
		sb_sequence_free(f->table[i].sequence);
		free(f->table[i].quic);
	}
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		sb_times_fini(&f->flows[i].rtt);
		sb_times_fini(&f->flows[i].quic.spin);
		sb_flow_progress_fini(&f->flows[i].moves);
		sb_mptcp_flow_fini(&f->flows[i].mptcp);
		free(f->flows[i].bins);
		free(f->flows[i].bin_retransmits);
	}
	free(f->flows);
	free(f->table);
	free(f->flow_of_port);
	sb_spill_free(&f->sending_spill, f->sendings);
	free(f);
}

void sb_flows_select(struct sb_flows *f, size_t link, enum sb_point side)
{
	f->link = link;
	f->side = side;
	for (size_t i = 0; i < PORTS; i++)
		f->flow_of_port[i] = -1;
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		if (sb_flow_uses(f->in->plan, &f->in->plan->flows[i], link))
			f->flow_of_port[f->in->plan->flows[i].port] = (int32_t)i;
	}
	/* Where a port is published, the server's is seen beyond it and this one before. */
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		if (sb_flow_uses(f->in->plan, &f->in->plan->flows[i], link) &&
		    f->in->plan->flows[i].connect_port)
			f->flow_of_port[f->in->plan->flows[i].connect_port] = (int32_t)i;
	}
}

static struct sb_flow_connection *find_slot(struct sb_flow_connection *table, size_t mask,
					    uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (table[i].key && table[i].key != key)
		i = (i + 1) & mask;
	return &table[i];
}

static struct sb_flow_connection *find_connection(struct sb_flows *f, int32_t flow,
						  uint16_t client_port)
{
	uint64_t terminal = f->link % sb_plan_terminals(f->in->plan);
	uint64_t key = ((uint64_t)flow << 24 | terminal << 16 | client_port) + 1;
	struct sb_flow_connection *c = find_slot(f->table, f->mask, key);

	if (c->key)
		return c;
	if (f->used * 2 > f->mask) {
		size_t mask = f->mask * 2 + 1;
		struct sb_flow_connection *table = sb_alloc(mask + 1, sizeof(*table));

		for (size_t i = 0; i <= f->mask; i++) {
			if (f->table[i].key)
				*find_slot(table, mask, f->table[i].key) = f->table[i];
		}
		free(f->table);
		f->table = table;
		f->mask = mask;
		c = find_slot(f->table, f->mask, key);
	}
	f->used++;
	c->key = key;
	return c;
}

static void note_syn(struct sb_syn *syn, const struct sb_packet *p)
{
	uint8_t ecn = p->flags & (SB_TCP_ECE | SB_TCP_CWR);

	if (syn->seen)
		return;
	/* RFC 3168, section 6.1.1: a SYN asks with both bits, a SYN-ACK agrees with ECE alone. */
	*syn = (struct sb_syn){.seen = true,
			       .mss = p->mss,
			       .window_scale = p->window_scale,
			       .sack = p->sack_permitted,
			       .timestamps = p->has_timestamps,
			       .ecn = p->flags & SB_TCP_ACK ? ecn == SB_TCP_ECE
							    : ecn == (SB_TCP_ECE | SB_TCP_CWR)};
}

static void follow_handshake(struct sb_flow_totals *flow, const struct sb_packet *p,
			     bool from_client)
{
	if (!(p->flags & SB_TCP_SYN))
		return;
	if (from_client && !(p->flags & SB_TCP_ACK)) {
		if (flow->syn_ns == SB_NEVER) {
			flow->syn_ns = p->t_ns;
			flow->syn_port = p->src_port;
		}
		note_syn(&flow->syn, p);
	} else if (!from_client && p->flags & SB_TCP_ACK) {
		if (flow->handshake_ns == SB_NEVER && flow->syn_ns != SB_NEVER &&
		    p->dst_port == flow->syn_port)
			flow->handshake_ns = p->t_ns - flow->syn_ns;
		note_syn(&flow->syn_ack, p);
	}
}

/* Payload, or what acknowledges it, for the charts: the connection's bytes over time. */
static void follow_sequence(struct sb_flows *f, struct sb_flow_totals *flow,
			    struct sb_flow_connection *c, const struct sb_packet *p, uint32_t again)
{
	const struct sb_grid *grid = &f->series->grid;
	const struct sb_seqset *sent = &c->sender.sent;

	if (!sent->begun)
		return;
	if (!c->sequence && flow->sequences < MAX_SEQUENCES) {
		c->sequence = sb_sequence_new(grid, sb_seqset_widen(sent, c->sender.first_seq));
		flow->sequences++;
	}
	if (!c->sequence)
		return;
	sb_sequence_sent(c->sequence, grid, p->t_ns, sent->next);
	sb_sequence_acked(c->sequence, grid, p->t_ns, c->sender.acked);
	if (again)
		sb_sequence_again(c->sequence, grid, p->t_ns, sb_seqset_widen(sent, p->seq));
}

static void note_round_trip(struct sb_flows *f, int32_t index, int64_t t_ns, int64_t rtt_ns)
{
	int64_t bin = sb_grid_bin(&f->series->grid, t_ns);

	sb_times_add(&f->flows[index].rtt, rtt_ns);
	if (bin >= 0)
		sb_spread_add(&f->series->flows[index].rtt_ms[bin], (double)rtt_ns / SB_NS_PER_MS);
}

static uint32_t note_sending(struct sb_flows *f, int32_t flow, struct sb_flow_connection *c,
			     const struct sb_packet *p, const struct sb_tcp_sending *range)
{
	if (!range->len || f->sending_count >= SB_NO_SENDING)
		return SB_NO_SENDING;
	if (!c->numbered || c->generation != c->sender.generation) {
		c->numbered = true;
		c->generation = c->sender.generation;
		c->number = f->connections++;
	}
	f->sendings = sb_spill_grow(&f->sending_spill, f->sendings, f->sending_count,
				    &f->sending_room, sizeof(*f->sendings));
	f->sendings[f->sending_count] = (struct sb_sending){.range = *range,
							    .t_ns = p->t_ns,
							    .arrived_ns = SB_NEVER,
							    .flow = flow,
							    .connection = c->number,
							    .fate = SB_FATE_OPEN};
	return (uint32_t)f->sending_count++;
}

/* Of a flow that may use several paths: by which one, and which bytes of the connection they are. */
static void note_path(struct sb_flows *f, struct sb_flow_totals *flow, struct sb_flow_connection *c,
		      const struct sb_frame *frame, const struct sb_packet *p, uint64_t fresh)
{
	size_t terminal = f->link % sb_plan_terminals(f->in->plan);
	struct sb_mptcp_path *path = &flow->mptcp.path[terminal];
	struct sb_mptcp_mapping map;

	if (p->t_ns > flow->until_ns)
		return;
	path->bytes += fresh;
	path->subflows += !c->arrived;
	c->arrived = true;
	if (fresh == p->payload_len && sb_mptcp_mapping(frame, p, &map))
		sb_mptcp_flow_data(&flow->mptcp, terminal, p, c->receiver.first_seq, &map);
}

static uint32_t follow_tcp(struct sb_flows *f, int32_t index, const struct sb_frame *frame,
			   const struct sb_packet *p, bool from_client)
{
	struct sb_flow_totals *flow = &f->flows[index];
	bool up = flow->plan->dir == SB_UP, is_payload = from_client == up;
	bool at_sender = (f->side == SB_AT_CLIENT) == up;
	struct sb_flow_connection *c;

	if (!sb_point_is_satellite(f->side)) {
		if (f->side == SB_AT_OTHER_LEG && (p->flags & SB_TCP_SYN))
			note_syn(p->flags & SB_TCP_ACK ? &flow->other_syn_ack : &flow->other_syn,
				 p);
		return SB_NO_SENDING;
	}
	c = find_connection(f, index, from_client ? p->src_port : p->dst_port);
	/* A second path greets later, and other options. */
	if (f->side == SB_AT_CLIENT && f->link == flow->plan->client)
		follow_handshake(flow, p, from_client);
	if (at_sender && is_payload) {
		struct sb_tcp_sending range;

		sb_tcp_sent(&c->sender, &p->facts, f->in->plan->mtu, &range);
		follow_sequence(f, flow, c, p, range.again);
		flow->retransmits += range.again;
		if (f->bin_count)
			flow->bin_retransmits[sb_flows_bin(f, p->t_ns)] += range.again;
		return note_sending(f, index, c, p, &range);
	} else if (at_sender) {
		struct sb_tcp_acking acking;

		sb_tcp_acked(&c->sender, &p->facts, &acking);
		if (acking.rtt_ns != SB_TCP_NONE)
			note_round_trip(f, index, p->t_ns, acking.rtt_ns);
		follow_sequence(f, flow, c, p, 0);
	} else if (is_payload) {
		uint64_t fresh = sb_tcp_received(&c->receiver, &p->facts);

		sb_flows_note_payload(f, flow, p->t_ns, fresh);
		if (fresh && sb_flow_spans(f->in->plan, flow->plan))
			note_path(f, flow, c, frame, p, fresh);
	}
	return SB_NO_SENDING;
}

static bool is_endpoint(const struct sb_endpoint *e, const struct sb_packet *p, const uint8_t *ip)
{
	return p->ip_version == 4 ? !memcmp(ip, &e->addr4, 4) : !memcmp(ip, &e->addr6, 16);
}

static bool is_expected(const struct sb_flow *flow, uint8_t proto)
{
	enum sb_transport transport = sb_flow_transport(flow);

	return (proto == IPPROTO_TCP && transport != SB_TRANSPORT_UDP) ||
	       (proto == IPPROTO_UDP && transport != SB_TRANSPORT_TCP);
}

/* The server's own address, or the one it is published at. */
static bool is_server(const struct sb_link *link, const struct sb_packet *p, const uint8_t *ip)
{
	if (is_endpoint(&link->server, p, ip))
		return true;
	return p->ip_version == 4 ? !memcmp(ip, &link->target4, 4)
				  : !memcmp(ip, &link->target6, 16);
}

int sb_split_dir(const struct sb_link *link, const struct sb_packet *p)
{
	if (!p->ip_version)
		return -1;
	if (is_server(link, p, p->dst_ip))
		return SB_UP;
	return is_server(link, p, p->src_ip) ? SB_DOWN : -1;
}

/* Did the client send it?  -1: neither client nor server did. */
static int is_from_client(const struct sb_flows *f, const struct sb_packet *p)
{
	const struct sb_link *link = &f->in->plan->links[f->link];
	int dir;

	if (f->in->plan->path != SB_PATH_BRIDGE) {
		dir = sb_split_dir(link, p);
		return dir < 0 ? -1 : dir == SB_UP;
	}
	if (is_endpoint(&link->client, p, p->src_ip))
		return 1;
	return is_endpoint(&link->client, p, p->dst_ip) ? 0 : -1;
}

int32_t sb_flows_packet(struct sb_flows *f, const struct sb_frame *frame, const struct sb_packet *p,
			uint32_t *sending)
{
	struct sb_flow_totals *flow;
	int from_client;
	int32_t index;

	*sending = SB_NO_SENDING;
	if (!p->l4)
		return -1;
	from_client = is_from_client(f, p);
	if (from_client < 0)
		return -1;
	index = f->flow_of_port[from_client ? p->dst_port : p->src_port];
	if (index < 0)
		return -1;
	flow = &f->flows[index];
	if (!is_expected(flow->plan, p->proto))
		return -1;
	if (sb_point_is_satellite(f->side) &&
	    (flow->first_ns == SB_NEVER || p->t_ns < flow->first_ns))
		flow->first_ns = p->t_ns;
	if (p->proto == IPPROTO_TCP) {
		flow->tcp_seen = true;
		*sending = follow_tcp(f, index, frame, p, from_client > 0);
		return -1;
	}
	if (!sb_flow_has_both(flow->plan))
		return (from_client > 0) == (flow->plan->dir == SB_UP) ? index : -1;
	if (f->side == SB_AT_CLIENT)
		sb_quic_flow_packet(
		    &flow->quic,
		    &find_connection(f, index, from_client ? p->src_port : p->dst_port)->quic,
		    from_client > 0, frame, p);
	return index;
}
