/* SPDX-License-Identifier: MIT */
/* pcap_quic.h - what a UDP datagram says in the clear if it is one of QUIC's (RFC 9000, RFC 9369) */
#ifndef SATBED_PCAP_QUIC_H
#define SATBED_PCAP_QUIC_H

#include <stdbool.h>
#include <stdint.h>

#define SB_QUIC_V1 0x00000001u
#define SB_QUIC_V2 0x6b3343cfu /* RFC 9369 */

/* Less than this a client's first datagram never has (RFC 9000, section 14.1). */
#define SB_QUIC_INITIAL_MIN 1200u

enum sb_quic_kind {
	SB_QUIC_NONE, /* not like QUIC, or too little was captured */
	SB_QUIC_INITIAL,
	SB_QUIC_ZERO_RTT,
	SB_QUIC_HANDSHAKE,
	SB_QUIC_RETRY,
	SB_QUIC_NEGOTIATION,
	SB_QUIC_OTHER_VERSION,
	SB_QUIC_SHORT
};

/**
 * struct sb_quic_behind - what is coalesced behind the first packet of a datagram (RFC 9000, section 12.2)
 * @packets:	as far as they were captured, and one more where @unread
 * @unread:	there is more, of which no header was captured
 * @zero_rtt, @one_rtt: there is such a packet; @spin: of the latter, which is the last one
 */
struct sb_quic_behind {
	uint8_t packets;
	bool unread, zero_rtt, one_rtt, spin;
};

/**
 * struct sb_quic_packet - the first packet of a datagram
 * @version:	of a long header; 0 = none
 * @fixed:	the bit that is set in all packets, unless both ends agreed that it may be anything (RFC 9287)
 * @spin:	of a short header: the spin bit, which means something in connections that use it only
 * @behind:	of a long header, which says how long its packet is: those that follow
 *
 * Any datagram may look like SB_QUIC_SHORT: it says something in flows that began with SB_QUIC_INITIAL.
 */
struct sb_quic_packet {
	enum sb_quic_kind kind;
	uint32_t version;
	bool spin, fixed;
	struct sb_quic_behind behind;
};

/**
 * sb_quic_decode() - read the headers of a datagram's packets
 * @data, @captured: its payload, as far as it was captured; not trusted
 * @len:	of its payload on the wire
 */
struct sb_quic_packet sb_quic_decode(const uint8_t *data, uint32_t captured, uint32_t len);

/** sb_quic_version_name() - "v1", "v2", else "0x1a2a3a4a" in @text */
#define SB_QUIC_VERSION_MAX 16
const char *sb_quic_version_name(uint32_t version, char text[SB_QUIC_VERSION_MAX]);

#endif
