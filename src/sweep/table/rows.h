/* SPDX-License-Identifier: MIT */
/* rows.h - the rows of one run, and what the files of the table share; private to src/sweep */
#ifndef SATBED_SWEEP_TABLE_ROWS_H
#define SATBED_SWEEP_TABLE_ROWS_H

#include <cjson/cJSON.h>
#include <sqlite3.h>

#include "table.h"

struct sb_sweep_table {
	sqlite3 *db;
	char *path;
};

/** sb_sweep_table_fail() - -1 with what SQLite says */
int sb_sweep_table_fail(struct sb_sweep_table *t, const char *what, struct sb_err *err);
int sb_sweep_table_exec(struct sb_sweep_table *t, const char *sql, struct sb_err *err);
/** sb_sweep_table_prepare() - NULL with @err where that is no statement for this file */
sqlite3_stmt *sb_sweep_table_prepare(struct sb_sweep_table *t, const char *sql, struct sb_err *err);
/** sb_sweep_table_next() - is there a further row of @q?  Whether that was the end sb_sweep_table_end() says */
bool sb_sweep_table_next(sqlite3_stmt *q);
/** sb_sweep_table_end() - finalize @q; 0, or -1 with @err where some of its rows could not be read */
int sb_sweep_table_end(struct sb_sweep_table *t, sqlite3_stmt *q, struct sb_err *err);
/** sb_sweep_table_insert() - carry out and finalize @q, whose parameters are bound; 0, or -1 with @err */
int sb_sweep_table_insert(struct sb_sweep_table *t, sqlite3_stmt *q, struct sb_err *err);

/** sb_sweep_table_put_run() - its row; @json: its run.json, NULL = it came to nothing */
int sb_sweep_table_put_run(struct sb_sweep_table *t, const cJSON *json, int64_t case_id,
			   int64_t seed, const struct sb_sweep_run *r, struct sb_err *err);
/** sb_sweep_table_put_parts() - readings, flows, links and events of run @id */
int sb_sweep_table_put_parts(struct sb_sweep_table *t, const cJSON *json, int64_t id,
			     struct sb_err *err);

#endif
