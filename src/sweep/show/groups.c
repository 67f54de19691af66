// SPDX-License-Identifier: MIT
/* groups.c - the runs of a sweep by the levels of some of its factors, each with its pair */
#include "groups.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/sweep.h"
#include "sweep/table/rows.h"

/** struct of_case - @levels: by factor, -1 = none; @rest: of the factors that are not asked for */
struct of_case {
	int64_t id;
	int *levels;
	size_t level_count, group;
	uint64_t rest;
};

/** struct gathering - what is needed until the groups are made; @by_id: -1 = there is no such case */
struct gathering {
	struct sb_sweep_groups *s;
	struct of_case *cases;
	size_t case_count;
	int *levels;
	int64_t *by_id;
	size_t id_count;
};

/* --- what is asked for --- */

static int unknown(const char *what, const char *word, char **list, size_t count,
		   struct sb_err *err)
{
	char *all = sb_strdup("");

	for (size_t i = 0; i < count; i++) {
		char *more = sb_asprintf("%s%s%s", all, i ? ", " : "", list[i]);

		free(all);
		all = more;
	}
	sb_fail(err, SB_EINPUT, 0, "%s %s does not exist in this sweep, which has: %s", what, word,
		all);
	free(all);
	return -1;
}

static size_t find(const char *word, char **list, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, list[i]) != 0)
		i++;
	return i;
}

/* A factor of cases has no dot, nor has a key of the testbed that is written without its section. */
static size_t find_factor(const struct sb_sweep_groups *s, const char *word)
{
	size_t f = find(word, s->factors, s->factor_count);
	sb_auto_free char *whole = sb_asprintf("testbed.%s", word);

	return f < s->factor_count ? f : find(whole, s->factors, s->factor_count);
}

static int read_by(struct sb_sweep_groups *s, const char *by, struct sb_err *err)
{
	size_t room = 0;

	for (size_t i = 0; !by && i < s->factor_count; i++) {
		s->by = sb_grow(s->by, s->by_count, &room, sizeof(*s->by));
		s->by[s->by_count++] = i;
	}
	while (by && *by) {
		size_t len = strcspn(by, ","), f;
		sb_auto_free char *word = sb_asprintf("%.*s", (int)len, by);

		f = find_factor(s, word);
		if (f == s->factor_count)
			return unknown("--by", word, s->factors, s->factor_count, err);
		s->by = sb_grow(s->by, s->by_count, &room, sizeof(*s->by));
		s->by[s->by_count++] = f;
		by += len + (by[len] == ',');
	}
	return 0;
}

/* Goodput before what else there is: the first of them in the order of flows. */
static const char *first_value(const struct sb_sweep_groups *s)
{
	for (size_t i = 0; i < s->reading_count; i++) {
		if (!strncmp(s->readings[i], "goodput.", 8))
			return s->readings[i];
	}
	return s->readings[0];
}

static int choose_value(struct sb_sweep_groups *s, struct sb_sweep_table *t, const char *value,
			struct sb_err *err)
{
	size_t i;

	if (!s->reading_count)
		return 0;
	i = value ? find(value, s->readings, s->reading_count) : 0;
	if (i == s->reading_count)
		return unknown("--value", value, s->readings, s->reading_count, err);
	s->value = value ? s->readings[i] : first_value(s);
	s->unit = sb_sweep_table_unit(t, s->value, err);
	return s->unit ? 0 : -1;
}

/* --- cases and their levels --- */

static int read_cases(struct gathering *g, struct sb_sweep_table *t, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, "SELECT id FROM cases ORDER BY id", err);
	size_t room = 0, factors = g->s->factor_count;

	if (!q)
		return -1;
	while (sb_sweep_table_next(q)) {
		int64_t id = sqlite3_column_int64(q, 0);

		if (id < 0 || id > SB_SWEEP_RUNS_MAX)
			continue;
		g->cases = sb_grow(g->cases, g->case_count, &room, sizeof(*g->cases));
		g->cases[g->case_count++] = (struct of_case){.id = id};
		g->id_count = (size_t)id + 1;
	}
	if (sb_sweep_table_end(t, q, err))
		return -1;
	g->by_id = sb_alloc(g->id_count + 1, sizeof(*g->by_id));
	memset(g->by_id, 0xff, (g->id_count + 1) * sizeof(*g->by_id));
	g->levels = sb_alloc(g->case_count * factors + 1, sizeof(*g->levels));
	memset(g->levels, 0xff, (g->case_count * factors + 1) * sizeof(*g->levels));
	for (size_t c = 0; c < g->case_count; c++) {
		g->cases[c].levels = g->levels + c * factors;
		g->cases[c].level_count = factors;
		g->by_id[g->cases[c].id] = (int64_t)c;
	}
	return 0;
}

static void name_level(struct sb_sweep_levels *l, size_t level, const char *name)
{
	if (level >= l->count) {
		l->names = sb_realloc(l->names, level + 1, sizeof(*l->names));
		memset(l->names + l->count, 0, (level + 1 - l->count) * sizeof(*l->names));
		l->count = level + 1;
	}
	if (!l->names[level])
		l->names[level] = sb_strdup(name);
}

static int read_levels(struct gathering *g, struct sb_sweep_table *t, struct sb_err *err)
{
	struct sb_sweep_groups *s = g->s;
	sqlite3_stmt *q =
	    sb_sweep_table_prepare(t, "SELECT case_id, name, level, value FROM factors", err);

	if (!q)
		return -1;
	while (sb_sweep_table_next(q)) {
		int64_t id = sqlite3_column_int64(q, 0), level = sqlite3_column_int64(q, 2);
		const char *name = (const char *)sqlite3_column_text(q, 1);
		const char *value = (const char *)sqlite3_column_text(q, 3);
		size_t f;

		/* The file may be somebody else's. */
		if (id < 0 || (size_t)id >= g->id_count || g->by_id[id] < 0 || !name || !value ||
		    level < 0 || level >= SB_SWEEP_LEVELS)
			continue;
		f = find(name, s->factors, s->factor_count);
		if (f == s->factor_count)
			continue;
		g->cases[g->by_id[id]].levels[f] = (int)level;
		name_level(&s->levels[f], (size_t)level, value);
	}
	return sb_sweep_table_end(t, q, err);
}

/* --- groups --- */

static int by_levels(const int *a, const int *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int compare_cases(const void *a, const void *b)
{
	const struct of_case *x = a, *y = b;

	return by_levels(x->levels, y->levels, x->level_count);
}

/** struct key - of a group in the tree: its levels of the factors asked for */
struct key {
	size_t group, count;
	int levels[];
};

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return by_levels(x->levels, y->levels, x->count);
}

static const char *level_name(const struct sb_sweep_groups *s, size_t f, int level)
{
	return level < 0 || (size_t)level >= s->levels[f].count || !s->levels[f].names[level]
		   ? "-"
		   : s->levels[f].names[level];
}

static void add_group(struct sb_sweep_groups *s, const struct of_case *c, size_t *room)
{
	struct sb_sweep_group *g;

	s->groups = sb_grow(s->groups, s->group_count, room, sizeof(*s->groups));
	g = &s->groups[s->group_count++];
	*g = (struct sb_sweep_group){.levels = sb_alloc(s->by_count + 1, sizeof(*g->levels))};
	for (size_t i = 0; i < s->by_count; i++)
		g->levels[i] = level_name(s, s->by[i], c->levels[s->by[i]]);
}

/*
 * A factor that is not asked for, but whose level follows from those that are, is zipped with one of
 * them: it makes no pair another.
 */
static void mark_followers(const struct gathering *g, const size_t *first_case, bool *follows)
{
	for (size_t f = 0; f < g->s->factor_count; f++) {
		follows[f] = true;
		for (size_t c = 0; follows[f] && c < g->case_count; c++)
			follows[f] = g->cases[c].levels[f] ==
				     g->cases[first_case[g->cases[c].group]].levels[f];
	}
}

static uint64_t mix(uint64_t hash, int level)
{
	return (hash ^ (uint64_t)(level + 1)) * UINT64_C(1099511628211) + 7;
}

static void make_groups(struct gathering *g)
{
	struct sb_sweep_groups *s = g->s;
	size_t *first_case = sb_alloc(g->case_count + 1, sizeof(*first_case)), room = 0;
	bool *follows = sb_alloc(s->factor_count + 1, sizeof(*follows));
	void *tree = NULL;

	if (g->case_count)
		qsort(g->cases, g->case_count, sizeof(*g->cases), compare_cases);
	for (size_t c = 0; c < g->case_count; c++) {
		struct key *key = sb_alloc(1, sizeof(*key) + s->by_count * sizeof(int)), **found;

		g->by_id[g->cases[c].id] = (int64_t)c;
		for (size_t i = 0; i < s->by_count; i++)
			key->levels[i] = g->cases[c].levels[s->by[i]];
		key->group = s->group_count;
		key->count = s->by_count;
		found = sb_must(tsearch(key, &tree, compare_keys));
		g->cases[c].group = (*found)->group;
		if (*found != key) {
			free(key);
			continue;
		}
		first_case[s->group_count] = c;
		add_group(s, &g->cases[c], &room);
	}
	tdestroy(tree, free);
	mark_followers(g, first_case, follows);
	for (size_t c = 0; c < g->case_count; c++) {
		g->cases[c].rest = UINT64_C(14695981039346656037);
		for (size_t f = 0; f < s->factor_count; f++)
			if (!follows[f])
				g->cases[c].rest = mix(g->cases[c].rest, g->cases[c].levels[f]);
	}
	free(follows);
	free(first_case);
}

/* --- values --- */

static int by_pair(const void *a, const void *b)
{
	const struct sb_pair_value *x = a, *y = b;

	return (x->pair > y->pair) - (x->pair < y->pair);
}

static int take_values(struct gathering *g, struct sb_sweep_table *t, struct sb_err *err)
{
	struct sb_sweep_groups *s = g->s;
	struct sb_sweep_table_value *values;
	size_t count;

	if (sb_sweep_table_values(t, s->value, &values, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		int64_t id = values[i].case_id;
		const struct of_case *c;
		struct sb_sweep_group *to;

		if (id < 0 || (size_t)id >= g->id_count || g->by_id[id] < 0)
			continue;
		c = &g->cases[g->by_id[id]];
		to = &s->groups[c->group];
		to->values = sb_grow(to->values, to->count, &to->room, sizeof(*to->values));
		to->values[to->count++] = (struct sb_pair_value){
		    (c->rest ^ (uint64_t)values[i].seed) * UINT64_C(1099511628211),
		    values[i].value};
	}
	free(values);
	for (size_t k = 0; k < s->group_count; k++)
		if (s->groups[k].count)
			qsort(s->groups[k].values, s->groups[k].count, sizeof(*s->groups[k].values),
			      by_pair);
	return 0;
}

int sb_sweep_groups_make(struct sb_sweep_table *t, const char *by, const char *value,
			 struct sb_sweep_groups *s, struct sb_err *err)
{
	struct gathering g = {.s = s};
	int rc = 0;

	if (sb_sweep_table_texts(t, "SELECT name FROM factors GROUP BY name ORDER BY MIN(position)",
				 NULL, &s->factors, &s->factor_count, err) ||
	    sb_sweep_table_texts(t, "SELECT DISTINCT name FROM readings", NULL, &s->readings,
				 &s->reading_count, err))
		return -1;
	s->levels = sb_alloc(s->factor_count + 1, sizeof(*s->levels));
	if (read_by(s, by, err) || choose_value(s, t, value, err))
		return -1;
	if (!s->value)
		return 0;
	rc = read_cases(&g, t, err) || read_levels(&g, t, err);
	if (!rc) {
		make_groups(&g);
		rc = take_values(&g, t, err);
	}
	free(g.cases);
	free(g.levels);
	free(g.by_id);
	return rc ? -1 : 0;
}

void sb_sweep_groups_fini(struct sb_sweep_groups *s)
{
	for (size_t g = 0; g < s->group_count; g++) {
		free(s->groups[g].levels);
		free(s->groups[g].values);
	}
	for (size_t f = 0; s->levels && f < s->factor_count; f++)
		sb_spec_sets_free(s->levels[f].names, s->levels[f].count);
	free(s->levels);
	free(s->groups);
	free(s->by);
	free(s->unit);
	sb_spec_sets_free(s->factors, s->factor_count);
	sb_spec_sets_free(s->readings, s->reading_count);
	*s = (struct sb_sweep_groups){0};
}

struct sb_rank_median sb_sweep_group_median(const struct sb_sweep_group *g)
{
	double *values = sb_alloc(g->count + 1, sizeof(*values));
	struct sb_rank_median m;

	for (size_t i = 0; i < g->count; i++)
		values[i] = g->values[i].value;
	m = sb_rank_median(values, g->count);
	free(values);
	return m;
}

struct sb_rank_median sb_sweep_group_ratio(const struct sb_sweep_group *base,
					   const struct sb_sweep_group *g)
{
	double *ratios = sb_alloc(g->count + 1, sizeof(*ratios));
	size_t count = 0, b = 0;
	struct sb_rank_median m;

	for (size_t i = 0; i < g->count; i++) {
		while (b < base->count && base->values[b].pair < g->values[i].pair)
			b++;
		if (b < base->count && base->values[b].pair == g->values[i].pair &&
		    base->values[b].value > 0)
			ratios[count++] = g->values[i].value / base->values[b].value;
	}
	m = sb_rank_median(ratios, count);
	free(ratios);
	return m;
}
