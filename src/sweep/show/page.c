// SPDX-License-Identifier: MIT
/* page.c - the page of a sweep: its factors, readings and runs as the data of sweep.js */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_page.h"
#include "sweep/table/rows.h"

/* A run takes some 300 bytes of the page: more are in the table alone. */
#define RUNS_MAX 20000

static cJSON *factors_json(struct sb_sweep_table *t, struct sb_err *err)
{
	cJSON *list = cJSON_CreateArray(), *item, *levels;
	char **names, **texts;
	size_t count, level_count;

	if (sb_sweep_table_texts(t, "SELECT name FROM factors GROUP BY name ORDER BY MIN(position)",
				 NULL, &names, &count, err))
		count = 0, names = NULL;
	for (size_t i = 0; i < count; i++) {
		item = cJSON_CreateObject();
		cJSON_AddItemToArray(list, item);
		sb_json_add_str(item, "key", names[i]);
		levels = cJSON_AddArrayToObject(item, "levels");
		if (sb_sweep_table_texts(t,
					 "SELECT value FROM factors WHERE name=? GROUP BY value "
					 "ORDER BY MIN(level)",
					 names[i], &texts, &level_count, err))
			continue;
		for (size_t l = 0; l < level_count; l++)
			cJSON_AddItemToArray(levels, cJSON_CreateString(texts[l]));
		sb_spec_sets_free(texts, level_count);
	}
	sb_spec_sets_free(names, count);
	return list;
}

static cJSON *values_json(struct sb_sweep_table *t, struct sb_err *err)
{
	cJSON *list = cJSON_CreateArray(), *item;
	char **names;
	size_t count;

	if (sb_sweep_table_texts(t, "SELECT DISTINCT name FROM readings", NULL, &names, &count,
				 err))
		return list;
	for (size_t i = 0; i < count; i++) {
		sb_auto_free char *unit = sb_sweep_table_unit(t, names[i], err);

		item = cJSON_CreateObject();
		cJSON_AddItemToArray(list, item);
		sb_json_add_str(item, "name", names[i]);
		sb_json_add_str(item, "unit", unit ? unit : "");
	}
	sb_spec_sets_free(names, count);
	return list;
}

/* Rows of "id, A, B" to the member @key of the run with that id: a list of A, or an object of A: B. */
static int add_to_runs(struct sb_sweep_table *t, const char *sql, const char *key, cJSON **by_id,
		       size_t count, bool object, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, sql, err);

	if (!q)
		return -1;
	while (sb_sweep_table_next(q)) {
		sqlite3_int64 id = sqlite3_column_int64(q, 0);
		cJSON *run = id >= 0 && (size_t)id < count ? by_id[id] : NULL, *to;
		const char *name;

		if (!run)
			continue;
		to = cJSON_GetObjectItemCaseSensitive(run, key);
		if (object) {
			name = (const char *)sqlite3_column_text(q, 1);
			sb_json_add_num(to, name ? name : "", sqlite3_column_double(q, 2));
		} else {
			cJSON_AddItemToArray(to, cJSON_CreateNumber(sqlite3_column_double(q, 1)));
		}
	}
	return sb_sweep_table_end(t, q, err);
}

static void add_text(cJSON *to, const char *key, sqlite3_stmt *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q, column);

	if (text)
		sb_json_add_str(to, key, text);
	else
		cJSON_AddNullToObject(to, key);
}

static cJSON *runs_json(struct sb_sweep_table *t, struct sb_err *err)
{
	cJSON *list = cJSON_CreateArray(), *run, **by_id = NULL;
	size_t count = 0, room = 0;
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t, "SELECT id, seed, verdict, why, directory FROM runs ORDER BY id LIMIT ?", err);

	if (!q)
		return list;
	sqlite3_bind_int64(q, 1, RUNS_MAX);
	while (sb_sweep_table_next(q)) {
		sqlite3_int64 id = sqlite3_column_int64(q, 0);

		/* Ids are given in order; a file of somebody else's may have others. */
		if (id < (sqlite3_int64)count || id > 16 * RUNS_MAX)
			continue;
		while (count <= (size_t)id) {
			by_id = sb_grow(by_id, count, &room, sizeof(*by_id));
			by_id[count++] = NULL;
		}
		run = by_id[id] = cJSON_CreateObject();
		cJSON_AddItemToArray(list, run);
		sb_json_add_num(run, "seed", sqlite3_column_double(q, 1));
		add_text(run, "verdict", q, 2);
		add_text(run, "why", q, 3);
		add_text(run, "directory", q, 4);
		cJSON_AddArrayToObject(run, "levels");
		cJSON_AddObjectToObject(run, "readings");
	}
	if (!sb_sweep_table_end(t, q, err) &&
	    !add_to_runs(t,
			 "SELECT r.id, f.level FROM runs r JOIN factors f ON f.case_id=r.case_id "
			 "ORDER BY r.id, f.position",
			 "levels", by_id, count, false, err))
		add_to_runs(t, "SELECT run, name, number FROM readings", "readings", by_id, count,
			    true, err);
	free(by_id);
	return list;
}

int sb_sweep_page(struct sb_sweep_table *t, const char *directory, const char *name,
		  struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/report.html", directory);
	sb_auto_free char *title = sb_asprintf("%s: sweep", name), *text = NULL;
	struct sb_page page = {.title = title, .kind = "sweep", .summary = title};
	cJSON *data = cJSON_CreateObject(), *sweep = cJSON_AddObjectToObject(data, "sweep");
	struct sb_err why = {0};

	sb_json_add_str(sweep, "name", name);
	cJSON_AddItemToObject(sweep, "factors", factors_json(t, &why));
	cJSON_AddItemToObject(sweep, "values", values_json(t, &why));
	cJSON_AddItemToObject(sweep, "runs", runs_json(t, &why));
	sb_json_add_i64(sweep, "run_count", sb_sweep_table_count(t, &why));
	text = cJSON_PrintUnformatted(data);
	cJSON_Delete(data);
	if (why.code) {
		*err = why;
		return -1;
	}
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write the data of %s as JSON", path);
	page.data = text;
	return sb_page_write(path, &page, err);
}
