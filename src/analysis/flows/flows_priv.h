/* SPDX-License-Identifier: MIT */
/* flows_priv.h - flows while they are followed; private to flows.c and flows_result.c */
#ifndef SATBED_ANALYSIS_FLOWS_PRIV_H
#define SATBED_ANALYSIS_FLOWS_PRIV_H

#include "flows.h"
#include "mptcp_flow.h"
#include "quic_flow.h"
#include "recovery.h"
#include "satbed/flow_analysis_tcp.h"

/**
 * struct sb_flow_connection - one pair of ports
 * @key:	flow, terminal and client port, plus one so that 0 is a free slot; see sb_flow_of_key()
 * @arrived:	payload of it has come by this path
 * @number, @generation: of the connection that uses them now, once it has sent something
 */
struct sb_flow_connection {
	uint64_t key;
	uint32_t number, generation;
	bool numbered, arrived;
	struct sb_tcp_sender sender;
	struct sb_tcp_receiver receiver;
	struct sb_sequence *sequence;
	struct sb_quic *quic; /* NULL = it is none */
};

/**
 * struct sb_flow_totals - totals of one flow
 * @settled_ns: from then on @settled_bytes arrived
 * @first_ns:	its first packet; @until_ns: when measuring ended: later payload is not goodput
 * @syn_ns:	first SYN of the first connection at the client's end, and its port
 */
struct sb_flow_totals {
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
	struct sb_mptcp_flow mptcp;
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
	struct sb_flow_totals *flows;
	size_t bin_count;
	struct sb_flow_connection *table;
	size_t used, mask;
	size_t link;
	enum sb_point side;
	int32_t *flow_of_port;
	struct sb_sending *sendings;
	size_t sending_count, sending_room;
	struct sb_spill sending_spill;
	uint32_t connections;
};

static inline size_t sb_flow_of_key(uint64_t key)
{
	return (size_t)((key - 1) >> 24);
}

static inline bool sb_flow_has_both(const struct sb_flow *flow)
{
	return sb_flow_transport(flow) == SB_TRANSPORT_ANY;
}

/** sb_flows_bin() - in which of its bins an instant is */
static inline size_t sb_flows_bin(const struct sb_flows *f, int64_t t_ns)
{
	int64_t at = t_ns - f->in->start_real_ns;
	uint64_t bin = at > 0 ? (uint64_t)(at / f->in->plan->sample_ns) : 0;

	return bin < f->bin_count ? (size_t)bin : f->bin_count - 1;
}

/** sb_flows_note_payload() - @bytes that nobody had before have arrived */
static inline void sb_flows_note_payload(struct sb_flows *f, struct sb_flow_totals *flow,
					 int64_t t_ns, uint64_t bytes)
{
	if (t_ns > flow->until_ns)
		return;
	flow->bytes += bytes;
	if (t_ns > flow->settled_ns)
		flow->settled_bytes += bytes;
	if (f->bin_count)
		flow->bins[sb_flows_bin(f, t_ns)] += bytes;
}

#endif
