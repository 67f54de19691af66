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
#include "satbed/flow_analysis_tcp.h"

#define PORTS 65536

/* A run of weeks at the shortest sample has fewer; beyond it throughput goes into the last bin. */
#define MAX_BINS (1u << 22)

/* Of how many connections of a flow the sequence is followed, to show the one that carried most. */
#define MAX_SEQUENCES 16

_Static_assert(SB_SERIES_CAUSES == SB_RETRANSMIT_CAUSES, "series know every cause");

/**
 * struct connection - one pair of ports
 * @key:	flow and client port, plus one so that 0 is a free slot
 * @number, @generation: of the connection that uses them now, once it has sent something
 */
struct connection {
	uint64_t key;
	uint32_t number, generation;
	bool numbered;
	struct sb_tcp_sender sender;
	struct sb_tcp_receiver receiver;
	struct sb_sequence *sequence;
	struct sb_quic *quic; /* NULL = it is none */
};

/**
 * struct flow - totals of one flow
 * @settled_ns: from then on @settled_bytes arrived
 * @first_ns:	its first packet; @until_ns: when measuring ended: later payload is not goodput
 * @syn_ns:	first SYN of the first connection at the client's end, and its port
 */
struct flow {
	const struct sb_flow *plan;
	int64_t first_ns, until_ns, syn_ns, handshake_ns, settled_ns;
	uint64_t settled_bytes;
	uint16_t syn_port;
	uint64_t bytes, packets, lost, retransmits;
	size_t sequences;
	uint64_t causes[SB_RETRANSMIT_CAUSES], timeouts, spurious_timeouts;
	struct sb_flow_progress moves;
	struct sb_times rtt;
	struct sb_syn syn, syn_ack, other_syn, other_syn_ack;
	bool tcp_seen;
	struct sb_datagrams datagrams[2];
	struct sb_quic_flow quic;
	uint64_t *bins;
	uint32_t *bin_retransmits;
};

/**
 * struct sb_flows - all flows, and the connections in an open-addressing table
 * @flow_of_port: server port to flow of the selected link, -1 = none
 * @sendings:	of the flows of the selected link; @connections: how many they belong to
 */
struct sb_flows {
	const struct sb_analysis_input *in;
	struct sb_series *series;
	struct flow *flows;
	size_t bin_count;
	struct connection *table;
	size_t used, mask;
	size_t link;
	enum sb_point side;
	int32_t *flow_of_port;
	struct sb_sending *sendings;
	size_t sending_count, sending_room;
	struct sb_spill sending_spill;
	uint32_t connections;
};

/* Whole round trips before the end of @flow, as many as its second half has; half of it without. */
static int64_t settled_from(const struct sb_analysis_input *in, const struct flow *flow)
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
		struct flow *flow = &f->flows[i];
		int64_t planned;

		flow->plan = &in->plan->flows[i];
		planned = in->start_real_ns + flow->plan->start_ns + flow->plan->duration_ns;
		flow->until_ns = planned < in->end_real_ns ? planned : in->end_real_ns;
		if (in->flows && in->flows[i].end_real_ns > 0)
			flow->until_ns = in->flows[i].end_real_ns;
		flow->moves.until_ns = flow->until_ns;
		flow->moves.arrival_spill.dir = in->spill_dir;
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
		if (f->in->plan->flows[i].client == link)
			f->flow_of_port[f->in->plan->flows[i].port] = (int32_t)i;
	}
	/* Where a port is published, the server's is seen beyond it and this one before. */
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		if (f->in->plan->flows[i].client == link && f->in->plan->flows[i].connect_port)
			f->flow_of_port[f->in->plan->flows[i].connect_port] = (int32_t)i;
	}
}

static struct connection *find_slot(struct connection *table, size_t mask, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (table[i].key && table[i].key != key)
		i = (i + 1) & mask;
	return &table[i];
}

static struct connection *find_connection(struct sb_flows *f, int32_t flow, uint16_t client_port)
{
	uint64_t key = ((uint64_t)flow << 16 | client_port) + 1;
	struct connection *c = find_slot(f->table, f->mask, key);

	if (c->key)
		return c;
	if (f->used * 2 > f->mask) {
		size_t mask = f->mask * 2 + 1;
		struct connection *table = sb_alloc(mask + 1, sizeof(*table));

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

static size_t find_bin(const struct sb_flows *f, int64_t t_ns)
{
	int64_t at = t_ns - f->in->start_real_ns;
	uint64_t bin = at > 0 ? (uint64_t)(at / f->in->plan->sample_ns) : 0;

	return bin < f->bin_count ? (size_t)bin : f->bin_count - 1;
}

static void note_payload(struct sb_flows *f, struct flow *flow, int64_t t_ns, uint64_t bytes)
{
	if (t_ns > flow->until_ns)
		return;
	flow->bytes += bytes;
	if (t_ns > flow->settled_ns)
		flow->settled_bytes += bytes;
	if (f->bin_count)
		flow->bins[find_bin(f, t_ns)] += bytes;
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

static void follow_handshake(struct flow *flow, const struct sb_packet *p, bool from_client)
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
static void follow_sequence(struct sb_flows *f, struct flow *flow, struct connection *c,
			    const struct sb_packet *p, uint32_t again)
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

static uint32_t note_sending(struct sb_flows *f, int32_t flow, struct connection *c,
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

static uint32_t follow_tcp(struct sb_flows *f, int32_t index, const struct sb_packet *p,
			   bool from_client)
{
	struct flow *flow = &f->flows[index];
	bool up = flow->plan->dir == SB_UP, is_payload = from_client == up;
	bool at_sender = (f->side == SB_AT_CLIENT) == up;
	struct connection *c;

	if (f->side == SB_AT_OTHER_LEG) {
		if (p->flags & SB_TCP_SYN)
			note_syn(p->flags & SB_TCP_ACK ? &flow->other_syn_ack : &flow->other_syn,
				 p);
		return SB_NO_SENDING;
	}
	c = find_connection(f, index, from_client ? p->src_port : p->dst_port);
	if (f->side == SB_AT_CLIENT)
		follow_handshake(flow, p, from_client);
	if (at_sender && is_payload) {
		struct sb_tcp_sending range;

		sb_tcp_sent(&c->sender, &p->facts, f->in->plan->mtu, &range);
		follow_sequence(f, flow, c, p, range.again);
		flow->retransmits += range.again;
		if (f->bin_count)
			flow->bin_retransmits[find_bin(f, p->t_ns)] += range.again;
		return note_sending(f, index, c, p, &range);
	} else if (at_sender) {
		struct sb_tcp_acking acking;

		sb_tcp_acked(&c->sender, &p->facts, &acking);
		if (acking.rtt_ns != SB_TCP_NONE)
			note_round_trip(f, index, p->t_ns, acking.rtt_ns);
		follow_sequence(f, flow, c, p, 0);
	} else if (is_payload) {
		note_payload(f, flow, p->t_ns, sb_tcp_received(&c->receiver, &p->facts));
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

static bool has_both(const struct sb_flow *flow)
{
	return sb_flow_transport(flow) == SB_TRANSPORT_ANY;
}

int32_t sb_flows_packet(struct sb_flows *f, const struct sb_frame *frame, const struct sb_packet *p,
			uint32_t *sending)
{
	struct flow *flow;
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
	if (f->side != SB_AT_OTHER_LEG && (flow->first_ns == SB_NEVER || p->t_ns < flow->first_ns))
		flow->first_ns = p->t_ns;
	if (p->proto == IPPROTO_TCP) {
		flow->tcp_seen = true;
		*sending = follow_tcp(f, index, p, from_client > 0);
		return -1;
	}
	if (!has_both(flow->plan))
		return (from_client > 0) == (flow->plan->dir == SB_UP) ? index : -1;
	if (f->side == SB_AT_CLIENT)
		sb_quic_flow_packet(
		    &flow->quic,
		    &find_connection(f, index, from_client ? p->src_port : p->dst_port)->quic,
		    from_client > 0, frame, p);
	return index;
}

static void note_datagram(struct sb_flows *f, const struct sb_sent *s, enum sb_dir dir,
			  bool complete, bool track)
{
	static const enum sb_retransmit_cause causes[] = {
	    [SB_LOST_LINK] = SB_RETRANSMIT_LINK,
	    [SB_LOST_QUEUE] = SB_RETRANSMIT_QUEUE,
	    [SB_LOST_OUTAGE] = SB_RETRANSMIT_OUTAGE,
	};
	struct flow *flow = &f->flows[s->flow];
	bool known = complete && s->fate >= SB_LOST_LINK;
	uint64_t *to = has_both(flow->plan) ? flow->datagrams[dir].causes : flow->causes;

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
		struct flow *flow = &f->flows[s->flow];
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
		struct flow *flow = &f->flows[i];

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
		struct flow *flow;

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
			note_payload(f, flow, s->arrived_ns, s->payload);
	}
}

/* The connection that carried most stands for its flow. */
static void hand_over_sequences(struct sb_flows *f)
{
	for (size_t i = 0; i <= f->mask; i++) {
		struct connection *c = &f->table[i];
		struct sb_sequence **best;

		if (!c->sequence)
			continue;
		best = &f->series->flows[(c->key - 1) >> 16].sequence;
		if (*best && (*best)->highest >= c->sequence->highest)
			continue;
		sb_sequence_free(*best);
		*best = sb_steal(&c->sequence);
	}
}

/* What the connections were, and what they say of their flow where TCP says nothing. */
static void finish_quic(struct flow *flow, struct sb_flow_result *r)
{
	sb_quic_flow_finish(&flow->quic, &r->quic);
	if (!has_both(flow->plan) || flow->tcp_seen)
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
			sb_quic_flow_add(&f->flows[(f->table[i].key - 1) >> 16].quic,
					 f->table[i].quic);
}

void sb_flows_finish(struct sb_flows *f, struct sb_flow_result *out)
{
	hand_over_sequences(f);
	add_quic_connections(f);
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		struct flow *flow = &f->flows[i];
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
