/* SPDX-License-Identifier: MIT */
/*
 * link_input.h - what is one client's own in a direction: its steps, its chances, its delay
 *
 * Queue and serialiser (queue.h) may serve several clients; packets come to them from feeds and
 * leave by the delay line of the feed that they came from.
 */
#ifndef SATBED_LINK_FEED_H
#define SATBED_LINK_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "delay_line.h"
#include "satbed/base/rng.h"
#include "satbed/link.h"
#include "satbed/plan.h"

#define SB_LINK_INPUT_STEPS 4096u

struct sb_link_input_step {
	int64_t at_ns;
	struct sb_link_state state;
};

/**
 * struct sb_link_input - one client's packets on their way through a direction
 * @bad:	state of the Gilbert-Elliott chain
 * @exact_next:	the first range of @exact that is not over
 * @state:	in force for arrivals; @delay_ns: for frames leaving the serialiser
 * @steps:	a ring: filled at @head; @arrival, @done: the first that is not in force for either
 */
struct sb_link_input {
	struct sb_rng rng;
	bool bad, may_overtake;
	struct sb_exact exact;
	uint32_t exact_next;
	struct sb_link_state state;
	int64_t delay_ns;
	struct sb_link_input_step *steps;
	uint32_t head, arrival, done;
	uint64_t next_index;
	struct sb_delay_line lanes;
	struct sb_link_counters counters;
};

/** struct sb_chances - what was drawn for one packet; @bit: which one to flip, of any size */
struct sb_chances {
	bool lost, duplicate, corrupt, reorder[2];
	uint64_t bit;
};

/** sb_link_input_init() - room for @mask + 1 packets in each lane */
void sb_link_input_init(struct sb_link_input *f, const struct sb_link_state *initial,
			const struct sb_exact *exact, uint64_t seed, bool may_overtake,
			uint32_t mask);
void sb_link_input_fini(struct sb_link_input *f);

static inline const struct sb_link_input_step *sb_link_input_step(const struct sb_link_input *f,
								  uint32_t pos)
{
	return &f->steps[pos % SB_LINK_INPUT_STEPS];
}

/** sb_link_input_apply() - from @at_ns on; there must be room (@head less the oldest cursor) */
void sb_link_input_apply(struct sb_link_input *f, const struct sb_link_state *state, int64_t at_ns);
/** sb_link_input_pending() - steps that either cursor still needs */
uint32_t sb_link_input_pending(const struct sb_link_input *f);
/** sb_link_input_arrive_at(), sb_link_input_done_at() - steps in force at @at_ns, for arrivals and for frames
 * that leave the serialiser; times only grow */
void sb_link_input_arrive_at(struct sb_link_input *f, int64_t at_ns);
void sb_link_input_done_at(struct sb_link_input *f, int64_t at_ns);

/**
 * sb_link_input_draw() - everything random of packet @index
 *
 * The same draws whatever the state and the outcome: the fate of packet n is a function of the
 * seed, n and the states in force.
 */
void sb_link_input_draw(struct sb_link_input *f, uint64_t index, struct sb_chances *out);

/**
 * sb_link_input_delay() - a frame has left the serialiser, at @d->depart_ns, for the delay line
 * @skip:	it skips the delay
 *
 * Return: when it leaves the link
 */
int64_t sb_link_input_delay(struct sb_link_input *f, struct sb_departure *d, bool skip);
/** sb_link_input_least_delay_ns() - what no frame that now waits is delayed less than; at most @most_ns
 */
int64_t sb_link_input_least_delay_ns(const struct sb_link_input *f, int64_t most_ns);

/** sb_link_input_may_skip() - may a frame skip the delay, now or after a step that is known? */
bool sb_link_input_may_skip(const struct sb_link_input *f);

#endif
