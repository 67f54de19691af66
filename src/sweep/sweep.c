// SPDX-License-Identifier: MIT
/* sweep.c - a sweep carried out: what is missing is run, side by side where that disturbs nobody */
#include "satbed/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "going.h"
#include "sweep/show/page.h"
#include "sweep/slurm/slurm.h"
#include "sweep/watch.h"

static const char stopping[] =
    "\nsatbed: no new runs, running ones end; Ctrl-C again stops them, too\n";

static int note(struct sb_sweep_going *g, size_t i, struct sb_err *err)
{
	struct sb_sweep_run *r = &g->runs[i];

	if (sb_sweep_is_open(g, r) || sb_sweep_table_has(g->table, r))
		return 0;
	return sb_sweep_table_add(g->table, g->directory.path, &g->spec, i, r, err);
}

static int look(void *arg, size_t slot, struct sb_slot_state *out, struct sb_err *err)
{
	const struct sb_sweep_going *g = arg;
	const struct sb_sweep_run *r = &g->runs[g->open[slot]];

	(void)err;
	*out = (struct sb_slot_state){.usable = r->there, .spent = r->failed};
	return 0;
}

static int attempt(void *arg, size_t slot, size_t spent, struct sb_err *err)
{
	struct sb_sweep_going *g = arg;
	size_t i = g->open[slot];
	/* On the real clock one run after the other is made, and each can be watched. */
	struct sb_live *live = g->is_virtual ? NULL : g->live;
	struct sb_plan *plan = NULL;
	int rc;

	(void)spent;
	if (sb_sweep_plan(&g->spec, i, &plan, err))
		return -1;
	if (live)
		sb_live_run(live, plan, g->progress.done + 1, g->progress.to_do, NULL);
	rc = sb_sweep_once(g->directory.path, g->spec.scenario, plan, g->directory.captures, live,
			   &g->runs[i], err);
	if (live)
		sb_live_leave(live);
	sb_plan_free(plan);
	return rc;
}

static void count(struct sb_sweep_going *g, size_t i)
{
	const struct sb_sweep_run *r = &g->runs[i];

	g->progress.done++;
	g->progress.complete += r->there;
	g->progress.failed += !r->there;
	sb_sweep_watch_run(g, i);
}

static int filled(void *arg, size_t slot, struct sb_err *err)
{
	struct sb_sweep_going *g = arg;
	const struct sb_sweep_run *r = &g->runs[g->open[slot]];

	if (sb_sweep_is_open(g, r))
		return 0;
	if (note(g, g->open[slot], err))
		return -1;
	count(g, g->open[slot]);
	return 0;
}

static void tick(void *arg)
{
	sb_sweep_watch_tick(arg);
}

static int fill_here(struct sb_sweep_going *g, struct sb_err *err)
{
	struct sb_batch batch = {.count = g->progress.to_do,
				 .jobs = g->progress.jobs,
				 .retries = g->directory.retries,
				 .patient = stopping,
				 .look = look,
				 .attempt = attempt,
				 .filled = filled,
				 .tick = g->is_virtual ? tick : NULL,
				 .arg = g};

	return sb_batch_fill(&batch, err);
}

/* What an earlier process has left in the directory and did not come to write down. */
static int catch_up(struct sb_sweep_going *g, struct sb_err *err)
{
	int rc = sb_sweep_table_begin(g->table, err);

	for (size_t i = 0; !rc && i < g->count; i++)
		rc = note(g, i, err);
	return rc ? -1 : sb_sweep_table_commit(g->table, err);
}

/* What tasks have done since the last look. */
static int look_again(void *arg, struct sb_err *err)
{
	struct sb_sweep_going *g = arg;

	for (size_t k = 0; k < g->progress.to_do; k++) {
		struct sb_sweep_run *r = &g->runs[g->open[k]];

		if (!sb_sweep_is_open(g, r))
			continue;
		sb_sweep_look(g->directory.path, r);
		if (sb_sweep_is_open(g, r))
			continue;
		if (note(g, g->open[k], err))
			return -1;
		count(g, g->open[k]);
	}
	sb_sweep_watch_tick(g);
	return 0;
}

static int run_by_slurm(struct sb_sweep_going *g, struct sb_err *err)
{
	struct sb_sweep_estimate estimate;
	struct sb_plan *plan = NULL;
	struct sb_slurm slurm = {.options = g->o,
				 .directory = &g->directory,
				 .spec = &g->spec,
				 .runs = g->runs,
				 .count = g->count,
				 .look = look_again,
				 .arg = g};
	int rc;

	if (sb_sweep_estimate(g, &estimate, err) || sb_sweep_plan(&g->spec, 0, &plan, err))
		return -1;
	slurm.kernel = plan->kernel;
	slurm.run_s = estimate.run_s;
	rc = sb_slurm_run(&slurm, err);
	sb_plan_free(plan);
	return rc;
}

static int run_all(struct sb_sweep_going *g, struct sb_err *err)
{
	enum sb_log_level level = sb_log_level();
	int rc;

	if (sb_sweep_save(&g->directory, &g->spec, err))
		return -1;
	/* Tasks may be at work in there. */
	if (!g->o->slurm)
		sb_sweep_tidy(g->directory.path);
	if (sb_sweep_table_open(g->directory.path, true, &g->table, err) ||
	    sb_sweep_table_spec(g->table, &g->spec, err) || catch_up(g, err))
		return -1;
	if (sb_sweep_watch_open(g, err))
		return -1;
	/* What each run says of itself is in its directory. */
	if (level == SB_LOG_INFO)
		sb_log_set_level(SB_LOG_WARN);
	g->progress.begin_ns = sb_mono_ns();
	rc = g->o->slurm ? run_by_slurm(g, err) : fill_here(g, err);
	sb_log_set_level(level);
	sb_sweep_watch_close(g);
	rc = rc || sb_sweep_table_wide(g->table, err) ||
		     sb_sweep_page(g->table, g->directory.path, g->name, err)
		 ? -1
		 : 0;
	sb_sweep_watch_finish(g, !rc);
	return rc;
}

static bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

static int report(const struct sb_sweep_going *g, struct sb_err *err)
{
	struct sb_sweep_show_options show = {
	    .directory = g->directory.path, .csv = g->o->csv, .jsonl = g->o->jsonl};

	if (sb_sweep_show(&show, err))
		return -1;
	/* Not among the rows. */
	fprintf(is_stdout(g->o->csv) || is_stdout(g->o->jsonl) ? stderr : stdout,
		"%zu of %zu runs, in %s/results.sqlite\n", g->progress.complete, g->count,
		g->directory.path);
	return 0;
}

/* Runs that no task has come to: neither there nor failed. */
static void say_missing(const struct sb_sweep_going *g)
{
	size_t lost = 0;

	for (size_t i = 0; i < g->count; i++)
		lost += sb_sweep_is_open(g, &g->runs[i]);
	if (lost)
		sb_error("%zu runs are missing though their tasks have ended; see the logs in "
			 "%s/slurm, and check that all nodes share that directory",
			 lost, g->directory.path);
}

/* A new directory is made when nothing can be refused any more. */
static int carry_out(struct sb_sweep_going *g, int *exit_status, struct sb_err *err)
{
	const struct sb_sweep_options *o = g->o;

	if ((o->resume ? sb_sweep_take_up(o, &g->directory, &g->spec, err)
		       : sb_sweep_spec_new(o, &g->spec, err)) ||
	    sb_sweep_prepare(g, err))
		return -1;
	if (o->dry_run)
		return sb_sweep_print_dry(g, err);
	if (sb_sweep_check_room(g, err) ||
	    (!o->resume && sb_sweep_begin(o, g->name, &g->directory, err)) || run_all(g, err) ||
	    report(g, err))
		return -1;
	if (sb_stopping()) {
		fprintf(stderr, "interrupted; continue with: satbed sweep --resume %s\n",
			g->directory.path);
		*exit_status = 130;
	} else {
		*exit_status = g->progress.complete < g->count;
		if (o->slurm)
			say_missing(g);
	}
	return 0;
}

int sb_sweep_carry_out(const struct sb_sweep_options *o, int *exit_status, struct sb_err *err)
{
	struct sb_sweep_going g = {.o = o, .directory.lock_fd = -1};
	int rc;

	*exit_status = 0;
	rc = carry_out(&g, exit_status, err);
	sb_sweep_table_close(g.table);
	for (size_t i = 0; g.runs && i < g.count; i++)
		free(g.runs[i].why);
	free(g.runs);
	free(g.open);
	free(g.name);
	sb_spec_fini(&g.spec);
	sb_sweep_let_go(&g.directory);
	return rc;
}
