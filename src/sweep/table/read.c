// SPDX-License-Identifier: MIT
/* read.c - results.sqlite read: lists, values by run, and the wide table as a file */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "rows.h"

int sb_sweep_table_texts(struct sb_sweep_table *t, const char *sql, const char *text, char ***out,
			 size_t *count, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, sql, err);
	char **list = NULL;
	size_t n = 0, room = 0;

	if (!q)
		return -1;
	if (text)
		sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
	while (sb_sweep_table_next(q)) {
		const char *found = (const char *)sqlite3_column_text(q, 0);

		list = sb_grow(list, n, &room, sizeof(*list));
		list[n++] = sb_strdup(found ? found : "");
	}
	if (sb_sweep_table_end(t, q, err)) {
		sb_spec_sets_free(list, n);
		return -1;
	}
	*out = list;
	*count = n;
	return 0;
}

char *sb_sweep_table_unit(struct sb_sweep_table *t, const char *reading, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t, "SELECT unit FROM readings WHERE name=? AND run>=0 LIMIT 1", err);
	sb_auto_free char *unit = NULL;

	if (!q)
		return NULL;
	sqlite3_bind_text(q, 1, reading, -1, SQLITE_STATIC);
	if (sb_sweep_table_next(q))
		unit = sb_strdup((const char *)sqlite3_column_text(q, 0));
	return sb_sweep_table_end(t, q, err) ? NULL : sb_strdup(unit ? unit : "");
}

int64_t sb_sweep_table_count(struct sb_sweep_table *t, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(t, "SELECT count(*) FROM runs", err);
	int64_t count = 0;

	if (!q)
		return -1;
	if (sb_sweep_table_next(q))
		count = sqlite3_column_int64(q, 0);
	return sb_sweep_table_end(t, q, err) ? -1 : count;
}

int sb_sweep_table_values(struct sb_sweep_table *t, const char *reading,
			  struct sb_sweep_table_value **out, size_t *count, struct sb_err *err)
{
	/* Readings lie by name and run: this walks both in order. */
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "SELECT r.case_id, r.seed, v.number FROM readings v CROSS JOIN runs r ON r.id=v.run "
	    "WHERE v.name=?",
	    err);
	struct sb_sweep_table_value *list = NULL;
	size_t n = 0, room = 0;

	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, reading, -1, SQLITE_STATIC);
	while (sb_sweep_table_next(q)) {
		list = sb_grow(list, n, &room, sizeof(*list));
		list[n++] = (struct sb_sweep_table_value){sqlite3_column_int64(q, 0),
							  sqlite3_column_int64(q, 1),
							  sqlite3_column_double(q, 2)};
	}
	if (sb_sweep_table_end(t, q, err)) {
		free(list);
		return -1;
	}
	*out = list;
	*count = n;
	return 0;
}

/* A column of the wide view; names come from a scenario and are quoted as SQL wants it. */
static char *add_column(char *sql, const char *select, const char *name)
{
	char *quoted = sqlite3_mprintf(select, name, name);
	char *more = sb_asprintf("%s,%s", sql, quoted ? quoted : "NULL");

	sqlite3_free(quoted);
	free(sql);
	return more;
}

int sb_sweep_table_wide(struct sb_sweep_table *t, struct sb_err *err)
{
	char **factors = NULL, **readings = NULL;
	size_t factor_count = 0, reading_count = 0;
	char *sql =
	    sb_strdup("CREATE VIEW wide AS SELECT r.hash, r.seed, r.verdict, r.failed, r.why, "
		      "r.measured_s, r.wall_s, r.directory");
	int rc =
	    sb_sweep_table_texts(t, "SELECT name FROM factors GROUP BY name ORDER BY MIN(position)",
				 NULL, &factors, &factor_count, err) ||
	    sb_sweep_table_texts(t, "SELECT DISTINCT name FROM readings", NULL, &readings,
				 &reading_count, err);

	for (size_t i = 0; i < factor_count; i++)
		sql = add_column(
		    sql,
		    "(SELECT value FROM factors WHERE case_id=r.case_id AND name=%Q) AS \"%w\"",
		    factors[i]);
	for (size_t i = 0; i < reading_count; i++)
		sql = add_column(
		    sql, "(SELECT number FROM readings WHERE name=%Q AND run=r.id) AS \"%w\"",
		    readings[i]);
	if (!rc) {
		sb_auto_free char *whole =
		    sb_asprintf("DROP VIEW IF EXISTS wide; %s FROM runs r", sql);

		rc = sb_sweep_table_exec(t, whole, err);
	}
	free(sql);
	sb_spec_sets_free(factors, factor_count);
	sb_spec_sets_free(readings, reading_count);
	return rc ? -1 : 0;
}

static void put_csv(FILE *to, const char *text)
{
	if (!text)
		return;
	if (!text[strcspn(text, ",\"\n\r")]) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static void put_csv_row(FILE *to, sqlite3_stmt *q, bool head)
{
	for (int i = 0; i < sqlite3_column_count(q); i++) {
		if (i)
			fputc(',', to);
		put_csv(to,
			head ? sqlite3_column_name(q, i) : (const char *)sqlite3_column_text(q, i));
	}
	fputc('\n', to);
}

static void put_json_row(FILE *to, sqlite3_stmt *q)
{
	cJSON *row = cJSON_CreateObject();
	char *text;

	for (int i = 0; i < sqlite3_column_count(q); i++) {
		const char *name = sqlite3_column_name(q, i);

		switch (sqlite3_column_type(q, i)) {
		case SQLITE_INTEGER:
		case SQLITE_FLOAT:
			sb_json_add_num(row, name, sqlite3_column_double(q, i));
			break;
		case SQLITE_NULL:
			cJSON_AddNullToObject(row, name);
			break;
		default:
			sb_json_add_str(row, name, (const char *)sqlite3_column_text(q, i));
		}
	}
	text = cJSON_PrintUnformatted(row);
	fprintf(to, "%s\n", text ? text : "null");
	free(text);
	cJSON_Delete(row);
}

int sb_sweep_table_export(struct sb_sweep_table *t, const char *path, bool json, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t, "SELECT * FROM wide ORDER BY directory IS NULL, seed, hash", err);
	char *text = NULL;
	size_t len = 0;
	FILE *to;
	int rc;

	if (!q)
		return -1;
	to = sb_textstream_open(&text, &len);
	if (!json)
		put_csv_row(to, q, true);
	while (sb_sweep_table_next(q)) {
		if (json)
			put_json_row(to, q);
		else
			put_csv_row(to, q, false);
	}
	rc = sb_sweep_table_end(t, q, err);
	sb_textstream_close(to, &text);
	if (!rc && !strcmp(path, "-"))
		rc = fwrite(text, 1, len, stdout) == len ? 0 : sb_fail(err, SB_EENV, errno, "-");
	else if (!rc)
		rc = sb_replace_file(path, text, len, err);
	free(text);
	return rc;
}
