/* SPDX-License-Identifier: MIT */
/*
 * rate_queue.h - a queue that is served at the rate of now: htb with one class over a bfifo
 *
 * netem computes a packet's departure when it enters, so what waits in it keeps the rate of then.
 * htb releases a packet when its turn has come; docs/decisions/0036-a-rate-that-changes.md.
 */
#ifndef SATBED_LINK_RATE_QUEUE_H
#define SATBED_LINK_RATE_QUEUE_H

#include <stdint.h>

#include "link/qdisc.h"

/**
 * struct sb_rate_queue - @rate_bytes: per second; @overhead: bytes beside each packet
 * @burst_ns:	how far packets may be released ahead of their turn, at the rate: as late as the
 *		kernel may wake up without losing capacity
 * @limit_bytes: of the frames that wait, Ethernet headers included: small ones take little room, as in the
 *		user-space link's queue
 */
struct sb_rate_queue {
	uint64_t rate_bytes;
	uint32_t overhead, burst_ns, limit_bytes;
};

/** sb_rate_queue_add() - @handle and @handle + 0x10000 (the bfifo) are its; as sb_qdisc_add() */
int sb_rate_queue_add(struct sb_qdisc *q, uint32_t handle, uint32_t parent,
		      const struct sb_rate_queue *want, struct sb_err *err);
/** sb_rate_queue_change() - rate, overhead and burst in place: packets that wait stay */
int sb_rate_queue_change(struct sb_qdisc *q, uint32_t handle, const struct sb_rate_queue *want,
			 struct sb_err *err);

#endif
