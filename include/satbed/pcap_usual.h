/* SPDX-License-Identifier: MIT */
/*
 * pcap_usual.h - headers of the packets that most of a capture consists of, decoded where they are
 * used
 *
 * Ethernet, IPv4 without options and not in parts, TCP with timestamps or without options, or UDP.
 * sb_decode() begins with it and knows the others; whoever reads millions of packets may ask first.
 */
#ifndef SATBED_PCAP_USUAL_H
#define SATBED_PCAP_USUAL_H

#include <endian.h>
#include <string.h>

#include "satbed/pcap_decode.h"

/* Where the headers of such a packet begin. */
#define SB_USUAL_IP 14u
#define SB_USUAL_L4 34u

/* The options of a segment in the middle of a connection: two no-operations and timestamps. */
#define SB_TIMESTAMPS_ALONE 0x0101080au

static inline uint16_t sb_be16_at(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static inline uint32_t sb_be32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/** sb_decode_usual() - false: it is another one, and @out unset; else its payload begins at
 * sb_usual_payload() */
static inline bool sb_decode_usual(const struct sb_frame *f, struct sb_l4 *out)
{
	const uint8_t *h = f->data, *l4 = h + SB_USUAL_L4;
	uint32_t total, header;

	if (f->linktype != SB_LINKTYPE_ETHERNET || f->cap_len < SB_USUAL_L4 + 20)
		return false;
	/* The EtherType, version 4 with 20 bytes of header; not a fragment. */
	if ((sb_be32_at(h + 12) & 0xffffff00u) != 0x08004500u || sb_be16_at(h + 20) & 0x3fff)
		return false;
	total = sb_be16_at(h + 16);
	if (total < 40 || total > f->wire_len - SB_USUAL_IP)
		return false;
	if (h[23] == 17) {
		*out = (struct sb_l4){.t_ns = f->t_ns,
				      .wire_len = f->wire_len,
				      .payload_len = total - 28,
				      .ip_id = sb_be16_at(h + 18),
				      .ip_version = 4,
				      .proto = 17,
				      .l4 = true,
				      .window_scale = -1,
				      .mss = -1};
		return true;
	}
	if (h[23] != 6)
		return false;
	header = (uint32_t)(l4[12] >> 4) * 4;
	if (header == 32) {
		if (f->cap_len < SB_USUAL_L4 + 32 || total < 52 ||
		    sb_be32_at(l4 + 20) != SB_TIMESTAMPS_ALONE)
			return false;
	} else if (header != 20) {
		return false;
	}
	*out = (struct sb_l4){.t_ns = f->t_ns,
			      .seq = sb_be32_at(l4 + 4),
			      .ack = sb_be32_at(l4 + 8),
			      .wire_len = f->wire_len,
			      .payload_len = total - 20 - header,
			      .window = sb_be16_at(l4 + 14),
			      .ip_id = sb_be16_at(h + 18),
			      .ip_version = 4,
			      .proto = 6,
			      .flags = l4[13],
			      .options_len = (uint8_t)(header - 20),
			      .l4 = true,
			      .has_timestamps = header == 32,
			      .window_scale = -1,
			      .mss = -1};
	if (header == 32) {
		out->ts_value = sb_be32_at(l4 + 24);
		out->ts_echo = sb_be32_at(l4 + 28);
	}
	return true;
}

static inline uint32_t sb_usual_payload(const struct sb_l4 *p)
{
	return SB_USUAL_L4 + (p->proto == 6 ? 20u + p->options_len : 8u);
}

#endif
