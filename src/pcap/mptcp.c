// SPDX-License-Identifier: MIT
/* mptcp.c - which bytes of a Multipath TCP connection a segment carries (RFC 8684, section 3.3) */
#include "satbed/pcap_mptcp.h"

#include "link_header.h"
#include "satbed/pcap_usual.h"

#define KIND_MPTCP  30
#define SUBTYPE_DSS 2

#define HAS_ACK	 0x01
#define LONG_ACK 0x02
#define HAS_MAP	 0x04
#define LONG_SEQ 0x08

static bool read_dss(const uint8_t *o, uint32_t size, struct sb_mptcp_mapping *out)
{
	uint32_t at = 4;

	if (size < 4 || o[2] >> 4 != SUBTYPE_DSS ||
	    (o[3] & (HAS_MAP | LONG_SEQ)) != (HAS_MAP | LONG_SEQ))
		return false;
	if (o[3] & HAS_ACK)
		at += o[3] & LONG_ACK ? 8 : 4;
	if (size < at + 14)
		return false;
	out->data_seq = (uint64_t)sb_be32_at(o + at) << 32 | sb_be32_at(o + at + 4);
	out->subflow_seq = sb_be32_at(o + at + 8);
	out->len = sb_be16_at(o + at + 12);
	return true;
}

bool sb_mptcp_mapping(const struct sb_frame *frame, const struct sb_packet *p,
		      struct sb_mptcp_mapping *out)
{
	uint32_t at = p->l4_offset + 20, end = at + p->options_len;

	if (!p->l4 || !p->options_len)
		return false;
	while (at < end) {
		const uint8_t *o = sb_bytes_at(frame, at, 1);

		if (!o || *o == 0)
			return false;
		if (*o == 1) {
			at++;
			continue;
		}
		o = sb_bytes_at(frame, at, 2);
		if (!o || o[1] < 2 || o[1] > end - at || !sb_bytes_at(frame, at, o[1]))
			return false;
		if (o[0] == KIND_MPTCP && read_dss(o, o[1], out))
			return true;
		at += o[1];
	}
	return false;
}
