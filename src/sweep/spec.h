/* SPDX-License-Identifier: MIT */
/* spec.h - what a sweep varies: factors with their levels, seeds, and the runs that makes; pure */
#ifndef SATBED_SWEEP_SPEC_H
#define SATBED_SWEEP_SPEC_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "sweep/seeds.h"

#define SB_SWEEP_FACTORS 16
#define SB_SWEEP_LEVELS	 1000

/** struct sb_factor - @key: "flow.bulk.cc"; levels as they are written in a scenario */
struct sb_factor {
	char *key;
	char **levels;
	size_t level_count, room;
};

/**
 * struct sb_sweep_spec - start zeroed
 * @scenario:	absolute path; @scenario_hash: of its text, hexadecimal
 * @seeds:	empty = the scenario's own
 */
struct sb_sweep_spec {
	char *scenario, *scenario_hash;
	char **sets;
	size_t set_count, set_room;
	struct sb_factor factors[SB_SWEEP_FACTORS];
	size_t factor_count;
	struct sb_seeds seeds;
};

/** sb_spec_vary() - "KEY=A,B", "KEY=A|B": a factor, or more levels of one that is there; 0, or -1 with
 * @err (SB_EINPUT) */
int sb_spec_vary(struct sb_sweep_spec *s, const char *text, struct sb_err *err);
void sb_spec_set(struct sb_sweep_spec *s, const char *text);
/** sb_spec_check() - has every factor two levels, and are there not too many runs?  0, or -1 */
int sb_spec_check(const struct sb_sweep_spec *s, struct sb_err *err);
/** sb_spec_cases() - combinations of levels; sb_spec_runs(): times seeds */
size_t sb_spec_cases(const struct sb_sweep_spec *s);
size_t sb_spec_runs(const struct sb_sweep_spec *s);
/** sb_spec_level() - the level of factor @f in combination @c; the last factor changes first */
size_t sb_spec_level(const struct sb_sweep_spec *s, size_t c, size_t f);
/**
 * sb_spec_sets() - the --set words of run @run; runs of one seed come one after the other
 * @out:	*@count words; sb_spec_sets_free() frees them
 */
char **sb_spec_sets(const struct sb_sweep_spec *s, size_t run, size_t *count);
void sb_spec_sets_free(char **sets, size_t count);
/** sb_spec_case_of(), sb_spec_seed_of() - of run @run; a seed of 0 where there are none */
size_t sb_spec_case_of(const struct sb_sweep_spec *s, size_t run);
uint64_t sb_spec_seed_of(const struct sb_sweep_spec *s, size_t run);

cJSON *sb_spec_to_json(const struct sb_sweep_spec *s);
/** sb_spec_from_json() - into a zeroed @out; nothing in it is trusted; 0, or -1 with @err */
int sb_spec_from_json(const cJSON *json, struct sb_sweep_spec *out, struct sb_err *err);
void sb_spec_fini(struct sb_sweep_spec *s);

#endif
