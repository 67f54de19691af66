/* SPDX-License-Identifier: MIT */
/*
 * delay_line.h - packets on their way, each with the instant at which it leaves
 *
 * Lanes are rings in which instants only grow; what would overtake takes another lane.  The lane
 * that is first of all has the next packet.
 */
#ifndef SATBED_LINK_LINES_H
#define SATBED_LINK_LINES_H

#include <stdint.h>

/* The first for packets that skip the delay, the second for all others unless they may overtake. */
#define SB_DELAY_LINES	6u
#define SB_LANE_EXPRESS 0u
#define SB_LANE_MAIN	1u

/** struct sb_departure - one copy that is due; @handle as given to sb_queue_arrive() */
struct sb_departure {
	int64_t depart_ns;
	uint64_t index;
	uint32_t handle;
	uint32_t len;
};

struct sb_lane {
	struct sb_departure *at;
	uint32_t head, tail; /* filled at @head, emptied at @tail */
	int64_t last_ns;     /* of the last one put in */
};

struct sb_delay_line {
	uint32_t mask;
	struct sb_lane lane[SB_DELAY_LINES];
};

/** sb_delay_line_init() - room for @mask + 1 packets in each lane; pages come as they are used */
void sb_delay_line_init(struct sb_delay_line *l, uint32_t mask);
void sb_delay_line_fini(struct sb_delay_line *l);

/** sb_delay_line_put() - into @lane; @d->depart_ns is not before the last of that lane */
void sb_delay_line_put(struct sb_delay_line *l, uint32_t lane, const struct sb_departure *d);
/**
 * sb_delay_line_put_unordered() - into the first lane whose last packet leaves no later
 *
 * A fall of the delay needs one more lane until what was under way has left.  When all are taken,
 * the packet leaves with the last of the lane that is over soonest.
 */
void sb_delay_line_put_unordered(struct sb_delay_line *l, const struct sb_departure *d);
/** sb_delay_line_next() - the lane whose first packet leaves first; -1 when there is none */
int sb_delay_line_next(const struct sb_delay_line *l);
/** sb_delay_line_first() - the first packet of a lane that is not empty; sb_delay_line_pop() removes it */
const struct sb_departure *sb_delay_line_first(const struct sb_delay_line *l, int lane);
void sb_delay_line_pop(struct sb_delay_line *l, int lane);

#endif
