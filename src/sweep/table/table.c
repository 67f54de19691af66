// SPDX-License-Identifier: MIT
/* table.c - results.sqlite: combinations and runs, from their directories */
#include "table.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/compare_readings.h"
#include "satbed/report_format.h"
#include "rows.h"

#define RUN_MAX (64u << 20)

/* "flow.bulk.cc=cubic\nlink.down.loss=none\n": the same for the same levels of the same factors. */
static char *levels_text(const struct sb_sweep_spec *s, size_t c)
{
	char *text = sb_strdup("");

	for (size_t f = 0; f < s->factor_count; f++) {
		char *more =
		    sb_asprintf("%s%s=%s\n", text, s->factors[f].key, sb_spec_level_name(s, c, f));

		free(text);
		text = more;
	}
	return text;
}

static int64_t case_id(struct sb_sweep_table *t, const char *levels, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, "SELECT id FROM cases WHERE levels=?", err);
	int64_t id = -1;

	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, levels, -1, SQLITE_STATIC);
	if (sb_sweep_table_next(q))
		id = sqlite3_column_int64(q, 0);
	if (sb_sweep_table_end(t, q, err))
		return -1;
	if (id >= 0)
		return id;
	q = sb_sweep_table_prepare(t, "INSERT INTO cases(levels) VALUES(?)", err);
	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, levels, -1, SQLITE_STATIC);
	return sb_sweep_table_insert(t, q, err) ? -1 : sqlite3_last_insert_rowid(t->db);
}

/* "link.delay=300ms\nlink.down.rate=20mbit": what a level sets, whatever it is called. */
static char *sets_text(const struct sb_level *level)
{
	char *text = sb_strdup("");

	for (size_t i = 0; i < level->set_count; i++) {
		char *more = sb_asprintf("%s%s%s", text, i ? "\n" : "", level->sets[i]);

		free(text);
		text = more;
	}
	return text;
}

static int put_factor(struct sb_sweep_table *t, const struct sb_sweep_spec *s, int64_t id, size_t c,
		      size_t f, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "INSERT OR REPLACE INTO factors(case_id,name,position,level,value,sets) "
	    "VALUES(?,?,?,?,?,?)",
	    err);
	size_t level = sb_spec_level(s, c, f);
	sb_auto_free char *sets = sets_text(&s->factors[f].levels[level]);

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, s->factors[f].key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)f);
	sqlite3_bind_int64(q, 4, (sqlite3_int64)level);
	sqlite3_bind_text(q, 5, s->factors[f].levels[level].name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 6, sets, -1, SQLITE_STATIC);
	return sb_sweep_table_insert(t, q, err);
}

int sb_sweep_table_spec(struct sb_sweep_table *t, const struct sb_sweep_spec *s, struct sb_err *err)
{
	int rc = sb_sweep_table_begin(t, err);

	for (size_t c = 0; !rc && c < sb_spec_cases(s); c++) {
		sb_auto_free char *levels = levels_text(s, c);
		int64_t id = case_id(t, levels, err);

		rc = id < 0;
		for (size_t f = 0; !rc && f < s->factor_count; f++)
			rc = put_factor(t, s, id, c, f, err);
	}
	return rc ? -1 : sb_sweep_table_commit(t, err);
}

bool sb_sweep_table_has(struct sb_sweep_table *t, const struct sb_sweep_run *r)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t, "SELECT directory IS NOT NULL, failed FROM runs WHERE hash=?", NULL);
	bool has = false;

	if (!q)
		return false;
	sqlite3_bind_text(q, 1, r->hash, -1, SQLITE_STATIC);
	if (sb_sweep_table_next(q))
		has = sqlite3_column_int(q, 0) == r->there &&
		      sqlite3_column_int64(q, 1) == (sqlite3_int64)r->failed;
	sqlite3_finalize(q);
	return has;
}

static int forget(struct sb_sweep_table *t, const char *hash, struct sb_err *err)
{
	static const char *const from[] = {"readings", "flows", "links", "events"};
	int rc = 0;

	for (size_t i = 0; !rc && i <= SB_ARRAY_LEN(from); i++) {
		sb_auto_free char *sql =
		    i < SB_ARRAY_LEN(from)
			? sb_asprintf(
			      "DELETE FROM %s WHERE run IN (SELECT id FROM runs WHERE hash=?)",
			      from[i])
			: sb_strdup("DELETE FROM runs WHERE hash=?");
		sqlite3_stmt *q = sb_sweep_table_prepare(t, sql, err);

		if (!q)
			return -1;
		sqlite3_bind_text(q, 1, hash, -1, SQLITE_STATIC);
		rc = sb_sweep_table_insert(t, q, err);
	}
	return rc;
}

/* 0, or -1 with @err; *@json NULL: the run came to nothing. */
static int read_run(const char *directory, const struct sb_sweep_run *r, cJSON **json,
		    struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/runs/%s/run.json", directory, r->hash),
			  *text = NULL;

	*json = NULL;
	if (!r->there)
		return 0;
	if (sb_read_file(path, RUN_MAX, &text, NULL, err))
		return -1;
	*json = cJSON_Parse(text);
	if (!cJSON_IsObject(*json) || sb_results_upgrade(*json, path, NULL)) {
		cJSON_Delete(*json);
		*json = NULL;
		return sb_fail(err, SB_EINPUT, 0,
			       "%s is not valid JSON of a run; remove that directory, and "
			       "satbed sweep --resume runs it again",
			       path);
	}
	return 0;
}

int sb_sweep_table_add(struct sb_sweep_table *t, const char *directory,
		       const struct sb_sweep_spec *s, size_t run, const struct sb_sweep_run *r,
		       struct sb_err *err)
{
	sb_auto_free char *levels = levels_text(s, sb_spec_case_of(s, run));
	int64_t id = case_id(t, levels, err);
	cJSON *json;
	int rc;

	if (id < 0 || read_run(directory, r, &json, err))
		return -1;
	rc = sb_sweep_table_exec(t, "SAVEPOINT one", err) || forget(t, r->hash, err) ||
	     sb_sweep_table_put_run(t, json, id, (int64_t)sb_spec_seed_of(s, run), r, err) ||
	     (json && sb_sweep_table_put_parts(t, json, sqlite3_last_insert_rowid(t->db), err));
	cJSON_Delete(json);
	if (!rc)
		return sb_sweep_table_exec(t, "RELEASE one", err);
	sqlite3_exec(t->db, "ROLLBACK TO one; RELEASE one", NULL, NULL, NULL);
	return -1;
}
