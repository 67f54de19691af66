/* SPDX-License-Identifier: MIT */
/* state.h - what a comparison is to do, on disk: state.json, plans/, runs/ */
#ifndef SATBED_COMPARE_STATE_H
#define SATBED_COMPARE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "arm.h"
#include "satbed/batch.h"
#include "satbed/compare_readings.h"
#include "satbed/compare.h"

enum sb_pass { SB_SHAPED, SB_UNSHAPED, SB_PASSES };

/** struct sb_left_out - a path that was not compared, and why */
struct sb_left_out {
	char *name, *why;
};

/**
 * struct sb_comparison - start zeroed
 * @directory:	of the comparison
 * @scenario:	file, absolute: exec flows' files are looked for beside it
 * @passes:	1, or SB_PASSES with the unshaped one
 */
struct sb_comparison {
	char *directory, *scenario;
	size_t rounds, retries, passes;
	uint64_t seed;
	size_t arm_count, left_out_count;
	struct sb_arm arms[SB_MAX_ARMS];
	struct sb_left_out left_out[SB_MAX_ARMS];
};

/** sb_state_save() - directory made, everything in it that a resumed comparison needs */
int sb_state_save(const struct sb_comparison *c, struct sb_err *err);
/** sb_state_load() - the files are not trusted (SB_EINPUT) */
int sb_state_load(const char *directory, struct sb_comparison *out, struct sb_err *err);
void sb_comparison_fini(struct sb_comparison *c);
const char *sb_serving_satellite_name(enum sb_pass pass); /* "shaped", "unshaped" */

/** struct sb_slot - one run that is to be */
struct sb_slot {
	size_t round, arm; /* from 0 */
	enum sb_pass pass;
};

/**
 * sb_slots_order() - every arm once in each round and pass, in a random order within the round
 * @out:	rounds * passes * arms of them
 *
 * A function of the seed alone: a resumed comparison has the same order.
 */
void sb_slots_order(const struct sb_comparison *c, struct sb_slot *out);

/**
 * struct sb_attempt - one run directory
 * @directory:	within the comparison's; @why: of a broken one
 */
struct sb_attempt {
	enum sb_fate fate;
	char *directory, *why;
};

/**
 * struct sb_cell - one slot as it stands on disk; start zeroed
 * @usable:	index of the attempt that counts, -1 = none
 * @readings, @facts, @expects: of that one
 */
struct sb_cell {
	struct sb_attempt *attempts;
	size_t count, room;
	int usable;
	struct sb_readings readings;
	cJSON *facts, *expects;
};

/** sb_cell_load() - look at the attempts of a slot; @next: directory of the next one, the caller's
 * to free */
int sb_cell_load(const struct sb_comparison *c, const struct sb_slot *slot, struct sb_cell *out,
		 char **next, struct sb_err *err);
/** sb_cell_spent() - attempts that count against the retries */
size_t sb_cell_spent(const struct sb_cell *cell);
void sb_cell_fini(struct sb_cell *cell);

#endif
