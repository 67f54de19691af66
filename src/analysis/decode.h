/* SPDX-License-Identifier: MIT */
/* decode.h - headers of one captured frame, and the key under which both ends know it */
#ifndef SATBED_ANALYSIS_DECODE_H
#define SATBED_ANALYSIS_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "pcap_file.h"

enum sb_tcp_flag {
	SB_TCP_FIN = 1,
	SB_TCP_SYN = 2,
	SB_TCP_RST = 4,
	SB_TCP_ACK = 16,
	SB_TCP_ECE = 64,
	SB_TCP_CWR = 128
};

/**
 * struct sb_packet - what was understood; pointers are into the frame
 * @src_mac:	NULL for less than an Ethernet header
 * @ip_version:	0 = not IP; then nothing below it is set
 * @l4:		the TCP or UDP header is there: ports and what follows are set
 * @payload_len: beyond the TCP or UDP header, on the wire rather than captured
 * @mss, @window_scale: -1 = option absent
 */
struct sb_packet {
	int64_t t_ns;
	uint32_t wire_len;
	const uint8_t *src_mac, *dst_mac;
	uint8_t ip_version, proto;
	bool l4;
	const uint8_t *src_ip, *dst_ip;
	uint16_t src_port, dst_port;
	uint32_t payload_len;
	/* TCP */
	uint32_t seq, ack;
	uint8_t flags;
	uint8_t options_len;
	uint16_t window;
	bool has_timestamps, sack_permitted;
	uint32_t ts_value, ts_echo;
	int mss, window_scale;
	/* where the fields are that change on the way (0 = absent), for the key */
	uint32_t l3_offset, l4_offset, checksum_offset;
};

/** sb_decode() - read what the captured bytes allow; always succeeds, on less with less */
void sb_decode(const struct sb_frame *frame, struct sb_packet *out);

/**
 * sb_packet_key() - the same packet has the same key at both ends of a link
 *
 * XXH3 of the captured bytes from the EtherType on, without what may change on the way: TTL, ECN
 * bits, and the checksums of IP, TCP and UDP (filled in late when a driver offers to).  64 bits:
 * among n packets two different ones share a key with probability n^2 / 2^65, 3e-6 for ten million.
 */
uint64_t sb_packet_key(const struct sb_frame *frame, const struct sb_packet *packet);

#endif
