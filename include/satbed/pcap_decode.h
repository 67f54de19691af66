/* SPDX-License-Identifier: MIT */
/* pcap_decode.h - headers of one captured frame, and the key under which both ends know it */
#ifndef SATBED_PCAP_DECODE_H
#define SATBED_PCAP_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "satbed/pcap.h"

enum sb_tcp_flag {
	SB_TCP_FIN = 1,
	SB_TCP_SYN = 2,
	SB_TCP_RST = 4,
	SB_TCP_PSH = 8,
	SB_TCP_ACK = 16,
	SB_TCP_ECE = 64,
	SB_TCP_CWR = 128
};

/**
 * struct sb_l4 - the part of a packet that following its flow needs, without its bytes
 *
 * Fields as in struct sb_packet, which begins with them.  48 bytes: with what a flow is known by, a
 * cache line.
 */
#define SB_L4_FIELDS                      \
	int64_t t_ns;                     \
	uint32_t seq, ack;                \
	uint32_t ts_value, ts_echo;       \
	uint32_t wire_len, payload_len;   \
	uint16_t window, ip_id;           \
	uint8_t ip_version, proto, flags; \
	uint8_t options_len, sack_blocks; \
	bool l4 : 1, fragment : 1;        \
	bool has_timestamps : 1;          \
	bool sack_permitted : 1;          \
	int16_t window_scale;             \
	int32_t mss;
struct sb_l4 {
	SB_L4_FIELDS
};
_Static_assert(sizeof(struct sb_l4) == 48, "see above");

/**
 * struct sb_packet - what was understood; pointers are into the frame
 * @src_mac:	NULL for less than an Ethernet header, or where there is none
 * @ip_version:	0 = not IP; then nothing below it is set but l3_offset
 * @l4:		the TCP or UDP header is there: ports and what follows are set
 * @fragment:	a part of a packet; only the first one has l4
 * @ip_id:	IPv4; 0 for IPv6
 * @l3_len:	of the IP packet on the wire, header included, link padding left out
 * @payload_len: beyond the TCP or UDP header, on the wire rather than captured
 * @mss, @window_scale: -1 = option absent
 * @sack_offset, @sack_blocks: in the frame, eight bytes each
 * @l3_offset:	where the EtherType's payload begins; @l4_offset, @payload_offset, @checksum_offset:
 *		0 = absent
 */
struct sb_packet {
	union {
		struct {
			SB_L4_FIELDS
		};
		struct sb_l4 facts;
	};
	const uint8_t *src_mac, *dst_mac;
	const uint8_t *src_ip, *dst_ip;
	uint32_t l3_len;
	uint16_t src_port, dst_port;
	uint32_t sack_offset;
	uint32_t l3_offset, l4_offset, payload_offset, checksum_offset;
};

/** sb_decode() - read what the captured bytes allow; always succeeds, on less with less */
void sb_decode(const struct sb_frame *frame, struct sb_packet *out);

/* As many bytes of a packet go into its key as snaplen 128 keeps on Ethernet. */
#define SB_KEY_BYTES 114u

/**
 * sb_packet_key() - the same packet has the same key at both ends of a link
 *
 * XXH3 of the captured bytes from the IP header on (from the EtherType on where it is not IP),
 * without what may change on the way: TTL, ECN bits, and the checksums of IP, TCP and UDP (filled
 * in late when a driver offers to).  64 bits: among n packets two different ones share a key with
 * probability n^2 / 2^65, 3e-6 for ten million.
 */
uint64_t sb_packet_key(const struct sb_frame *frame, const struct sb_packet *packet);

/**
 * sb_packet_nat_key() - the same where addresses are translated between the two ends
 * @from_client: which of the two ports is the one that may change
 *
 * Without addresses and the client's port: what tells packets apart then is the server's port, the
 * IP identification, and a connection's sequence numbers, which begin at random.
 */
uint64_t sb_packet_nat_key(const struct sb_frame *frame, const struct sb_packet *packet,
			   bool from_client);

/**
 * sb_packet_key_of() - the same with what else may differ
 * @any_address: neither addresses nor ports count
 * @bytes:	at most so many from the IP header on, up to SB_KEY_BYTES: what both captures have
 */
uint64_t sb_packet_key_of(const struct sb_frame *frame, const struct sb_packet *packet,
			  bool any_address, uint32_t bytes);

/**
 * sb_packet_stream() - the same for all packets of one protocol between the same addresses and
 * ports
 *
 * Of one direction; ports only where they were captured.  Packets that are not IP are one stream.
 */
uint32_t sb_packet_stream(const struct sb_packet *packet);

#endif
