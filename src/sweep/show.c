// SPDX-License-Identifier: MIT
/* show.c - a table of a sweep: medians by factor, and against the first row, paired by seed */
#include "satbed/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"
#include "sweep/median.h"
#include "sweep/table.h"

/**
 * struct group - runs that are alike in the factors asked for
 * @pair:	of each value: what else the run is, its seed and its other factors
 */
struct group {
	char **levels;
	struct paired {
		uint64_t pair;
		double value;
	} * values;
	size_t count, room;
};

/** struct shown - @factors: of these @by_count are asked for; @case_group, @case_rest: by case */
struct shown {
	char **factors, **by, **readings;
	size_t factor_count, by_count, reading_count;
	struct group *groups;
	size_t group_count, group_room;
	const char *value;
	char *unit;
	struct of_case {
		bool known;
		size_t group;
		uint64_t rest;
	} * cases;
	size_t case_count;
};

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

static bool is_in(const char *word, char **list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(word, list[i]))
			return true;
	}
	return false;
}

static int read_by(struct shown *s, const char *by, struct sb_err *err)
{
	size_t room = 0;

	if (!by) {
		s->by = sb_alloc(s->factor_count + 1, sizeof(*s->by));
		for (size_t i = 0; i < s->factor_count; i++)
			s->by[s->by_count++] = sb_strdup(s->factors[i]);
		return 0;
	}
	while (*by) {
		size_t len = strcspn(by, ",");
		char *word =
		    sb_asprintf("%s%.*s", memchr(by, '.', len) ? "" : "testbed.", (int)len, by);

		s->by = sb_grow(s->by, s->by_count, &room, sizeof(*s->by));
		s->by[s->by_count++] = word;
		if (!is_in(word, s->factors, s->factor_count))
			return unknown("--by", word, s->factors, s->factor_count, err);
		by += len + (by[len] == ',');
	}
	return 0;
}

/* Goodput before what else there is: the first of them in the order of flows. */
static const char *first_value(const struct shown *s)
{
	for (size_t i = 0; i < s->reading_count; i++) {
		if (!strncmp(s->readings[i], "goodput.", 8))
			return s->readings[i];
	}
	return s->readings[0];
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash * 31 + 7;
}

static size_t group_with(struct shown *s, char **levels)
{
	for (size_t g = 0; g < s->group_count; g++) {
		bool same = true;

		for (size_t i = 0; same && i < s->by_count; i++)
			same = !strcmp(s->groups[g].levels[i], levels[i]);
		if (same) {
			sb_spec_sets_free(levels, s->by_count);
			return g;
		}
	}
	s->groups = sb_grow(s->groups, s->group_count, &s->group_room, sizeof(*s->groups));
	s->groups[s->group_count] = (struct group){.levels = levels};
	return s->group_count++;
}

static void learn_case(struct shown *s, struct sb_sweep_table *t, int64_t id)
{
	struct of_case *c = &s->cases[id];
	char **levels = sb_alloc(s->by_count + 1, sizeof(*levels));

	c->rest = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < s->by_count; i++) {
		levels[i] = sb_sweep_table_level(t, id, s->by[i]);
		if (!levels[i])
			levels[i] = sb_strdup("-");
	}
	for (size_t f = 0; f < s->factor_count; f++) {
		sb_auto_free char *level = NULL;

		if (is_in(s->factors[f], s->by, s->by_count))
			continue;
		level = sb_sweep_table_level(t, id, s->factors[f]);
		c->rest = mix(c->rest, level ? level : "-");
	}
	c->group = group_with(s, levels);
	c->known = true;
}

/* In the order in which the levels were given, whatever ran first. */
static int make_groups(struct shown *s, struct sb_sweep_table *t, struct sb_err *err)
{
	char **ids;
	size_t count;

	if (sb_sweep_table_texts(
		t,
		"SELECT c.id FROM cases c LEFT JOIN factors f ON f.case_id=c.id GROUP BY c.id "
		"ORDER BY group_concat(printf('%04d',f.level),'.') ",
		NULL, &ids, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		int64_t id = strtoll(ids[i], NULL, 10);

		if (id < 0 || id > SB_SWEEP_RUNS_MAX)
			continue;
		if ((size_t)id >= s->case_count) {
			s->cases = sb_realloc(s->cases, (size_t)id + 1, sizeof(*s->cases));
			memset(s->cases + s->case_count, 0,
			       ((size_t)id + 1 - s->case_count) * sizeof(*s->cases));
			s->case_count = (size_t)id + 1;
		}
		learn_case(s, t, id);
	}
	sb_spec_sets_free(ids, count);
	return 0;
}

static int take_values(struct shown *s, struct sb_sweep_table *t, struct sb_err *err)
{
	struct sb_sweep_table_value *values;
	size_t count;

	if (sb_sweep_table_values(t, s->value, &values, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct of_case *c;
		struct group *g;

		if (values[i].case_id < 0 || (size_t)values[i].case_id >= s->case_count)
			continue;
		c = &s->cases[values[i].case_id];
		if (!c->known)
			continue;
		g = &s->groups[c->group];
		g->values = sb_grow(g->values, g->count, &g->room, sizeof(*g->values));
		g->values[g->count++] =
		    (struct paired){(c->rest ^ (uint64_t)values[i].seed) * UINT64_C(1099511628211),
				    values[i].value};
	}
	free(values);
	return 0;
}

static int by_pair(const void *a, const void *b)
{
	const struct paired *x = a, *y = b;

	return (x->pair > y->pair) - (x->pair < y->pair);
}

static struct sb_rank_median own_median(const struct group *g)
{
	double *values = sb_alloc(g->count + 1, sizeof(*values));
	struct sb_rank_median m;

	for (size_t i = 0; i < g->count; i++)
		values[i] = g->values[i].value;
	m = sb_rank_median(values, g->count);
	free(values);
	return m;
}

/* Ratios of runs that differ in the factors asked for alone; both lists are sorted by pair. */
static struct sb_rank_median ratio_median(const struct group *base, const struct group *g)
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

static const char *finding(const struct sb_rank_median *ratio)
{
	if (!isfinite(ratio->low))
		return "too few pairs";
	if (ratio->low > 1)
		return "higher";
	return ratio->high < 1 ? "lower" : "no difference";
}

static void put_interval(struct sb_text_table *t, double low, double high, double by)
{
	if (isfinite(low))
		sb_text_cell(t, "%.4g to %.4g", low / by, high / by);
	else
		sb_text_cell(t, "-");
}

static size_t column_width(const struct shown *s, size_t column)
{
	size_t width = strlen(s->by[column]);

	for (size_t g = 0; g < s->group_count; g++) {
		size_t len = strlen(s->groups[g].levels[column]);

		width = len > width ? len : width;
	}
	return width;
}

static void print_group(struct sb_text_table *t, const struct shown *s, size_t g, double by)
{
	struct sb_rank_median own = own_median(&s->groups[g]),
			      ratio = ratio_median(&s->groups[0], &s->groups[g]);

	for (size_t i = 0; i < s->by_count; i++) {
		sb_auto_free char *clean = sb_clean(s->groups[g].levels[i]);

		sb_text_cell(t, "%s", clean);
	}
	sb_text_cell(t, "%zu", own.count);
	if (own.count)
		sb_text_cell(t, "%.4g", own.median / by);
	else
		sb_text_cell(t, "-");
	put_interval(t, own.low, own.high, by);
	if (!g || !ratio.count) {
		sb_text_end(t);
		return;
	}
	sb_text_cell(t, "%.3f", ratio.median);
	put_interval(t, ratio.low, ratio.high, 1);
	sb_text_cell(t, "%s", finding(&ratio));
}

static void print_text(FILE *to, const struct shown *s)
{
	static const struct sb_text_column numbers[] = {{"RUNS", 2, 6},	 {"MEDIAN", 2, 10},
							{"95 %", 2, 20}, {"RATIO", 2, 8},
							{"95 %", 2, 20}, {"", 2, 0}};
	size_t count = s->by_count + SB_ARRAY_LEN(numbers);
	sb_auto_free struct sb_text_column *columns = sb_alloc(count, sizeof(*columns));
	struct sb_text_table t = {.to = to, .columns = columns, .count = count};
	bool rate = !strcmp(s->unit, "bit/s");

	fprintf(to, "%s in %s\n", s->value, rate ? "Mbit/s" : *s->unit ? s->unit : "numbers");
	for (size_t i = 0; i < s->by_count; i++)
		columns[i] = (struct sb_text_column){s->by[i], i ? 2 : 0, -(int)column_width(s, i)};
	memcpy(columns + s->by_count, numbers, sizeof(numbers));
	sb_text_head(&t, NULL);
	for (size_t g = 0; g < s->group_count; g++)
		print_group(&t, s, g, rate ? 1e6 : 1);
	if (s->group_count > 1)
		fprintf(to, "ratio: against the first row, run by run of the same seed\n");
}

static void add_median(cJSON *to, const char *key, const struct sb_rank_median *m)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_json_add_i64(obj, "count", (int64_t)m->count);
	sb_json_add_num(obj, "median", m->median);
	sb_json_add_num(obj, "low", m->low);
	sb_json_add_num(obj, "high", m->high);
}

static void print_json(const struct shown *s)
{
	cJSON *top = cJSON_CreateObject(), *rows, *row, *levels;
	char *text;

	sb_json_add_str(top, "value", s->value);
	sb_json_add_str(top, "unit", s->unit);
	rows = cJSON_AddArrayToObject(top, "rows");
	for (size_t g = 0; g < s->group_count; g++) {
		struct sb_rank_median own = own_median(&s->groups[g]),
				      ratio = ratio_median(&s->groups[0], &s->groups[g]);

		row = cJSON_CreateObject();
		cJSON_AddItemToArray(rows, row);
		levels = cJSON_AddObjectToObject(row, "levels");
		for (size_t i = 0; i < s->by_count; i++)
			sb_json_add_str(levels, s->by[i], s->groups[g].levels[i]);
		add_median(row, "own", &own);
		add_median(row, "ratio", &ratio);
		sb_json_add_str(row, "finding", g ? finding(&ratio) : "first");
	}
	text = cJSON_Print(top);
	puts(text ? text : "null");
	free(text);
	cJSON_Delete(top);
}

static int print_failed(struct sb_sweep_table *t, struct sb_err *err)
{
	char **rows;
	size_t count;

	if (sb_sweep_table_texts(t,
				 "SELECT replace(c.levels,char(10),' ')||'seed '||r.seed||': '||"
				 "ifnull(r.why,'') FROM runs r JOIN cases c ON c.id=r.case_id "
				 "WHERE r.directory IS NULL ORDER BY r.id",
				 NULL, &rows, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		sb_auto_free char *clean = sb_clean(rows[i]);

		printf("came to nothing: %s\n", clean);
	}
	sb_spec_sets_free(rows, count);
	return 0;
}

static int show(const struct sb_sweep_show_options *o, struct sb_sweep_table *t, struct shown *s,
		struct sb_err *err)
{
	if (sb_sweep_table_texts(t, "SELECT name FROM factors GROUP BY name ORDER BY MIN(position)",
				 NULL, &s->factors, &s->factor_count, err) ||
	    sb_sweep_table_texts(t, "SELECT DISTINCT name FROM readings", NULL, &s->readings,
				 &s->reading_count, err) ||
	    read_by(s, o->by, err))
		return -1;
	if (!s->reading_count) {
		printf("no run has come to results yet\n");
		return o->json ? 0 : print_failed(t, err);
	}
	s->value = o->value ? o->value : first_value(s);
	if (!is_in(s->value, s->readings, s->reading_count))
		return unknown("--value", s->value, s->readings, s->reading_count, err);
	s->unit = sb_sweep_table_unit(t, s->value);
	if (make_groups(s, t, err) || take_values(s, t, err))
		return -1;
	for (size_t g = 0; g < s->group_count; g++)
		if (s->groups[g].count)
			qsort(s->groups[g].values, s->groups[g].count, sizeof(*s->groups[g].values),
			      by_pair);
	if (o->json)
		print_json(s);
	else
		print_text(stdout, s);
	return o->json ? 0 : print_failed(t, err);
}

int sb_sweep_show(const struct sb_sweep_show_options *o, struct sb_err *err)
{
	struct sb_sweep_table *t;
	struct shown s = {0};
	bool table = !(o->csv && !strcmp(o->csv, "-")) && !(o->jsonl && !strcmp(o->jsonl, "-"));
	int rc;

	if (sb_sweep_table_open(o->directory, false, &t, err))
		return -1;
	rc = table ? show(o, t, &s, err) : 0;
	if (!rc && o->csv)
		rc = sb_sweep_table_export(t, o->csv, false, err);
	if (!rc && o->jsonl)
		rc = sb_sweep_table_export(t, o->jsonl, true, err);
	for (size_t g = 0; g < s.group_count; g++) {
		sb_spec_sets_free(s.groups[g].levels, s.by_count);
		free(s.groups[g].values);
	}
	free(s.groups);
	free(s.cases);
	free(s.unit);
	sb_spec_sets_free(s.factors, s.factor_count);
	sb_spec_sets_free(s.by, s.by_count);
	sb_spec_sets_free(s.readings, s.reading_count);
	sb_sweep_table_close(t);
	return rc;
}
