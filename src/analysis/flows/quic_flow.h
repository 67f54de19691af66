/* SPDX-License-Identifier: MIT */
/* quic_flow.h - the QUIC connections of one of the plan's flows */
#ifndef SATBED_ANALYSIS_QUIC_FLOW_H
#define SATBED_ANALYSIS_QUIC_FLOW_H

#include "analysis/quantile.h"
#include "satbed/analysis.h"
#include "satbed/flow_analysis_quic.h"
#include "satbed/pcap_decode.h"

/** struct sb_quic_flow - zeroed before the first datagram; @first: the connection that began first */
struct sb_quic_flow {
	uint64_t connections, zero_rtt, coalesced, behind, unread, samples, rejected;
	bool retry, negotiation;
	struct sb_quic first;
	struct sb_times spin;
};

/**
 * sb_quic_flow_packet() - one more datagram, at the client's capture
 * @connection:	of its ports, the caller's to free; made where a datagram begins one as QUIC does
 */
void sb_quic_flow_packet(struct sb_quic_flow *f, struct sb_quic **connection, bool from_client,
			 const struct sb_frame *frame, const struct sb_packet *p);
/** sb_quic_flow_add() - a connection to which nothing more comes */
void sb_quic_flow_add(struct sb_quic_flow *f, const struct sb_quic *connection);
void sb_quic_flow_finish(struct sb_quic_flow *f, struct sb_quic_result *out);

#endif
