// SPDX-License-Identifier: MIT
/* samples.c - samples.csv read back: what the sending sockets said of themselves, in bins */
#include "satbed/analysis_samples.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"

/* satbed's own rows have some 200 bytes; what is longer is somebody else's and is left out. */
#define LINE_MAX_BYTES 1024
#define FIELDS_MAX     32

enum column { T_MS, FLOW, CLIENT, DIRECTION, SOURCE, CWND, UNACKED, COLUMNS };

static const char *const names[COLUMNS] = {"t_ms",   "flow", "client", "direction",
					   "source", "cwnd", "unacked"};

/* Cuts @line at its commas; returns the number of fields. */
static size_t split(char *line, char *fields[FIELDS_MAX])
{
	size_t count = 0;
	char *field;

	line[strcspn(line, "\r\n")] = '\0';
	while (count < FIELDS_MAX && (field = strsep(&line, ",")))
		fields[count++] = field;
	return count;
}

static int read_header(FILE *f, const char *path, size_t place[COLUMNS], struct sb_err *err)
{
	char line[LINE_MAX_BYTES], *fields[FIELDS_MAX];
	size_t count;

	if (!fgets(line, sizeof(line), f))
		return sb_fail(err, SB_EINPUT, 0, "%s is empty", path);
	count = split(line, fields);
	for (size_t c = 0; c < COLUMNS; c++) {
		for (place[c] = 0; place[c] < count; place[c]++)
			if (!strcmp(fields[place[c]], names[c]))
				break;
		if (place[c] == count)
			return sb_fail(err, SB_EINPUT, 0, "%s has no column %s", path, names[c]);
	}
	return 0;
}

/* The flow of a row that its sending end wrote, or -1. */
static int64_t find_flow(const struct sb_plan *plan, char *const field[COLUMNS])
{
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *f = &plan->flows[i];
		char client[SB_NAME_MAX];

		if (!strcmp(field[FLOW], f->name) &&
		    !strcmp(field[CLIENT], sb_node_name(client, f->client + 1u)) &&
		    !strcmp(field[DIRECTION], sb_dir_name(f->dir)))
			return strcmp(field[SOURCE], f->dir == SB_UP ? "client" : "server")
				   ? -1
				   : (int64_t)i;
	}
	return -1;
}

static bool read_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out);
}

static void take_row(const struct sb_plan *plan, const struct sb_grid *grid,
		     char *const field[COLUMNS], struct sb_flow_samples *out)
{
	int64_t flow = find_flow(plan, field), bin;
	double t_ms, value;

	if (flow < 0 || !read_number(field[T_MS], &t_ms) || fabs(t_ms) > 1e12)
		return;
	bin = sb_grid_bin(grid, grid->start_ns + (int64_t)(t_ms * SB_NS_PER_MS));
	if (bin < 0)
		return;
	if (read_number(field[CWND], &value))
		sb_spread_add(&out[flow].cwnd[bin], value);
	if (read_number(field[UNACKED], &value))
		sb_spread_add(&out[flow].unacked[bin], value);
}

/* The rest of a line that is too long. */
static void skip_line(FILE *f)
{
	int c;

	do
		c = fgetc(f);
	while (c != '\n' && c != EOF);
}

int sb_samples_read(const char *path, const struct sb_plan *plan, const struct sb_grid *grid,
		    struct sb_flow_samples **out, struct sb_err *err)
{
	FILE *f = fopen(path, "re");
	char line[LINE_MAX_BYTES], *fields[FIELDS_MAX];
	struct sb_flow_samples *s;
	size_t place[COLUMNS];

	if (!f)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	if (read_header(f, path, place, err)) {
		fclose(f);
		return -1;
	}
	s = sb_alloc(plan->flow_count, sizeof(*s));
	for (size_t i = 0; i < plan->flow_count; i++) {
		s[i].cwnd = sb_alloc(grid->count, sizeof(*s[i].cwnd));
		s[i].unacked = sb_alloc(grid->count, sizeof(*s[i].unacked));
	}
	while (fgets(line, sizeof(line), f)) {
		bool whole = strchr(line, '\n') || feof(f), complete = true;
		char *field[COLUMNS];
		size_t count;

		if (!whole) {
			skip_line(f);
			continue;
		}
		count = split(line, fields);
		for (size_t c = 0; c < COLUMNS; c++) {
			complete &= place[c] < count;
			field[c] = complete ? fields[place[c]] : NULL;
		}
		if (complete)
			take_row(plan, grid, field, s);
	}
	fclose(f);
	*out = s;
	return 0;
}

void sb_samples_free(struct sb_flow_samples *s, size_t flows)
{
	for (size_t i = 0; s && i < flows; i++) {
		free(s[i].cwnd);
		free(s[i].unacked);
	}
	free(s);
}
