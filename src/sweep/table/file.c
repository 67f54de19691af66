// SPDX-License-Identifier: MIT
/* file.c - results.sqlite opened, its schema, and statements carried out */
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "satbed/base/mem.h"
#include "rows.h"

#define SCHEMA	    2
#define PATIENCE_MS 10000
#define REMEDY	    "; remove it, and satbed sweep --resume makes it anew"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS cases(id INTEGER PRIMARY KEY, levels TEXT UNIQUE NOT NULL);"
    "CREATE TABLE IF NOT EXISTS factors(case_id INTEGER NOT NULL REFERENCES cases(id), name TEXT "
    "NOT NULL,"
    " position INTEGER NOT NULL, level INTEGER NOT NULL, value TEXT NOT NULL, sets TEXT NOT NULL,"
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
	int code = sqlite3_errcode(t->db);

	return sb_fail(err, SB_EENV, 0, "%s: %s: %s%s", t->path, what, sqlite3_errmsg(t->db),
		       code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? REMEDY : "");
}

int sb_sweep_table_exec(struct sb_sweep_table *t, const char *sql, struct sb_err *err)
{
	return sqlite3_exec(t->db, sql, NULL, NULL, NULL) == SQLITE_OK
		   ? 0
		   : sb_sweep_table_fail(t, "cannot be written", err);
}

static int check_version(struct sb_sweep_table *t, bool write, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, "PRAGMA user_version", err);
	int version = 0;

	if (!q)
		return -1;
	if (sb_sweep_table_next(q))
		version = sqlite3_column_int(q, 0);
	if (sb_sweep_table_end(t, q, err))
		return -1;
	if (version == SCHEMA || (!version && write))
		return 0;
	return sb_fail(err, SB_EINPUT, 0, "%s has schema %d, this satbed knows %d" REMEDY, t->path,
		       version, SCHEMA);
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
		     sb_sweep_table_exec(t, "PRAGMA user_version=2", err);
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

bool sb_sweep_table_next(sqlite3_stmt *q)
{
	return sqlite3_step(q) == SQLITE_ROW;
}

int sb_sweep_table_end(struct sb_sweep_table *t, sqlite3_stmt *q, struct sb_err *err)
{
	return sqlite3_finalize(q) == SQLITE_OK ? 0 : sb_sweep_table_fail(t, "cannot be read", err);
}

/* A row goes in, whatever is bound: text NULL and numbers that are none become NULL. */
int sb_sweep_table_insert(struct sb_sweep_table *t, sqlite3_stmt *q, struct sb_err *err)
{
	int rc = sqlite3_step(q);

	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? 0 : sb_sweep_table_fail(t, "cannot be written", err);
}
