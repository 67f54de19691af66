/* SPDX-License-Identifier: MIT */
/*
 * pie.h - Proportional Integral controller Enhanced (RFC 8033): which packet to drop on arrival
 *
 * Pure.  The queueing delay is the time the last packet to leave had waited, as section 5.2 allows,
 * in place of an estimate of the departure rate.
 */
#ifndef SATBED_LINK_PIE_H
#define SATBED_LINK_PIE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct sb_pie - the RFC's variables under its names
 * @target_ns:	QDELAY_REF; @update_ns: T_UPDATE
 * @limit_bytes: of the queue: PIE is active from a third of it on
 * @next_ns:	of the next update; the caller starts it
 */
struct sb_pie {
	int64_t target_ns, update_ns;
	uint64_t limit_bytes;
	int64_t next_ns;
	bool active;
	double drop_prob, accu_prob;
	int64_t qdelay_old_ns, burst_allowance_ns;
};

/** sb_pie_update() - the drop probability anew (section 4.2), every @update_ns */
void sb_pie_update(struct sb_pie *p, int64_t qdelay_ns);
/**
 * sb_pie_drops() - is the arriving packet dropped? (section 4.1 and 5.4: derandomisation)
 * @waiting_bytes: in the queue, without it
 * @draw:	uniform in [0, 1); one is drawn for every packet, used or not
 */
bool sb_pie_drops(struct sb_pie *p, uint64_t waiting_bytes, uint32_t mtu_bytes, double draw);
/** sb_pie_queued() - it was let in, or found the queue full, and so many bytes wait now */
void sb_pie_queued(struct sb_pie *p, uint64_t waiting_bytes);

#endif
