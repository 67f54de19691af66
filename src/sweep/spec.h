/* SPDX-License-Identifier: MIT */
/*
 * spec.h - what a sweep varies: factors with their levels, seeds, and the runs that makes; pure
 *
 * A factor is a key of the scenario, or a set of named cases that set several keys each.  Factors are
 * crossed; those that are zipped go step by step together, first level with first level.
 */
#ifndef SATBED_SWEEP_SPEC_H
#define SATBED_SWEEP_SPEC_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "sweep/seeds.h"

#define SB_SWEEP_FACTORS 16
#define SB_SWEEP_LEVELS	 1000

/** struct sb_level - @name: what tables show; @sets: "flow.bulk.cc=bbr", of a case several */
struct sb_level {
	char *name, **sets;
	size_t set_count, room;
};

/**
 * struct sb_factor
 * @key:	"flow.bulk.cc"; of cases a name without a dot
 * @zip:	the first factor of those that this one goes together with, itself where it is crossed
 */
struct sb_factor {
	char *key;
	struct sb_level *levels;
	size_t level_count, room, zip;
};

/**
 * struct sb_sweep_spec - start zeroed
 * @scenario:	absolute path; @scenario_hash: of its text, hexadecimal
 * @zips:	lists of factors' keys as they were written, commas between
 * @seeds:	empty = the scenario's own
 */
struct sb_sweep_spec {
	char *scenario, *scenario_hash;
	char **sets, **zips;
	size_t set_count, set_room, zip_count, zip_room;
	struct sb_factor factors[SB_SWEEP_FACTORS];
	size_t factor_count;
	struct sb_seeds seeds;
};

/** sb_spec_vary() - "KEY=A,B", "KEY=A|B", a level also as NAME=A: a factor, or more levels of one that
 * is there; 0, or -1 with @err (SB_EINPUT) */
int sb_spec_vary(struct sb_sweep_spec *s, const char *text, struct sb_err *err);
/** sb_spec_case() - "NAME=KEY=VALUE,KEY=VALUE", "FACTOR.NAME=...", also with | for commas: a case of the
 * factor "case", or of FACTOR; 0, or -1 with @err (SB_EINPUT) */
int sb_spec_case(struct sb_sweep_spec *s, const char *text, struct sb_err *err);
/** sb_spec_zip() - "KEY,KEY": those factors go step by step together; 0, or -1 with @err (SB_EINPUT) */
int sb_spec_zip(struct sb_sweep_spec *s, const char *text, struct sb_err *err);
/** sb_spec_set() - "KEY=VALUE" for all runs */
void sb_spec_set(struct sb_sweep_spec *s, const char *text);
/**
 * sb_spec_check() - has every factor two levels, do the zipped ones fit, are there not too many runs?
 *
 * Before it zips mean nothing.  Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_spec_check(struct sb_sweep_spec *s, struct sb_err *err);
/** sb_spec_cases() - combinations of levels; sb_spec_runs(): times seeds; SIZE_MAX: beyond counting */
size_t sb_spec_cases(const struct sb_sweep_spec *s);
size_t sb_spec_runs(const struct sb_sweep_spec *s);
/** sb_spec_level() - the level of factor @f in combination @c; the last factor changes first */
size_t sb_spec_level(const struct sb_sweep_spec *s, size_t c, size_t f);
/** sb_spec_level_name() - its name: what tables show */
const char *sb_spec_level_name(const struct sb_sweep_spec *s, size_t c, size_t f);
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
/** sb_spec_from_json() - into a zeroed @out, sb_spec_check() not made; nothing in it is trusted; 0, or
 * -1 with @err */
int sb_spec_from_json(const cJSON *json, struct sb_sweep_spec *out, struct sb_err *err);
void sb_spec_fini(struct sb_sweep_spec *s);

/*
 * For the files of the spec alone.
 *
 * sb_spec_factor() - the factor with that key, made where there is none; NULL with @err: too many
 * sb_spec_add_level() - @level is taken over, whatever comes of it; what is there already is there once
 */
struct sb_factor *sb_spec_factor(struct sb_sweep_spec *s, const char *key, struct sb_err *err);
int sb_spec_add_level(struct sb_factor *f, struct sb_level *level, struct sb_err *err);
void sb_level_set(struct sb_level *level, char *set);
void sb_level_fini(struct sb_level *level);

#endif
