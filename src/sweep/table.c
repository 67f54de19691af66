// SPDX-License-Identifier: MIT
/* table.c - results.sqlite: written from run directories, read for tables */
#include "table.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/compare_readings.h"
#include "satbed/report_format.h"
#include "sweep/table_rows.h"

#define RUN_MAX	    (64u << 20)
#define SCHEMA	    1
#define PATIENCE_MS 10000

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS cases(id INTEGER PRIMARY KEY, levels TEXT UNIQUE NOT NULL);"
    "CREATE TABLE IF NOT EXISTS factors(case_id INTEGER NOT NULL REFERENCES cases(id), name TEXT "
    "NOT NULL,"
    " position INTEGER NOT NULL, level INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(case_id, name)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, hash TEXT UNIQUE NOT NULL,"
    " case_id INTEGER NOT NULL REFERENCES cases(id), seed INTEGER NOT NULL, verdict TEXT NOT NULL,"
    " failed INTEGER NOT NULL, why TEXT, measured_s REAL, wall_s REAL, directory TEXT);"
    "CREATE TABLE IF NOT EXISTS readings(name TEXT NOT NULL, run INTEGER NOT NULL REFERENCES "
    "runs(id),"
    " unit TEXT NOT NULL, number REAL NOT NULL, PRIMARY KEY(name, run)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS flows(run INTEGER NOT NULL REFERENCES runs(id), name TEXT, client "
    "TEXT,"
    " direction TEXT, kind TEXT, cc TEXT, bytes INTEGER, seconds REAL, goodput_bps REAL, "
    "rtt_p50_ms REAL,"
    " rtt_p95_ms REAL, retransmits INTEGER, lost INTEGER, error TEXT);"
    "CREATE TABLE IF NOT EXISTS links(run INTEGER NOT NULL REFERENCES runs(id), client TEXT, "
    "direction TEXT,"
    " verdict TEXT, configured_delay_p50_ms REAL, measured_delay_p50_ms REAL, configured_loss REAL,"
    " measured_loss REAL, configured_rate_bps REAL, measured_rate_bps REAL, packets INTEGER);"
    "CREATE TABLE IF NOT EXISTS events(run INTEGER NOT NULL REFERENCES runs(id), client TEXT, "
    "direction TEXT,"
    " at_s REAL, name TEXT, what TEXT);"
    "CREATE INDEX IF NOT EXISTS flows_run ON flows(run);"
    "CREATE INDEX IF NOT EXISTS links_run ON links(run);"
    "CREATE INDEX IF NOT EXISTS events_run ON events(run);";

int sb_sweep_table_fail(struct sb_sweep_table *t, const char *what, struct sb_err *err)
{
	return sb_fail(err, SB_EENV, 0, "%s: %s: %s", t->path, what, sqlite3_errmsg(t->db));
}

int sb_sweep_table_exec(struct sb_sweep_table *t, const char *sql, struct sb_err *err)
{
	return sqlite3_exec(t->db, sql, NULL, NULL, NULL) == SQLITE_OK
		   ? 0
		   : sb_sweep_table_fail(t, "cannot be written", err);
}

static int check_version(struct sb_sweep_table *t, bool write, struct sb_err *err)
{
	sqlite3_stmt *q;
	int version = 0;

	if (sqlite3_prepare_v2(t->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK)
		return sb_sweep_table_fail(t, "is not the table of a sweep", err);
	if (sqlite3_step(q) == SQLITE_ROW)
		version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	if (version == SCHEMA || (!version && write))
		return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "%s has schema %d, this satbed knows %d; remove it, and satbed sweep --resume "
	    "makes it anew",
	    t->path, version, SCHEMA);
}

int sb_sweep_table_open(const char *directory, bool write, struct sb_sweep_table **out,
			struct sb_err *err)
{
	struct sb_sweep_table *t = sb_alloc(1, sizeof(*t));
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	struct stat st;
	int rc = 0;

	t->path = sb_asprintf("%s/results.sqlite", directory);
	if (!write && stat(t->path, &st))
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s is not the directory of a sweep: it has no results.sqlite",
			     directory);
	else if (sqlite3_open_v2(t->path, &t->db, flags | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		rc = sb_sweep_table_fail(t, "cannot be opened", err);
	if (!rc) {
		/* The file may be somebody else's: its views and triggers may not run functions. */
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		sqlite3_busy_timeout(t->db, PATIENCE_MS);
		rc = check_version(t, write, err);
	}
	/* After a kill the table is whole; after a power failure it may lack the last runs. */
	if (!rc && write)
		rc = sb_sweep_table_exec(t, "PRAGMA synchronous=NORMAL", err) ||
		     sb_sweep_table_exec(t, schema, err) ||
		     sb_sweep_table_exec(t, "PRAGMA user_version=1", err);
	if (rc) {
		sb_sweep_table_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void sb_sweep_table_close(struct sb_sweep_table *t)
{
	if (!t)
		return;
	sqlite3_close(t->db);
	free(t->path);
	free(t);
}

int sb_sweep_table_begin(struct sb_sweep_table *t, struct sb_err *err)
{
	return sb_sweep_table_exec(t, "BEGIN IMMEDIATE", err);
}

int sb_sweep_table_commit(struct sb_sweep_table *t, struct sb_err *err)
{
	return sb_sweep_table_exec(t, "COMMIT", err);
}

sqlite3_stmt *sb_sweep_table_prepare(struct sb_sweep_table *t, const char *sql, struct sb_err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(t->db, sql, -1, &q, NULL) != SQLITE_OK)
		sb_sweep_table_fail(t, "does not have the tables of a sweep", err);
	return q;
}

/* A row goes in, whatever is bound: text NULL and numbers that are none become NULL. */
int sb_sweep_table_insert(struct sb_sweep_table *t, sqlite3_stmt *q, struct sb_err *err)
{
	int rc = sqlite3_step(q);

	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? 0 : sb_sweep_table_fail(t, "cannot be written", err);
}

/* "flow.bulk.cc=cubic\nlink.down.loss=none\n": the same for the same levels of the same factors. */
static char *levels_text(const struct sb_sweep_spec *s, size_t c)
{
	char *text = sb_strdup("");

	for (size_t f = 0; f < s->factor_count; f++) {
		char *more = sb_asprintf("%s%s=%s\n", text, s->factors[f].key,
					 s->factors[f].levels[sb_spec_level(s, c, f)]);

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
	if (sqlite3_step(q) == SQLITE_ROW)
		id = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	if (id >= 0)
		return id;
	q = sb_sweep_table_prepare(t, "INSERT INTO cases(levels) VALUES(?)", err);
	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, levels, -1, SQLITE_STATIC);
	return sb_sweep_table_insert(t, q, err) ? -1 : sqlite3_last_insert_rowid(t->db);
}

static int put_factor(struct sb_sweep_table *t, const struct sb_sweep_spec *s, int64_t id, size_t c,
		      size_t f, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "INSERT OR REPLACE INTO factors(case_id,name,position,level,value) VALUES(?,?,?,?,?)",
	    err);
	size_t level = sb_spec_level(s, c, f);

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, s->factors[f].key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)f);
	sqlite3_bind_int64(q, 4, (sqlite3_int64)level);
	sqlite3_bind_text(q, 5, s->factors[f].levels[level], -1, SQLITE_STATIC);
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
	if (sqlite3_step(q) == SQLITE_ROW)
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
