/* SPDX-License-Identifier: MIT */
/* fate.h - why packets of a link, and the ranges of a connection that were sent again, were lost */
#ifndef SATBED_ANALYSIS_FATE_H
#define SATBED_ANALYSIS_FATE_H

#include "analysis/match/match.h"
#include "satbed/analysis.h"
#include "satbed/flow_analysis_seqset.h"
#include "satbed/flow_analysis_tcp.h"

/**
 * sb_fate_settle() - which of the packets lost outside outages found the queue full
 * @queue_dropped: how many did, as the shaper counted; -1 = unknown, and what the ideal link says
 * stays
 *
 * The shaper knows how many but not which.  They are those that the ideal link's queue had the
 * least room for.
 */
void sb_fate_settle(struct sb_packet_match *t, int64_t queue_dropped);

/**
 * struct sb_sending - a segment of a plan's flow, before the link and after it
 * @connection:	number of its connection, from 0
 * @arrived_ns, @fate: set when both ends are matched
 */
struct sb_sending {
	struct sb_tcp_sending range;
	int64_t t_ns, arrived_ns;
	int32_t flow;
	uint32_t connection;
	uint8_t fate;
};

struct sb_piece {
	uint64_t from, to;
	uint8_t fate;
};

/**
 * struct sb_history - the sendings of one connection so far
 * @delivered:	what at least one of them has brought to the receiver
 * @pieces:	in order: the fate of the latest sending of everything that may still be missing
 * @look_at:	how many there are when it is looked what of them may not
 */
struct sb_history {
	struct sb_seqset delivered;
	struct sb_piece *pieces;
	size_t count, room, look_at;
};

/**
 * sb_history_add() - one more sending, in order of time
 * @complete:	no capture of the link lost packets: what did not arrive was lost on the link
 * @fresh:	bytes of it that reach the receiver and that no earlier sending brings
 *
 * A range sent again has one cause: spurious when every byte of it that was sent before has arrived
 * by an earlier sending, be it late; else the fate of the latest sending of the first byte that has
 * not.
 *
 * Return: enum sb_retransmit_cause, or -1 when nothing of it was sent before
 */
int sb_history_add(struct sb_history *h, const struct sb_sending *s, bool complete,
		   uint64_t *fresh);
void sb_history_fini(struct sb_history *h);

#endif
