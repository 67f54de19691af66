/* SPDX-License-Identifier: MIT */
/* seeds.h - the seeds of a sweep, as ranges: a million of them take no more room than one; pure */
#ifndef SATBED_SWEEP_SEEDS_H
#define SATBED_SWEEP_SEEDS_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/** struct sb_seed_range - @before: seeds in the ranges before this one */
struct sb_seed_range {
	uint64_t from, to;
	size_t before;
};

/** struct sb_seeds - start zeroed; ranges in order, apart from each other */
struct sb_seeds {
	struct sb_seed_range *ranges;
	size_t range_count, room;
};

/** sb_seeds_add() - "1..20,30": more of them; each is there once; 0, or -1 with @err (SB_EINPUT) */
int sb_seeds_add(struct sb_seeds *s, const char *text, struct sb_err *err);
/** sb_seeds_count() - SIZE_MAX where a size_t cannot hold it */
size_t sb_seeds_count(const struct sb_seeds *s);
/** sb_seeds_at() - the seed @i of them, in ascending order; @i below sb_seeds_count() */
uint64_t sb_seeds_at(const struct sb_seeds *s, size_t i);
/** sb_seeds_to_json() - a list of "1..20" and "30" */
cJSON *sb_seeds_to_json(const struct sb_seeds *s);
/** sb_seeds_from_json() - adds that list; 0, or -1 with @err (SB_EINPUT) */
int sb_seeds_from_json(struct sb_seeds *s, const cJSON *list, struct sb_err *err);
void sb_seeds_fini(struct sb_seeds *s);

#endif
