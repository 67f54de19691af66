// SPDX-License-Identifier: MIT
/* spec.c - what a sweep varies, and the runs that makes */
#include "spec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/sweep.h"

/* --- factors and levels --- */

void sb_level_set(struct sb_level *level, char *set)
{
	level->sets = sb_grow(level->sets, level->set_count, &level->room, sizeof(*level->sets));
	level->sets[level->set_count++] = set;
}

void sb_level_fini(struct sb_level *level)
{
	sb_spec_sets_free(level->sets, level->set_count);
	free(level->name);
	*level = (struct sb_level){0};
}

struct sb_factor *sb_spec_factor(struct sb_sweep_spec *s, const char *key, struct sb_err *err)
{
	for (size_t i = 0; i < s->factor_count; i++) {
		if (!strcmp(s->factors[i].key, key))
			return &s->factors[i];
	}
	if (s->factor_count == SB_SWEEP_FACTORS) {
		sb_fail(err, SB_EINPUT, 0, "more than %d factors", SB_SWEEP_FACTORS);
		return NULL;
	}
	s->factors[s->factor_count] =
	    (struct sb_factor){.key = sb_strdup(key), .zip = s->factor_count};
	return &s->factors[s->factor_count++];
}

static bool same_sets(const struct sb_level *a, const struct sb_level *b)
{
	bool same = a->set_count == b->set_count;

	for (size_t i = 0; same && i < a->set_count; i++)
		same = !strcmp(a->sets[i], b->sets[i]);
	return same;
}

static int check_level(const struct sb_factor *f, const struct sb_level *level, bool *there,
		       struct sb_err *err)
{
	*there = false;
	for (size_t i = 0; i < f->level_count; i++) {
		bool name = !strcmp(f->levels[i].name, level->name);
		bool sets = same_sets(&f->levels[i], level);

		*there |= name && sets;
		if (name && !sets)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s: \"%s\" has two meanings; give one of them another name",
				       f->key, level->name);
		if (sets && !name)
			return sb_fail(err, SB_EINPUT, 0, "%s: \"%s\" and \"%s\" are the same",
				       f->key, f->levels[i].name, level->name);
	}
	if (!*there && f->level_count == SB_SWEEP_LEVELS)
		return sb_fail(err, SB_EINPUT, 0, "%s has more than %d levels", f->key,
			       SB_SWEEP_LEVELS);
	return 0;
}

int sb_spec_add_level(struct sb_factor *f, struct sb_level *level, struct sb_err *err)
{
	bool there;
	int rc = check_level(f, level, &there, err);

	if (rc || there) {
		sb_level_fini(level);
		return rc;
	}
	f->levels = sb_grow(f->levels, f->level_count, &f->room, sizeof(*f->levels));
	f->levels[f->level_count++] = *level;
	*level = (struct sb_level){0};
	return 0;
}

void sb_spec_set(struct sb_sweep_spec *s, const char *text)
{
	s->sets = sb_grow(s->sets, s->set_count, &s->set_room, sizeof(*s->sets));
	s->sets[s->set_count++] = sb_strdup(text);
}

/* --- what may be wrong with all of it --- */

/* "link.delay", a factor of cases, or a key of the testbed without its section. */
static struct sb_factor *find(struct sb_sweep_spec *s, const char *key, size_t len)
{
	static const char testbed[] = "testbed.";

	for (size_t i = 0; i < s->factor_count; i++) {
		const char *own = s->factors[i].key;

		if (strlen(own) == len && !strncmp(own, key, len))
			return &s->factors[i];
		if (!strncmp(own, testbed, strlen(testbed)) &&
		    strlen(own) == strlen(testbed) + len &&
		    !strncmp(own + strlen(testbed), key, len))
			return &s->factors[i];
	}
	return NULL;
}

/* The factors of one zip get the first of them as theirs. */
static int apply_zip(struct sb_sweep_spec *s, const char *zip, struct sb_err *err)
{
	struct sb_factor *first = NULL;

	for (const char *at = zip; *at;) {
		size_t len = strcspn(at, ",");
		struct sb_factor *f = find(s, at, len);
		size_t self;

		if (!f)
			return sb_fail(err, SB_EINPUT, 0,
				       "zip %s: %.*s is not varied; give it levels with vary", zip,
				       (int)len, at);
		self = (size_t)(f - s->factors);
		if (f == first || f->zip != self)
			return sb_fail(err, SB_EINPUT, 0, "zip %s: %s is in it twice", zip, f->key);
		if (first && f->level_count != first->level_count)
			return sb_fail(err, SB_EINPUT, 0,
				       "zip %s: %s has %zu levels and %s has %zu; each needs as "
				       "many as the others",
				       zip, first->key, first->level_count, f->key, f->level_count);
		if (first)
			f->zip = first->zip;
		else
			first = f;
		at += len + (at[len] == ',');
	}
	return 0;
}

/* The first of a zip in the order of factors leads it, whatever the order in which it was written. */
static void lead(struct sb_sweep_spec *s)
{
	for (size_t i = 0; i < s->factor_count; i++) {
		size_t group = s->factors[i].zip, least = i;

		if (group == i)
			continue;
		for (size_t k = 0; k < s->factor_count; k++)
			if (k < least && s->factors[k].zip == group)
				least = k;
		for (size_t k = 0; k < s->factor_count && least < group; k++)
			if (s->factors[k].zip == group)
				s->factors[k].zip = least;
	}
}

static int check_zips(struct sb_sweep_spec *s, struct sb_err *err)
{
	for (size_t i = 0; i < s->factor_count; i++)
		s->factors[i].zip = i;
	for (size_t i = 0; i < s->zip_count; i++) {
		if (apply_zip(s, s->zips[i], err))
			return -1;
	}
	lead(s);
	return 0;
}

int sb_spec_check(struct sb_sweep_spec *s, struct sb_err *err)
{
	for (size_t i = 0; i < s->factor_count; i++) {
		const struct sb_factor *f = &s->factors[i];
		const struct sb_level *only = f->level_count ? &f->levels[0] : NULL;

		if (f->level_count >= 2)
			continue;
		if (only && only->set_count == 1)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s has one level; give it another, or use --set %s", f->key,
				       only->sets[0]);
		return sb_fail(err, SB_EINPUT, 0, "%s has one level; give it another", f->key);
	}
	if (check_zips(s, err))
		return -1;
	if (!s->factor_count && sb_seeds_count(&s->seeds) < 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "nothing varies; give --vary KEY=LEVEL,LEVEL, or --seeds 1..20");
	if (sb_spec_runs(s) > SB_SWEEP_RUNS_MAX)
		return sb_fail(err, SB_EINPUT, 0, "more than %d runs", SB_SWEEP_RUNS_MAX);
	return 0;
}

/* --- the runs --- */

size_t sb_spec_cases(const struct sb_sweep_spec *s)
{
	size_t cases = 1;

	for (size_t i = 0; i < s->factor_count; i++) {
		if (s->factors[i].zip == i &&
		    __builtin_mul_overflow(cases, s->factors[i].level_count, &cases))
			return SIZE_MAX;
	}
	return cases;
}

static size_t seeds(const struct sb_sweep_spec *s)
{
	return s->seeds.range_count ? sb_seeds_count(&s->seeds) : 1;
}

size_t sb_spec_runs(const struct sb_sweep_spec *s)
{
	size_t runs;

	return __builtin_mul_overflow(sb_spec_cases(s), seeds(s), &runs) ? SIZE_MAX : runs;
}

size_t sb_spec_level(const struct sb_sweep_spec *s, size_t c, size_t f)
{
	size_t leader = s->factors[f].zip;

	for (size_t i = s->factor_count; i-- > leader + 1;) {
		if (s->factors[i].zip == i)
			c /= s->factors[i].level_count;
	}
	return c % s->factors[leader].level_count;
}

const char *sb_spec_level_name(const struct sb_sweep_spec *s, size_t c, size_t f)
{
	return s->factors[f].levels[sb_spec_level(s, c, f)].name;
}

/* All cases of one seed before the next seed: what is there early compares all of them. */
size_t sb_spec_case_of(const struct sb_sweep_spec *s, size_t run)
{
	return run % sb_spec_cases(s);
}

uint64_t sb_spec_seed_of(const struct sb_sweep_spec *s, size_t run)
{
	return s->seeds.range_count ? sb_seeds_at(&s->seeds, run / sb_spec_cases(s)) : 0;
}

static void add_set(struct sb_level *all, const char *set)
{
	sb_level_set(all, sb_strdup(set));
}

char **sb_spec_sets(const struct sb_sweep_spec *s, size_t run, size_t *count)
{
	struct sb_level all = {0};
	size_t c = sb_spec_case_of(s, run);

	for (size_t i = 0; i < s->set_count; i++)
		add_set(&all, s->sets[i]);
	for (size_t f = 0; f < s->factor_count; f++) {
		const struct sb_level *level = &s->factors[f].levels[sb_spec_level(s, c, f)];

		for (size_t i = 0; i < level->set_count; i++)
			add_set(&all, level->sets[i]);
	}
	if (s->seeds.range_count)
		sb_level_set(&all, sb_asprintf("scenario.seed=%" PRIu64, sb_spec_seed_of(s, run)));
	*count = all.set_count;
	return all.sets;
}

void sb_spec_sets_free(char **sets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(sets[i]);
	free(sets);
}

void sb_spec_fini(struct sb_sweep_spec *s)
{
	sb_spec_sets_free(s->sets, s->set_count);
	sb_spec_sets_free(s->zips, s->zip_count);
	for (size_t f = 0; f < s->factor_count; f++) {
		for (size_t i = 0; i < s->factors[f].level_count; i++)
			sb_level_fini(&s->factors[f].levels[i]);
		free(s->factors[f].levels);
		free(s->factors[f].key);
	}
	sb_seeds_fini(&s->seeds);
	free(s->scenario);
	free(s->scenario_hash);
	*s = (struct sb_sweep_spec){0};
}
