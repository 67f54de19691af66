/* SPDX-License-Identifier: MIT */
/* going.h - a sweep that goes on, and what is looked at before its first run; private to src/sweep */
#ifndef SATBED_SWEEP_GOING_H
#define SATBED_SWEEP_GOING_H

#include <stdbool.h>
#include <stdint.h>

#include "satbed/batch.h"
#include "satbed/sweep.h"
#include "sweep/directory.h"
#include "sweep/runs.h"
#include "sweep/spec.h"
#include "sweep/table/table.h"

/**
 * struct sb_sweep_going
 * @count:	of @runs; @open: those to be made, @progress.to_do of them
 * @name:	the scenario's
 * @live:	who serves metrics; NULL = nobody; @many: who serves the page; @draws: a table on the terminal, @drawn lines of it at
 *		@drawn_ns
 */
struct sb_sweep_going {
	const struct sb_sweep_options *o;
	struct sb_sweep_directory directory;
	struct sb_sweep_spec spec;
	struct sb_sweep_run *runs;
	size_t count, *open;
	struct sb_batch_progress progress;
	bool is_virtual, draws;
	size_t drawn;
	int64_t drawn_ns;
	struct sb_live *live;
	struct sb_live_many *many;
	char *name;
	struct sb_sweep_table *table;
};

/** sb_sweep_is_open() - is that run neither there nor tried often enough? */
static inline bool sb_sweep_is_open(const struct sb_sweep_going *g, const struct sb_sweep_run *r)
{
	return !r->there && r->failed <= g->directory.retries;
}

/**
 * sb_sweep_prepare() - plan and look at all runs; refuse what can be refused before the first one
 *
 * Writes nothing.  Return: 0, or -1 with @err
 */
int sb_sweep_prepare(struct sb_sweep_going *g, struct sb_err *err);

/**
 * struct sb_sweep_estimate - of what is to be made; NAN = not known
 * @run_s:	wall time of a run
 * @seconds:	of all, @g->jobs at a time
 * @result_bytes: what stays in the end, captures with it where they are kept
 * @capture_bytes: of captures at any one time, where they are not
 * @memory_bytes: of guests
 */
struct sb_sweep_estimate {
	double run_s, seconds, result_bytes, capture_bytes, memory_bytes;
};

/** sb_sweep_estimate() - from the plan of the first run, and from runs that are there; 0, or -1 with @err */
int sb_sweep_estimate(const struct sb_sweep_going *g, struct sb_sweep_estimate *out,
		      struct sb_err *err);
/** sb_sweep_check_room() - SB_EENV where the disk is too small for what is to be made */
int sb_sweep_check_room(const struct sb_sweep_going *g, struct sb_err *err);
/** sb_sweep_print_dry() - the runs and the estimates, on stdout */
int sb_sweep_print_dry(const struct sb_sweep_going *g, struct sb_err *err);

#endif
