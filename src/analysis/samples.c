// SPDX-License-Identifier: MIT
/* samples.c - samples.csv read back: what the sending sockets said of themselves, in bins */
#include "satbed/analysis_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/csv_columns.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/plan.h"

enum column { T_MS, FLOW, CLIENT, DIRECTION, SOURCE, CWND, UNACKED, COLUMNS };

static const char *const names[COLUMNS] = {"t_ms",   "flow", "client", "direction",
					   "source", "cwnd", "unacked"};

/* The flow of a row that its sending end wrote, or -1. */
static int64_t find_flow(const struct sb_plan *plan, char *const field[COLUMNS])
{
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *f = &plan->flows[i];
		char client[SB_NAME_MAX];

		if (!strcmp(field[FLOW], f->name) &&
		    !strcmp(field[CLIENT], sb_flow_client(client, plan, f)) &&
		    !strcmp(field[DIRECTION], sb_dir_name(f->dir)))
			return strcmp(field[SOURCE], f->dir == SB_UP ? "client" : "server")
				   ? -1
				   : (int64_t)i;
	}
	return -1;
}

static void take_row(const struct sb_plan *plan, const struct sb_grid *grid,
		     char *const field[COLUMNS], struct sb_flow_samples *out)
{
	int64_t flow = find_flow(plan, field), bin;
	double t_ms, value;

	if (flow < 0 || sb_parse_double(field[T_MS], &t_ms) || fabs(t_ms) > 1e12)
		return;
	bin = sb_grid_bin(grid, grid->start_ns + (int64_t)(t_ms * SB_NS_PER_MS));
	if (bin < 0)
		return;
	if (!sb_parse_double(field[CWND], &value))
		sb_spread_add(&out[flow].cwnd[bin], value);
	if (!sb_parse_double(field[UNACKED], &value))
		sb_spread_add(&out[flow].unacked[bin], value);
}

int sb_samples_read(const char *path, const struct sb_plan *plan, const struct sb_grid *grid,
		    struct sb_flow_samples **out, struct sb_err *err)
{
	struct sb_csv_columns csv;
	struct sb_flow_samples *s;

	if (sb_csv_columns_open(&csv, path, names, COLUMNS, err))
		return -1;
	s = sb_alloc(plan->flow_count, sizeof(*s));
	for (size_t i = 0; i < plan->flow_count; i++) {
		s[i].cwnd = sb_alloc(grid->count, sizeof(*s[i].cwnd));
		s[i].unacked = sb_alloc(grid->count, sizeof(*s[i].unacked));
	}
	while (sb_csv_columns_next(&csv))
		take_row(plan, grid, csv.field, s);
	if (sb_csv_columns_close(&csv, path, err)) {
		sb_samples_free(s, plan->flow_count);
		return -1;
	}
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
