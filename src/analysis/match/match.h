/* SPDX-License-Identifier: MIT */
/* match.h - the same packet at both ends of a link */
#ifndef SATBED_ANALYSIS_MATCH_H
#define SATBED_ANALYSIS_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/clock.h"
#include "satbed/base/spill.h"

#define SB_NEVER      INT64_MIN
#define SB_NO_SENDING UINT32_MAX

/* What became of a packet; SB_FATE_OPEN: not known, it may have been under way at the end. */
enum sb_fate { SB_FATE_OPEN, SB_ARRIVED, SB_LOST_LINK, SB_LOST_QUEUE, SB_LOST_OUTAGE };

/**
 * struct sb_sent - one packet before the link
 * @arrived_ns:	its first copy after the link, SB_NEVER = none
 * @flow:	the stream flow it is payload of, -1 = none; @payload: its UDP payload
 * @sending:	of a TCP flow: its place in sb_flows, SB_NO_SENDING = it is none
 * @error_ns:	of a judged one that arrived: measured less predicted arrival, within 2 s
 * @fill:	of a lost one: how full it found the queue of the ideal link, 1 = no room
 * @fate:	enum sb_fate, by sb_predict() and sb_fate_settle()
 * @probe:	of none of the flows (see plan_probe.h)
 * @stream:	sb_packet_stream(), for the order
 * @copies:	seen after the link
 * @next:	private: the next one of the same key; before that its place in the file
 */
struct sb_sent {
	int64_t t_ns, arrived_ns;
	uint64_t key;
	uint32_t wire_len;
	uint32_t next;
	int32_t flow;
	uint32_t sending;
	uint32_t stream;
	int32_t error_ns;
	float fill;
	uint16_t payload;
	uint8_t copies;
	uint8_t reordered;
	uint8_t fate;
	bool judged, probe;
};

/** struct sb_seen - one packet after the link */
struct sb_seen {
	int64_t t_ns;
	uint64_t key;
	uint32_t place; /* in the file */
};

/**
 * struct sb_packet_match - one direction of one link, from both captures
 * @sent_spill, @seen_spill, @unmatched_spill: where the lists are
 * @unmatched_ns: when packets arrived after the link that nobody had sent
 * @sent_until_ns: the last that the capture before the link has, of either direction; 0 = not known
 */
struct sb_packet_match {
	struct sb_sent *sent;
	struct sb_seen *seen;
	size_t sent_count, sent_room, seen_count, seen_room;
	int64_t *unmatched_ns;
	size_t unmatched_count, unmatched_room;
	int64_t sent_until_ns;
	struct sb_spill sent_spill, seen_spill, unmatched_spill;
};

/** sb_packet_match_spill() - long lists go to files in @dir, which stays the caller's; at the beginning */
void sb_packet_match_spill(struct sb_packet_match *t, const char *dir);
void sb_packet_match_add_sent(struct sb_packet_match *t, const struct sb_sent *s);
void sb_packet_match_add_seen(struct sb_packet_match *t, int64_t t_ns, uint64_t key);
void sb_packet_match_fini(struct sb_packet_match *t);

/**
 * sb_match() - find for every packet seen the one that was sent
 * @max_transit_ns: a packet sent longer ago than this was lost
 * @keeps_order: the link was not asked to reorder
 *
 * Sorts both lists by time.  Among equal keys (an application that sends the same datagram again,
 * without an IP identification) the one sent first is taken: links are first in, first out, unless
 * that one was lost, which then makes the delay too long by the time between the two.  On a link
 * that keeps the order, arrivals of other packets tell: what was sent before one that has arrived
 * is lost.  (pasta retransmits with neither timestamps nor an IP identification.)  Nothing is
 * matched to a packet sent after it was seen.  When all packets of a key have arrived, one more is
 * a duplicate of the last, unless it may have been sent when the capture before the link had ended:
 * the resets that answer what arrives at a closed connection are equal to the bit.
 *
 * A packet is reordered when one that was sent after it has arrived before it (RFC 4737,
 * section 3.3, Type-P-Reordered, with sending order as the sequence number; copies are not judged).
 * A host stamps what it sends before it queues for the link, and what another sender puts there in
 * between passes it: such packets have no order.  Of one stream (addresses, ports, protocol), which
 * sends one after the other, these are packets within 20 us of each other; of two streams, which
 * take turns on the processors, those within 1 ms, as late as a delay may be that holds.  What a
 * link reorders it reorders within streams, too.
 */
void sb_match(struct sb_packet_match *t, int64_t max_transit_ns, bool keeps_order);

#endif
