/* SPDX-License-Identifier: MIT */
/* netem_stages.h - the state of a link as the netem qdiscs that make it; pure */
#ifndef SATBED_LINK_NETEM_STAGES_H
#define SATBED_LINK_NETEM_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netem_msg.h"
#include "rate_queue.h"
#include "satbed/plan.h"

/* docs/decisions/0001-stacked-netem.md says in which order a packet meets them, and why. */
enum sb_netem_stage { SB_STAGE_LOSS, SB_STAGE_DELAY, SB_STAGE_QUEUE, SB_STAGE_MAX };

/**
 * struct sb_netem_stages - @count is 3, or 1 where one netem does it all (duplication)
 * @served:	the rate changes: what waits does so in @rate_queue, which releases a packet when its
 *		turn has come; SB_STAGE_QUEUE is then no queue but the time that each takes to be sent
 */
struct sb_netem_stages {
	size_t count;
	struct sb_netem stage[SB_STAGE_MAX];
	bool served;
	struct sb_rate_queue rate_queue;
};

/**
 * sb_netem_plan() - the qdiscs for one state
 * @single:	one netem for everything
 * @mtu:	of the interface, for the room that packets under way need in a single netem
 *
 * The rate queue gets no burst here: that depends on the machine.
 *
 * Seeds are left to the caller: they belong to a message, not to a state.
 */
void sb_netem_plan(const struct sb_link_dir *dir, const struct sb_link_state *state, uint32_t mtu,
		   bool single, struct sb_netem_stages *out);

#endif
