/* SPDX-License-Identifier: MIT */
/* flows.h - what the plan's flows did, from the packets of both captures */
#ifndef SATBED_ANALYSIS_FLOWS_H
#define SATBED_ANALYSIS_FLOWS_H

#include "analysis/match/match.h"
#include "satbed/analysis.h"
#include "satbed/pcap_decode.h"

struct sb_flows;

/** sb_flows_new() - @series is told of round trips and of sequences */
struct sb_flows *sb_flows_new(const struct sb_analysis_input *in, struct sb_series *series);
void sb_flows_free(struct sb_flows *f);

/** sb_flows_select() - packets to come are of this link's capture at that side */
void sb_flows_select(struct sb_flows *f, size_t link, enum sb_point side);

/**
 * sb_flows_packet() - one packet of the selected capture
 *
 * TCP is followed here; what is a retransmission: sb_tcp_sent().
 *
 * @sending:	for sb_sent.sending
 *
 * Return: the flow whose datagram the packet is, or -1: of a stream its payload only, of a flow that may
 * have both TCP and UDP either direction's
 */
int32_t sb_flows_packet(struct sb_flows *f, const struct sb_frame *frame, const struct sb_packet *p,
			uint32_t *sending);

/** sb_split_dir() - on a split path: which way a packet goes, by the server's address; -1 = neither
 */
int sb_split_dir(const struct sb_link *link, const struct sb_packet *p);

/** sb_flows_datagrams() - count the datagrams of flows in a matched direction */
void sb_flows_datagrams(struct sb_flows *f, const struct sb_packet_match *packet_match,
			enum sb_dir dir);

/**
 * sb_flows_fates() - what became of the packets of a matched and predicted direction of the
 * selected link
 * @complete:	neither of its captures lost packets
 */
void sb_flows_fates(struct sb_flows *f, const struct sb_packet_match *packet_match, enum sb_dir dir,
		    bool complete);
/** sb_flows_recover() - both directions of a link are told: how its flows came back from outages */
void sb_flows_recover(struct sb_flows *f, size_t link, struct sb_flow_result *out);

/** sb_flows_finish() - fill @out, in->plan->flow_count of them; bins become the caller's */
void sb_flows_finish(struct sb_flows *f, struct sb_flow_result *out);

#endif
