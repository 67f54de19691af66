/* SPDX-License-Identifier: MIT */
/* flow_analysis_quic.h - one QUIC connection, as far as it shows in a capture */
#ifndef SATBED_FLOW_ANALYSIS_QUIC_H
#define SATBED_FLOW_ANALYSIS_QUIC_H

#include <stddef.h>

#include "satbed/base/clock.h"
#include "satbed/pcap_quic.h"

#define SB_QUIC_UNKNOWN INT64_MIN

/** struct sb_quic_spin - of one end's datagrams; @edge_ns: when the bit changed last */
struct sb_quic_spin {
	bool known, bit;
	int64_t edge_ns;
};

/**
 * struct sb_quic - zeroed before the first datagram
 * @known:	it began as QUIC does: all the rest means something
 * @client:	the end that began it
 * @retry, @negotiation: the server sent such a packet
 * @client_version: of the client's first packet; @version: of the last long header of the server, 0
 *		= none was seen
 * @zero_rtt:	datagrams with a 0-RTT packet
 * @coalesced:	datagrams of several packets; @behind: packets behind the first of each; @unread: datagrams in
 *		which the header of one of these was not captured
 * @handshake_ns: from the client's first datagram to its last one with a long header before its first
 *		with a short one, which has the client's end of the handshake; SB_QUIC_UNKNOWN = not seen
 * @round_trip_ns: from the client's first datagram to the first one that it sent after the server's
 *		first answer: a round trip, wherever the capture was made, and what both ends took to
 *		answer; SB_QUIC_UNKNOWN = not seen, or the client had sent again
 * @spin_samples, @spin_rejected: round trips by the spin bit, and edges too close to be one
 */
struct sb_quic {
	bool known, retry, negotiation, has_answer, again;
	uint8_t client;
	uint32_t client_version, version;
	uint64_t zero_rtt, coalesced, behind, unread;
	int64_t first_ns, long_ns, answer_ns, handshake_ns, round_trip_ns;
	uint64_t spin_samples, spin_rejected;
	struct sb_quic_spin spin[2];
};

/**
 * sb_quic_follow() - one more datagram
 * @end:	0 or 1, who sent it
 * @len:	of its payload
 *
 * The spin bit of a connection that uses it changes once a round trip (RFC 9000, section 17.4): the
 * time between two changes in the datagrams of one end is one.  Datagrams out of order make changes
 * that are none (RFC 9312, section 3.8.2): those within half of the handshake's round trip are left out.
 *
 * Return: a round trip by the spin bit, or SB_QUIC_UNKNOWN
 */
int64_t sb_quic_follow(struct sb_quic *q, int end, int64_t t_ns, uint32_t len,
		       const struct sb_quic_packet *p);

/** sb_quic_spins() - are the round trips by the spin bit to be believed?  Where it is set at random
 * most changes are too close */
static inline bool sb_quic_spins(uint64_t samples, uint64_t rejected)
{
	return samples && rejected <= samples;
}

#endif
