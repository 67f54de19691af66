/* SPDX-License-Identifier: MIT */
/*
 * process.h - a quantity that varies over time: quantiles of its distribution, and its memory
 *
 * A Gaussian process z(t) with mean 0 and variance 1 is drawn; the quantity is its distribution's
 * quantile at Phi(z).  z is the sum of four independent parts whose variances are the shares of
 * struct sb_memory: one drawn for the run, one for each slot, one that decorrelates exponentially
 * within a slot (an Ornstein-Uhlenbeck process that starts anew with the slot), and the rest, drawn
 * for each step.  So the correlation of z over a lag L is run + [same slot] * (slot + held *
 * exp(-L / hold)).
 */
#ifndef SATBED_PLAN_PROCESS_H
#define SATBED_PLAN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/exact.h"
#include "satbed/base/rng.h"
#include "satbed/plan.h"
#include "satbed/scenario_values.h"

/** struct sb_process - @slot_index: of the slot that @slot and @held were drawn for */
struct sb_process {
	struct sb_rng rng;
	struct sb_memory memory;
	int64_t slot_ns, phase_ns;
	int64_t last_ns, slot_index;
	bool begun;
	double run, slot, held;
};

/** sb_process_init() - slots of @slot_ns begin at @phase_ns + n * @slot_ns; 0 = there is one only */
void sb_process_init(struct sb_process *p, uint64_t seed, const char *purpose,
		     const struct sb_memory *memory, int64_t slot_ns, int64_t phase_ns);
/** sb_process_next() - z at @at_ns, which never comes before an earlier call's */
double sb_process_next(struct sb_process *p, int64_t at_ns);

/** sb_memory_any() - is anything remembered? */
bool sb_memory_any(const struct sb_memory *m);

/**
 * sb_link_process() - of one direction of a client's link
 * @memory:	SB_KEY_RATE_MEMORY or SB_KEY_JITTER_MEMORY; @what names the random stream
 */
void sb_link_process(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		     enum sb_key memory, const char *what, uint64_t seed, struct sb_process *out);

/**
 * sb_drawn_rate() - what a rate of the process's comes to
 * @every_ns:	how long it holds
 * @s:		gets the rate; or keeps the one before and is out, where this one is too low for a
 *		frame of full size in @every_ns
 */
void sb_drawn_rate(int64_t rate_bps, int64_t every_ns, struct sb_link_state *s);
/** sb_drawn_rate_begin() - the first of them, into the state at the start of the run */
void sb_drawn_rate_begin(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			 uint64_t seed, struct sb_link_state *s);

#endif
