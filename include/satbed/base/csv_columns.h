/* SPDX-License-Identifier: MIT */
/* csv_columns.h - rows of a CSV without quotes, of which some columns are wanted, by name */
#ifndef SATBED_BASE_CSV_COLUMNS_H
#define SATBED_BASE_CSV_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "satbed/base/err.h"

#define SB_CSV_COLUMNS_MAX 32
#define SB_CSV_LINE_MAX	   1024

/** struct sb_csv_columns - an open file; private but for @field, the wanted fields of the row, in the order
 * of their names */
struct sb_csv_columns {
	FILE *f;
	size_t count, place[SB_CSV_COLUMNS_MAX];
	char line[SB_CSV_LINE_MAX];
	char *field[SB_CSV_COLUMNS_MAX];
};

/**
 * sb_csv_columns_open() - the file is not trusted
 * @names:	@count of them, at most SB_CSV_COLUMNS_MAX
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no such file, or a column is missing
 */
int sb_csv_columns_open(struct sb_csv_columns *c, const char *path, const char *const *names,
			size_t count, struct sb_err *err);
/** sb_csv_columns_next() - the next row that has all of them; rows that are too long are passed over;
 * false where there is no further one.  Whether that was the end sb_csv_columns_close() says. */
bool sb_csv_columns_next(struct sb_csv_columns *c);
/** sb_csv_columns_close() - @path: as it was opened; 0, or -1 with @err where something could not be read */
int sb_csv_columns_close(struct sb_csv_columns *c, const char *path, struct sb_err *err);

#endif
