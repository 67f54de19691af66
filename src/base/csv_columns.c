// SPDX-License-Identifier: MIT
/* csv_columns.c - rows of a CSV without quotes, of which some columns are wanted, by name */
#include "satbed/base/csv_columns.h"

#include <errno.h>
#include <string.h>

#include "satbed/base/fdio.h"

/* Cuts @line at its commas; returns the number of fields. */
static size_t split(char *line, char *fields[SB_CSV_COLUMNS_MAX])
{
	size_t count = 0;
	char *field;

	line[strcspn(line, "\r\n")] = '\0';
	while (count < SB_CSV_COLUMNS_MAX && (field = strsep(&line, ",")))
		fields[count++] = field;
	return count;
}

static int find_columns(struct sb_csv_columns *c, const char *path, const char *const *names,
			struct sb_err *err)
{
	char *fields[SB_CSV_COLUMNS_MAX];
	size_t count;

	errno = 0;
	if (!fgets(c->line, sizeof(c->line), c->f))
		return ferror(c->f) ? sb_fail(err, SB_EINPUT, errno, "cannot read %s", path)
				    : sb_fail(err, SB_EINPUT, 0, "%s is empty", path);
	count = split(c->line, fields);
	for (size_t i = 0; i < c->count; i++) {
		size_t at = 0;

		while (at < count && strcmp(fields[at], names[i]) != 0)
			at++;
		if (at == count)
			return sb_fail(err, SB_EINPUT, 0, "%s has no column %s", path, names[i]);
		c->place[i] = at;
	}
	return 0;
}

int sb_csv_columns_open(struct sb_csv_columns *c, const char *path, const char *const *names,
			size_t count, struct sb_err *err)
{
	*c = (struct sb_csv_columns){.f = fopen(path, "re"), .count = count};
	if (!c->f)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	if (!find_columns(c, path, names, err))
		return 0;
	fclose(c->f);
	return -1;
}

/* The rest of a line that is too long. */
static void skip_line(FILE *f)
{
	int c;

	do
		c = fgetc(f);
	while (c != '\n' && c != EOF);
}

bool sb_csv_columns_next(struct sb_csv_columns *c)
{
	char *fields[SB_CSV_COLUMNS_MAX];

	while (fgets(c->line, sizeof(c->line), c->f)) {
		bool complete = true;
		size_t count;

		if (!strchr(c->line, '\n') && !feof(c->f)) {
			skip_line(c->f);
			continue;
		}
		count = split(c->line, fields);
		for (size_t i = 0; i < c->count; i++) {
			complete &= c->place[i] < count;
			c->field[i] = complete ? fields[c->place[i]] : NULL;
		}
		if (complete)
			return true;
	}
	return false;
}

int sb_csv_columns_close(struct sb_csv_columns *c, const char *path, struct sb_err *err)
{
	return sb_close_read(c->f, path, err);
}
