/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the model of one direction of a link: which packets live, and when each leaves
 *
 * A direction may be shared by several clients, numbered from 0: they have one queue and one
 * serialiser, each its own losses, outages and delay.
 *
 * Pure: no clock of its own, no I/O, no allocation after sb_queue_new().
 */
#ifndef SATBED_LINK_QUEUE_H
#define SATBED_LINK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "delay_line.h"
#include "satbed/link.h"
#include "satbed/plan.h"

#define SB_QUEUE_NEVER	   INT64_MAX
#define SB_QUEUE_ETHER_LEN 14u /* corruption spares the Ethernet header: the link is beyond it */

struct sb_queue;

/** struct sb_queue_config - @capacity: packets under way at most; beyond it they fail, counted */
struct sb_queue_config {
	struct sb_link_state initial;
	uint64_t queue_bytes;
	uint64_t seed;
	uint32_t capacity;
	struct sb_exact exact;
	struct sb_discipline discipline;
	uint32_t frame_bytes;	 /* the longest frame; for CoDel and PIE */
	uint32_t overhead_bytes; /* on the wire, beside each frame */
	bool may_overtake;	 /* when the delay falls */
};

/** enum sb_fate - what becomes of an arriving packet */
enum sb_fate { SB_FATE_PASSED, SB_FATE_LOST, SB_FATE_OUTAGE, SB_FATE_QUEUE_FULL, SB_FATE_NO_ROOM };

/**
 * struct sb_queue_decision - the decision on one arriving packet
 * @index:	of the packet among all of its client that arrived, from 0
 * @arrival_ns:	as used: never before an earlier packet's
 * @copies:	of it that entered the link: 0, 1 or 2; each comes back once, from sb_queue_depart()
 *		or sb_queue_take_dropped()
 * @queue_dropped: copies for which the queue had no room
 * @reordered:	copies that skip the delay
 * @corrupt_bit: bit to flip, counted from the first byte of the frame; 0 = none
 * @depart_ns:	when the first copy leaves if that is known already, else SB_QUEUE_NEVER
 */
struct sb_queue_decision {
	uint64_t index;
	int64_t arrival_ns;
	int64_t depart_ns;
	enum sb_fate fate;
	uint8_t copies, queue_dropped, reordered;
	bool duplicated;
	uint32_t corrupt_bit;
};

struct sb_queue *sb_queue_new(const struct sb_queue_config *config);
/**
 * sb_queue_new_shared() - the same for @clients of them
 * @config:	one for each.  The first one's are the queue, its discipline, the overhead and the
 *		capacity; of the others count the initial state but for its rate, seed, exact and
 *		may_overtake
 */
struct sb_queue *sb_queue_new_shared(const struct sb_queue_config *config, uint32_t clients);
void sb_queue_free(struct sb_queue *q);

/**
 * sb_queue_apply() - the complete state for packets arriving from @at_ns on
 * @now_ns:	nothing that arrived before is still to come (lets old steps be forgotten)
 *
 * Steps come in the order of @at_ns.  A queue action is done at @at_ns to what waits then.  Frames
 * whose serialisation starts from @at_ns on get the new rate; a frame on the wire keeps the old
 * one.  Of a shared direction the rates and the queue actions are client 0's.  -1: too many steps
 * are pending.
 */
int sb_queue_apply(struct sb_queue *q, uint32_t client, const struct sb_link_state *state,
		   int64_t at_ns, int64_t now_ns);

/**
 * sb_queue_arrive() - a frame of @len bytes arrived at @arrival_ns
 *
 * Whatever its fate, it takes the same number of random draws, so the fate of packet n is a
 * function of the seed, n and the states in force; n counts the client's packets.
 */
void sb_queue_arrive(struct sb_queue *q, uint32_t client, int64_t arrival_ns, uint32_t len,
		     uint32_t handle, struct sb_queue_decision *out);

/** sb_queue_depart() - the copies due by @now_ns, in order of departure; call until less than @max
 */
uint32_t sb_queue_depart(struct sb_queue *q, int64_t now_ns, struct sb_departure *out,
			 uint32_t max);
/**
 * sb_queue_depart_ahead() - the same, and of those that leave until @until_ns the ones that nothing
 * holds back any more: what is on the wire leaves when it leaves, whatever comes
 *
 * In order of departure within one call, not from call to call.
 */
uint32_t sb_queue_depart_ahead(struct sb_queue *q, int64_t now_ns, int64_t until_ns,
			       struct sb_departure *out, uint32_t max);

/**
 * sb_queue_take_dropped() - a copy that waited and was dropped meanwhile
 * @out:	@depart_ns is when it arrived
 *
 * To be asked after sb_queue_arrive() and sb_queue_depart() until there is none.
 */
bool sb_queue_take_dropped(struct sb_queue *q, struct sb_departure *out);

/** sb_queue_transit_ns() - no frame that comes in the next 20 ms leaves sooner after that */
int64_t sb_queue_transit_ns(const struct sb_queue *q);
/** sb_queue_next_ns() - no copy leaves before this; SB_QUEUE_NEVER when none is under way */
int64_t sb_queue_next_ns(const struct sb_queue *q);

/** sb_queue_under_way() - copies that entered and have not come back */
uint32_t sb_queue_under_way(const struct sb_queue *q);

/**
 * sb_queue_counters() - what was decided on a client's packets; @failed are copies beyond the
 * capacity
 *
 * @sent and @late are the caller's to know and left alone.
 * May be called from another thread while the queue works: each number is whole.
 */
void sb_queue_counters(const struct sb_queue *q, uint32_t client, struct sb_link_counters *out);

#endif
