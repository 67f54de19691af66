/* SPDX-License-Identifier: MIT */
/*
 * flow_analysis.h - what the flows of any capture did, in one walk through it
 *
 * Needs no scenario and no privilege; the file is not trusted.  Memory does not grow with the file:
 * at most SB_FLOW_ANALYSIS_FLOWS flows are followed at a time, about 1.4 kB each, and what they keep of
 * segments under way is at most SB_FLOW_ANALYSIS_KEEP bytes together.  When there are more, the one of a
 * few with the least payload is let go; its numbers go into the sum of the others.
 */
#ifndef SATBED_FLOW_ANALYSIS_H
#define SATBED_FLOW_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/base/err.h"
#include "satbed/pcap.h"

#define SB_FLOW_ANALYSIS_FLOWS 16384u
#define SB_FLOW_ANALYSIS_KEEP  (24u << 20)

/* Quantiles are of a histogram with 64 bins for each doubling: within 1/128 of the value. */
#define SB_SKETCH_ERROR (1.0 / 128)

/** struct sb_flow_analysis_spread - quantiles of many times; @count 0: the others mean nothing */
struct sb_flow_analysis_spread {
	uint64_t count;
	double p50_ms, p95_ms, p99_ms, min_ms, max_ms;
};

/** struct sb_handshake - the options of a SYN or SYN-ACK; -1 = absent */
struct sb_handshake {
	bool seen, sack, timestamps, ecn;
	int mss, window_scale;
};

/**
 * struct sb_flow_analysis_dir - what one end of a flow sent, and what the capture shows of its fate
 * @wire_bytes:	frames as on the wire; @payload: bytes of payload in them; @goodput_bytes: distinct
 *		ones (TCP; else the same as payload)
 * @retransmits: segments that carry what was sent before: seen before the capture point, or
 *		known to be sent again by their IP identification or timestamps
 * @lost_before: of those, the ones whose first sending did not reach the capture point
 * @spurious:	retransmits that the receiver says were not needed (RFC 2883)
 * @reordered:	segments that filled a hole and were sent before what was seen already
 * @duplicates:	copies that the network made: seen before, and not sent again
 * @dup_acks:	acknowledgements of nothing new while data was under way, with the window as before
 *		(RFC 5681) or with selective acknowledgements
 * @zero_windows: times the window closed
 * @unseen:	payload bytes of this end that were acknowledged and are not in the capture
 * @head:	hash of the stream's first bytes, 0 = not seen: the same stream in another
 *		connection has the same
 * @rtt:	of its data, from the segment to the acknowledgement that covers it (Karn's rule)
 * @ts_rtt:	from the first segment with a timestamp to its echo
 */
struct sb_flow_analysis_dir {
	uint64_t packets, wire_bytes, payload, goodput_bytes;
	uint64_t retransmits, lost_before, spurious, reordered, duplicates;
	uint64_t dup_acks, zero_windows, unseen;
	uint64_t fin, rst;
	uint64_t head;
	struct sb_flow_analysis_spread rtt, ts_rtt;
	struct sb_handshake syn;
};

/**
 * struct sb_flow_analysis_quic - of a UDP flow that began as QUIC does; times in ns, SB_QUIC_UNKNOWN =
 * not seen (see struct sb_quic)
 * @spins:	struct sb_flow_analysis_dir.rtt is by the spin bit; else nothing is in it
 */
struct sb_flow_analysis_quic {
	bool known, retry, negotiation, spins;
	uint32_t client_version, version;
	uint64_t zero_rtt, coalesced, behind, unread;
	int64_t handshake_ns, round_trip_ns;
};

/**
 * struct sb_flow_analysis_flow - one flow; dir[0] is what the client sent
 *
 * @handshake_ns: TCP: from the SYN, sent once, to the ACK of the SYN-ACK: a round trip; INT64_MIN = not
 *		seen
 *
 * The client is who sent the first SYN, or else whoever was seen first.
 */
struct sb_flow_analysis_flow {
	uint8_t ip_version, proto;
	bool saw_start; /* a SYN */
	uint8_t addr[2][16];
	uint16_t port[2];
	int64_t first_ns, last_ns, handshake_ns;
	struct sb_flow_analysis_quic quic;
	struct sb_flow_analysis_dir dir[2];
};

/** struct sb_flow_analysis_other - the sum of what was not kept apart */
struct sb_flow_analysis_other {
	uint64_t flows, packets, wire_bytes, payload, retransmits;
};

/**
 * struct sb_flow_analysis - all of a capture
 * @facts:	of the file, at its end
 * @not_ip:	frames of other protocols; @undecoded: with headers that were not captured;
 *		@fragments: beyond the first of their packet
 * @unknown_link: frames of link types that are not read, the first of them of @unknown_linktype
 * @flows:	by payload, most first
 * @other:	flows let go of, see above
 */
struct sb_flow_analysis {
	struct sb_pcap_facts facts;
	uint64_t packets, wire_bytes, not_ip, undecoded, fragments, unknown_link, tcp, udp;
	uint32_t unknown_linktype;
	int64_t first_ns, last_ns;
	size_t flow_count;
	struct sb_flow_analysis_flow *flows;
	struct sb_flow_analysis_other other;
};

/**
 * struct sb_flow_analysis_options - zeroed for the usual
 * @csv:	rows of every flow in every interval of its activity go here while the file is read
 * @interval_ns: their length, 0 = 100 ms
 * @progress:	called now and then with the share of the file that was read (0 where its size is
 *		unknown) and the packets so far; false from it ends the flow_analysis early
 * @max_flows:	0 = SB_FLOW_ANALYSIS_FLOWS
 */
struct sb_flow_analysis_options {
	FILE *csv;
	int64_t interval_ns;
	bool (*progress)(void *arg, double share, uint64_t packets);
	void *arg;
	size_t max_flows;
};

/**
 * sb_flow_analysis_read() - walk through all of @pcap
 * @out:	sb_flow_analysis_fini() releases it
 */
void sb_flow_analysis_read(struct sb_pcap *pcap, const struct sb_flow_analysis_options *options,
			   struct sb_flow_analysis *out);
void sb_flow_analysis_fini(struct sb_flow_analysis *s);

/** sb_flow_analysis_end() - "198.18.1.2:40000" or "[fd5a::2]:443" into @text */
#define SB_FLOW_ANALYSIS_END_MAX 64
void sb_flow_analysis_end(const struct sb_flow_analysis_flow *f, int end,
			  char text[SB_FLOW_ANALYSIS_END_MAX]);
/** sb_flow_analysis_proto() - "tcp", "udp", or a number's name as far as known */
const char *sb_flow_analysis_proto(const struct sb_flow_analysis_flow *f);

/** sb_flow_analysis_print() - for people, at most @max_flows of them (0 = all) */
void sb_flow_analysis_print(const struct sb_flow_analysis *s, const char *name, size_t max_flows,
			    FILE *to);
/** sb_flow_analysis_json() - everything, for programs; one object */
void sb_flow_analysis_json(const struct sb_flow_analysis *s, const char *name, FILE *to);

#endif
