/* SPDX-License-Identifier: MIT */
/*
 * flow_analysis_pair.h - two captures of the same packets, matched one by one
 *
 * The two files may begin and end at different times, have different link headers and snaplens,
 * clocks that differ, and an address translation between them.  Memory does not grow with them:
 * packets wait SB_PAIR_WAIT_NS for their other half, at most SB_PAIR_WAITING of them; flows beyond
 * SB_PAIR_FLOWS are counted together.
 */
#ifndef SATBED_FLOW_ANALYSIS_PAIR_H
#define SATBED_FLOW_ANALYSIS_PAIR_H

#include "satbed/base/clock.h"
#include "satbed/flow_analysis.h"

#define SB_PAIR_WAIT_NS (10 * SB_NS_PER_S)
#define SB_PAIR_WAITING (1u << 19)
#define SB_PAIR_FLOWS	8192u

/**
 * struct sb_pair_dir - packets of one direction of a flow
 * @from_first:	they were seen in the first file before the second
 * @sent, @arrived: distinct packets of the time that both captures cover; @lost: those sent and not
 *		arrived
 * @duplicated:	copies that arrived beside their first
 * @reordered:	arrived after one that was sent later (RFC 4737), by more than 20 us
 * @strangers:	arrived and not seen where they were sent: what that capture missed
 * @delay:	one way, by the two files' clocks less sb_pair.offset_ns
 */
struct sb_pair_dir {
	bool from_first;
	uint64_t sent, arrived, lost, duplicated, reordered, unmatched;
	struct sb_flow_analysis_spread delay;
};

/** struct sb_pair_flow - @quic: one of its datagrams was the first of a QUIC connection; ends as the first file has them; @at_second: as the second does */
struct sb_pair_flow {
	uint8_t ip_version, proto;
	bool translated, quic;
	uint8_t addr[2][16], addr_at_second[2][16];
	uint16_t port[2], port_at_second[2];
	struct sb_pair_dir dir[2]; /* by the end that sends */
};

/**
 * struct sb_pair - the result
 * @matched:	packets found in both
 * @translated:	addresses or ports differ between the files
 * @offset_ns:	by how much the second file's clock is ahead, taking both ways as equally long; 0 as
 *		long as no packet arrives before it was sent
 * @gave_up:	packets let go of before their time, to keep memory bounded
 */
struct sb_pair {
	struct sb_pcap_facts facts[2];
	uint64_t matched, gave_up;
	bool translated;
	int64_t offset_ns;
	size_t flow_count;
	struct sb_pair_flow *flows;
};

/**
 * sb_pair_read() - match the captures @paths, which are read twice: not from a pipe
 *
 * Return: 0, or -1 with @err when one cannot be read at all
 */
int sb_pair_read(const char *const paths[2], const struct sb_flow_analysis_options *options,
		 struct sb_pair *out, struct sb_err *err);
void sb_pair_fini(struct sb_pair *p);

void sb_pair_print(const struct sb_pair *p, const char *const names[2], size_t max_flows, FILE *to);
void sb_pair_json(const struct sb_pair *p, const char *const names[2], FILE *to);

/**
 * sb_pair_split_print() - two captures without a packet in common, as on the two legs of a relay
 *
 * Says so, and which connections of the same time carry the same bytes: the same beginning, or,
 * where that was not captured, the same length within 1 %.
 */
void sb_pair_split_print(const struct sb_flow_analysis flow_analyses[2], const char *const names[2],
			 FILE *to);
/** sb_pair_is_split() - too little was matched for it to be one path */
bool sb_pair_is_split(const struct sb_pair *p);

#endif
