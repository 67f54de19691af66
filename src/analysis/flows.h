/* SPDX-License-Identifier: MIT */
/* flows.h - what the plan's flows did, from the packets of both captures */
#ifndef SATBED_ANALYSIS_FLOWS_H
#define SATBED_ANALYSIS_FLOWS_H

#include "decode.h"
#include "match.h"
#include "satbed/analysis.h"

enum sb_side { SB_AT_CLIENT, SB_AT_SERVER };

struct sb_flows;

struct sb_flows *sb_flows_new(const struct sb_analysis_input *in);
void sb_flows_free(struct sb_flows *f);

/** sb_flows_select() - packets to come are of this link's capture at that side */
void sb_flows_select(struct sb_flows *f, size_t link, enum sb_side side);

/**
 * sb_flows_packet() - one packet of the selected capture
 *
 * TCP is followed here.  A segment sent by the payload's sender is a retransmission when some of
 * its sequence space (SYN and FIN included) was sent before; one that fills a hole for the first
 * time was only out of order.  Not counted: keep-alives (one byte below snd_nxt when all is
 * acknowledged) and zero-window probes (one byte while the peer's window is closed), RFC 9293
 * sections 3.8.4 and 3.8.6.1. A frame that segmentation offload had yet to cut counts as the
 * segments it will become.  That is what Linux counts in tcpi_total_retrans (net/ipv4/tcp_output.c,
 * __tcp_retransmit_skb(): tail loss probes that repeat data, SYNs and, through the request socket,
 * SYN-ACKs included).
 *
 * Return: the stream flow whose payload the packet carries, or -1
 */
int32_t sb_flows_packet(struct sb_flows *f, const struct sb_packet *p);

/** sb_flows_datagrams() - count the datagrams of stream flows in a matched direction */
void sb_flows_datagrams(struct sb_flows *f, const struct sb_trace *trace);

/** sb_flows_finish() - fill @out, in->plan->flow_count of them; bins become the caller's */
void sb_flows_finish(struct sb_flows *f, struct sb_flow_result *out);

#endif
