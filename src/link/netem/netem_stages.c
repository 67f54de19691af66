// SPDX-License-Identifier: MIT
/* netem_stages.c - the state of a link as the netem qdiscs that make it */
#include "netem_stages.h"

#include <net/ethernet.h>

#include "satbed/base/clock.h"

/* More than any sender puts on its way in one delay; memory, not the link, ends a flood before. */
#define LINE_PACKETS 1000000u

static void set_loss(struct sb_netem *n, const struct sb_link_state *state)
{
	const struct sb_loss *loss = &state->loss;

	if (state->outage) {
		n->loss = UINT32_MAX;
		return;
	}
	switch (loss->kind) {
	case SB_LOSS_NONE:
		break;
	case SB_LOSS_RANDOM:
		n->loss = sb_netem_probability(loss->random_ppb);
		break;
	case SB_LOSS_GEMODEL:
		n->gemodel = true;
		n->p = sb_netem_probability(loss->bad_ppb);
		n->r = sb_netem_probability(loss->good_ppb);
		/* The kernel's h is the chance to survive in the bad state. */
		n->h = UINT32_MAX - sb_netem_probability(loss->lost_in_bad_ppb);
		n->k1 = sb_netem_probability(loss->lost_in_good_ppb);
		break;
	}
}

static void set_delay(struct sb_netem *n, const struct sb_link_state *state)
{
	n->latency_ns = state->delay_ns;
	n->reorder = sb_netem_probability(state->reorder_ppb);
	n->gap = n->reorder ? 1 : 0;
}

static uint64_t rate_bytes(uint64_t rate_bps)
{
	uint64_t bytes = (rate_bps + 4) / 8;

	if (!rate_bps)
		return SB_NETEM_ORDER_ONLY;
	return bytes ? bytes : 1;
}

/* Frames of full size that are under way at the highest rate and the longest delay. */
static uint64_t frames_under_way(const struct sb_link_dir *dir, uint32_t mtu)
{
	double bytes = (double)dir->max_rate_bps / 8 * (double)dir->max_delay_ns / SB_NS_PER_S;

	return dir->max_rate_bps ? (uint64_t)(bytes / (mtu + ETHER_HDR_LEN)) + 1 : LINE_PACKETS;
}

static uint32_t clamp_limit(uint64_t limit)
{
	return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

void sb_netem_plan(const struct sb_link_dir *dir, const struct sb_link_state *state, uint32_t mtu,
		   bool single, struct sb_netem_stages *out)
{
	/* netem counts the frame that is being sent among the waiting ones. */
	uint64_t queue = (uint64_t)dir->queue_packets + 1;
	struct sb_netem *loss, *delay, *rate;

	*out = (struct sb_netem_stages){.count = single ? 1 : SB_STAGE_MAX};
	loss = &out->stage[SB_STAGE_LOSS];
	delay = single ? loss : &out->stage[SB_STAGE_DELAY];
	rate = single ? loss : &out->stage[SB_STAGE_QUEUE];

	set_loss(loss, state);
	loss->duplicate = sb_netem_probability(state->duplicate_ppb);
	loss->corrupt = sb_netem_probability(state->corrupt_ppb);
	set_delay(delay, state);
	if (single) {
		rate->limit = clamp_limit(queue + frames_under_way(dir, mtu));
	} else {
		/* A parent's limit counts its children's packets on most kernels. */
		loss->limit = delay->limit = clamp_limit(queue + LINE_PACKETS);
		delay->rate_bytes = dir->may_overtake ? 0 : SB_NETEM_ORDER_ONLY;
		rate->limit = clamp_limit(queue);
	}
	rate->rate_bytes = rate_bytes(state->rate_bps);
	if (state->rate_bps)
		rate->overhead = (int32_t)dir->overhead_bytes;
	else if (single && dir->may_overtake)
		rate->rate_bytes = 0;
	out->served = dir->rate_changes && !single;
	if (!out->served)
		return;
	rate->limit = loss->limit;
	out->rate_queue = (struct sb_rate_queue){.rate_bytes = rate->rate_bytes,
						 .overhead = (uint32_t)rate->overhead,
						 .limit_bytes = clamp_limit(dir->queue_bytes)};
}
