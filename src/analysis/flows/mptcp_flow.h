/* SPDX-License-Identifier: MIT */
/* mptcp_flow.h - what the paths of a flow's Multipath TCP connections brought, each byte counted once */
#ifndef SATBED_ANALYSIS_MPTCP_FLOW_H
#define SATBED_ANALYSIS_MPTCP_FLOW_H

#include "satbed/analysis.h"
#include "satbed/base/spill.h"
#include "satbed/pcap_mptcp.h"

/**
 * struct sb_mptcp_flow - at the receivers' captures, of all links one after the other
 * @ranges:	what arrived of the connections' data, as it came; connections begin at random 64-bit
 *		numbers, so those of several do not meet
 * @spill:	where the ranges are; one for each change of path, which a long run has millions of
 * @path:	by terminal: payload of its subflows, and how many brought some
 */
struct sb_mptcp_flow {
	struct sb_mptcp_range {
		uint64_t from, to;
	} * ranges;
	size_t count, room;
	struct sb_spill spill;
	struct sb_mptcp_path path[SB_MAX_TERMINALS];
};

/**
 * sb_mptcp_flow_data() - a segment with a mapping arrived
 * @first_seq:	of its subflow's SYN
 */
void sb_mptcp_flow_data(struct sb_mptcp_flow *m, size_t terminal, const struct sb_packet *p,
			uint32_t first_seq, const struct sb_mptcp_mapping *map);
/** sb_mptcp_flow_repeated() - bytes that arrived more than once, by different subflows; sorts the ranges */
uint64_t sb_mptcp_flow_repeated(struct sb_mptcp_flow *m);
void sb_mptcp_flow_fini(struct sb_mptcp_flow *m);

#endif
