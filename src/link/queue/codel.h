/* SPDX-License-Identifier: MIT */
/*
 * codel.h - Controlled Delay (RFC 8289, section 5): which packet to drop when it leaves the queue
 *
 * Pure.  Times are absolute ns and only grow.
 */
#ifndef SATBED_LINK_CODEL_H
#define SATBED_LINK_CODEL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct sb_codel - the RFC's variables under its names
 * @target_ns:	standing delay that is accepted
 * @interval_ns: for how long it must be exceeded; of the order of a round trip
 * @advance:	the last packet was dropped: @drop_next_ns moves on if this one may be, too
 * @first_above_ns: when the delay will have been above the target for an interval; 0 = it is below
 */
struct sb_codel {
	int64_t target_ns, interval_ns;
	int64_t first_above_ns, drop_next_ns;
	uint32_t count, last_count;
	bool dropping, advance;
};

/**
 * sb_codel_drops() - is the packet at the head dropped?
 * @now_ns:	its turn has come
 * @sojourn_ns:	how long it has waited
 * @left_bytes:	waiting behind it
 * @mtu_bytes:	with no more than this left, nothing is dropped
 *
 * To be called for each packet whose turn comes, again for the next one at the same instant after a
 * drop.  This is the RFC's dequeue routine, one packet at a time.
 */
bool sb_codel_drops(struct sb_codel *c, int64_t now_ns, int64_t sojourn_ns, uint64_t left_bytes,
		    uint32_t mtu_bytes);
/** sb_codel_empty() - a packet found nobody waiting, or the queue has run empty */
void sb_codel_empty(struct sb_codel *c);

#endif
