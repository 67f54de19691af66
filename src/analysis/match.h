/* SPDX-License-Identifier: MIT */
/* match.h - the same packet at both ends of a link */
#ifndef SATBED_ANALYSIS_MATCH_H
#define SATBED_ANALYSIS_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/clock.h"

#define SB_NEVER INT64_MIN

/**
 * struct sb_sent - one packet before the link
 * @arrived_ns:	its first copy after the link, SB_NEVER = none
 * @flow:	the stream flow it is payload of, -1 = none; @payload: its UDP payload
 * @copies:	seen after the link
 * @next:	private: the next one of the same key; before that its place in the file
 */
struct sb_sent {
	int64_t t_ns, arrived_ns;
	uint64_t key;
	uint32_t wire_len;
	uint32_t next;
	int32_t flow;
	uint16_t payload;
	uint8_t copies;
	uint8_t reordered;
};

/** struct sb_seen - one packet after the link */
struct sb_seen {
	int64_t t_ns;
	uint64_t key;
	uint32_t place; /* in the file */
};

/**
 * struct sb_trace - one direction of one link, from both captures
 * @strangers_ns: when packets arrived after the link that nobody had sent
 */
struct sb_trace {
	struct sb_sent *sent;
	struct sb_seen *seen;
	size_t sent_count, sent_room, seen_count, seen_room;
	int64_t *strangers_ns;
	size_t stranger_count, stranger_room;
};

void sb_trace_add_sent(struct sb_trace *t, const struct sb_sent *s);
void sb_trace_add_seen(struct sb_trace *t, int64_t t_ns, uint64_t key);
void sb_trace_fini(struct sb_trace *t);

/**
 * sb_match() - find for every packet seen the one that was sent
 * @max_transit_ns: a packet sent longer ago than this was lost
 *
 * Sorts both lists by time.  Among equal keys (an application that sends the same datagram again,
 * without an IP identification) the one sent first is taken: links are first in, first out, unless
 * that one was lost, which then makes the delay too long by the time between the two.  Nothing is
 * matched to a packet sent after it was seen.  When all packets of a key have arrived, one more is
 * a duplicate of the last.
 *
 * A packet is reordered when one that was sent after it has arrived before it (RFC 4737,
 * section 3.3, Type-P-Reordered, with sending order as the sequence number; copies are not judged).
 * Packets sent within 20 us of each other have no order: processors stamp what they send before
 * they queue for the link, and one may pass the other in between.
 */
void sb_match(struct sb_trace *t, int64_t max_transit_ns);

#endif
