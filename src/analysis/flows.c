/* SPDX-License-Identifier: MIT */
/* flows.c - what the plan's flows did, from the packets of both captures */
#include "flows.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "tcp.h"

#define PORTS 65536

/* A run of weeks at the shortest sample has fewer; beyond it throughput goes into the last bin. */
#define MAX_BINS (1u << 22)

/** struct connection - @key: flow and client port, plus one so that 0 is a free slot */
struct connection {
	uint64_t key;
	struct sb_tcp_sender sender;
	struct sb_tcp_receiver receiver;
};

/**
 * struct flow - totals of one flow
 * @first_ns:	its first packet; @until_ns: when measuring ended: later payload is not goodput
 * @syn_ns:	first SYN of the first connection at the client's end, and its port
 */
struct flow {
	const struct sb_flow *plan;
	int64_t first_ns, until_ns, syn_ns, handshake_ns;
	uint16_t syn_port;
	uint64_t bytes, packets, lost, retransmits;
	struct sb_times rtt;
	struct sb_syn syn, syn_ack;
	uint64_t *bins;
	uint32_t *bin_retransmits;
};

/**
 * struct sb_flows - all flows, and the connections in an open-addressing table
 * @flow_of_port: server port to flow of the selected link, -1 = none
 */
struct sb_flows {
	const struct sb_analysis_input *in;
	struct flow *flows;
	size_t bin_count;
	struct connection *table;
	size_t used, mask;
	size_t link;
	enum sb_side side;
	int32_t *flow_of_port;
};

struct sb_flows *sb_flows_new(const struct sb_analysis_input *in)
{
	struct sb_flows *f = sb_alloc(1, sizeof(*f));
	int64_t length_ns = in->end_real_ns - in->start_real_ns, bin_ns = in->plan->sample_ns;

	f->in = in;
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
		flow->first_ns = flow->syn_ns = flow->handshake_ns = SB_NEVER;
		flow->syn.mss = flow->syn.window_scale = -1;
		flow->syn_ack = flow->syn;
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
	}
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		sb_times_fini(&f->flows[i].rtt);
		free(f->flows[i].bins);
		free(f->flows[i].bin_retransmits);
	}
	free(f->flows);
	free(f->table);
	free(f->flow_of_port);
	free(f);
}

void sb_flows_select(struct sb_flows *f, size_t link, enum sb_side side)
{
	f->link = link;
	f->side = side;
	for (size_t i = 0; i < PORTS; i++)
		f->flow_of_port[i] = -1;
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		if (f->in->plan->flows[i].client == link)
			f->flow_of_port[f->in->plan->flows[i].port] = (int32_t)i;
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

static void follow_tcp(struct sb_flows *f, int32_t index, const struct sb_packet *p,
		       bool from_client)
{
	struct flow *flow = &f->flows[index];
	bool up = flow->plan->dir == SB_UP, is_payload = from_client == up;
	bool at_sender = (f->side == SB_AT_CLIENT) == up;
	struct connection *c = find_connection(f, index, from_client ? p->src_port : p->dst_port);

	if (f->side == SB_AT_CLIENT)
		follow_handshake(flow, p, from_client);
	if (at_sender && is_payload) {
		uint32_t again = sb_tcp_sent(&c->sender, p, f->in->plan->mtu);

		flow->retransmits += again;
		if (f->bin_count)
			flow->bin_retransmits[find_bin(f, p->t_ns)] += again;
	} else if (at_sender) {
		sb_tcp_acked(&c->sender, p, &flow->rtt);
	} else if (is_payload) {
		note_payload(f, flow, p->t_ns, sb_tcp_received(&c->receiver, p));
	}
}

static bool is_endpoint(const struct sb_endpoint *e, const struct sb_packet *p, const uint8_t *ip)
{
	return p->ip_version == 4 ? !memcmp(ip, &e->addr4, 4) : !memcmp(ip, &e->addr6, 16);
}

int32_t sb_flows_packet(struct sb_flows *f, const struct sb_packet *p)
{
	const struct sb_link *link = &f->in->plan->links[f->link];
	bool from_client;
	struct flow *flow;
	int32_t index;

	if (!p->l4)
		return -1;
	from_client = is_endpoint(&link->client, p, p->src_ip);
	if (!from_client && !is_endpoint(&link->client, p, p->dst_ip))
		return -1;
	index = f->flow_of_port[from_client ? p->dst_port : p->src_port];
	if (index < 0)
		return -1;
	flow = &f->flows[index];
	if (p->proto != (flow->plan->kind == SB_FLOW_STREAM ? IPPROTO_UDP : IPPROTO_TCP))
		return -1;
	if (flow->first_ns == SB_NEVER || p->t_ns < flow->first_ns)
		flow->first_ns = p->t_ns;
	if (p->proto == IPPROTO_TCP) {
		follow_tcp(f, index, p, from_client);
		return -1;
	}
	return from_client == (flow->plan->dir == SB_UP) ? index : -1;
}

void sb_flows_datagrams(struct sb_flows *f, const struct sb_trace *trace)
{
	for (size_t i = 0; i < trace->sent_count; i++) {
		const struct sb_sent *s = &trace->sent[i];
		struct flow *flow;

		if (s->flow < 0)
			continue;
		flow = &f->flows[s->flow];
		flow->packets++;
		if (s->arrived_ns == SB_NEVER)
			flow->lost++;
		else
			note_payload(f, flow, s->arrived_ns, s->payload);
	}
}

void sb_flows_finish(struct sb_flows *f, struct sb_flow_result *out)
{
	for (size_t i = 0; i < f->in->plan->flow_count; i++) {
		struct flow *flow = &f->flows[i];
		struct sb_flow_result *r = &out[i];

		*r = (struct sb_flow_result){
		    .bytes = flow->bytes,
		    .retransmits = (int64_t)flow->retransmits,
		    .retransmits_tcp_info = f->in->flows ? f->in->flows[i].retransmits : -1,
		    .packets = flow->packets,
		    .lost = flow->lost,
		    .rtt_ms = sb_times_quantiles(&flow->rtt),
		    .handshake_ms = NAN,
		    .syn = flow->syn,
		    .syn_ack = flow->syn_ack,
		    .bin_count = f->bin_count,
		    .bins = sb_steal(&flow->bins),
		    .bin_retransmits = sb_steal(&flow->bin_retransmits),
		};
		if (flow->handshake_ns != SB_NEVER)
			r->handshake_ms = (double)flow->handshake_ns / SB_NS_PER_MS;
		if (flow->first_ns != SB_NEVER && flow->until_ns > flow->first_ns)
			r->seconds = (double)(flow->until_ns - flow->first_ns) / SB_NS_PER_S;
		if (r->seconds > 0)
			r->goodput_bps = 8 * (double)r->bytes / r->seconds;
	}
}
