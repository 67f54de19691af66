/* SPDX-License-Identifier: MIT */
/*
 * table.h - results.sqlite: the runs of a sweep as tables; private to src/sweep
 *
 * All of it follows from the run directories; it is written by one process, in transactions, so that
 * it is whole after a kill at any point.  The schema is in satbed(1).
 */
#ifndef SATBED_SWEEP_TABLE_H
#define SATBED_SWEEP_TABLE_H

#include <stdio.h>

#include "sweep/runs.h"
#include "sweep/spec.h"

struct sb_sweep_table;

/** sb_sweep_table_open() - @directory/results.sqlite; @write: create it, or what is missing in it; 0 or -1 */
int sb_sweep_table_open(const char *directory, bool write, struct sb_sweep_table **out,
			struct sb_err *err);
/** sb_sweep_table_spec() - the factors and their combinations as they are now; runs that are there stay */
int sb_sweep_table_spec(struct sb_sweep_table *t, const struct sb_sweep_spec *s,
			struct sb_err *err);
/** sb_sweep_table_has() - is that run in the table as it is in its directory? */
bool sb_sweep_table_has(struct sb_sweep_table *t, const struct sb_sweep_run *r);
/**
 * sb_sweep_table_add() - what @r->hash's directory holds, or that it came to nothing
 *
 * In the place of what the table has of it.
 */
int sb_sweep_table_add(struct sb_sweep_table *t, const char *directory,
		       const struct sb_sweep_spec *s, size_t run, const struct sb_sweep_run *r,
		       struct sb_err *err);
/** sb_sweep_table_begin(), sb_sweep_table_commit() - around many additions */
int sb_sweep_table_begin(struct sb_sweep_table *t, struct sb_err *err);
int sb_sweep_table_commit(struct sb_sweep_table *t, struct sb_err *err);
/** sb_sweep_table_wide() - make the view "wide" anew: a row a run, a column a factor and a reading */
int sb_sweep_table_wide(struct sb_sweep_table *t, struct sb_err *err);
/** sb_sweep_table_export() - the rows of "wide", as CSV or as a JSON object a line */
int sb_sweep_table_export(struct sb_sweep_table *t, const char *path, bool json,
			  struct sb_err *err);
void sb_sweep_table_close(struct sb_sweep_table *t);

/** struct sb_sweep_table_value - one reading of one run; NAN = the run has none */
struct sb_sweep_table_value {
	int64_t case_id, seed;
	double value;
};

/** sb_sweep_table_values() - all runs that are there, by case and seed; the caller's to free */
int sb_sweep_table_values(struct sb_sweep_table *t, const char *reading,
			  struct sb_sweep_table_value **out, size_t *count, struct sb_err *err);
/** sb_sweep_table_texts() - the first column of a query's rows, the caller's to sb_spec_sets_free(); @text:
 * bound as the first parameter, NULL = there is none */
int sb_sweep_table_texts(struct sb_sweep_table *t, const char *sql, const char *text, char ***out,
			 size_t *count, struct sb_err *err);
/** sb_sweep_table_count() - runs, also those that came to nothing; -1 with @err */
int64_t sb_sweep_table_count(struct sb_sweep_table *t, struct sb_err *err);
/** sb_sweep_table_unit() - of a reading, "" where it has none; the caller's to free; NULL with @err */
char *sb_sweep_table_unit(struct sb_sweep_table *t, const char *reading, struct sb_err *err);

#endif
