/* SPDX-License-Identifier: MIT */
/* pcap_mptcp.h - which bytes of a Multipath TCP connection a segment carries (RFC 8684) */
#ifndef SATBED_PCAP_MPTCP_H
#define SATBED_PCAP_MPTCP_H

#include "satbed/pcap_decode.h"

/**
 * struct sb_mptcp_mapping - the mapping of a data sequence signal, section 3.3
 * @data_seq:	of the connection, all 64 bits
 * @subflow_seq: relative to the subflow's first sequence number, its SYN's
 * @len:	bytes that it holds for
 */
struct sb_mptcp_mapping {
	uint64_t data_seq;
	uint32_t subflow_seq;
	uint16_t len;
};

/** sb_mptcp_mapping() - false: the segment has none, or one with the lower 32 bits of @data_seq only,
 * which Linux does not send */
bool sb_mptcp_mapping(const struct sb_frame *frame, const struct sb_packet *p,
		      struct sb_mptcp_mapping *out);

#endif
