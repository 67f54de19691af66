// SPDX-License-Identifier: MIT
/* prepare.c - before the first run of a sweep: all plans, and what they show to be wrong */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "going.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

/*
 * Refused before a million plans are made for it: what is there cannot be fewer runs to make than
 * this.
 */
static int check_count_early(const struct sb_sweep_going *g, struct sb_err *err)
{
	size_t there = g->directory.path ? sb_sweep_count_there(g->directory.path) : 0;
	size_t least = g->count > there ? g->count - there : 0;

	if (least <= SB_SWEEP_RUNS_UNASKED || g->o->yes || g->o->dry_run)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "%zu runs are to be made; look at them with --dry-run, and begin with --yes",
		       least);
}

static int plan_one(struct sb_sweep_going *g, size_t i, struct sb_err *err)
{
	struct sb_plan *plan = NULL;
	int rc;

	if (sb_sweep_plan(&g->spec, i, &plan, err))
		return -1;
	if (!i) {
		g->is_virtual = plan->clock == SB_CLOCK_VIRTUAL;
		g->name = sb_strdup(plan->name);
	}
	rc = (plan->clock == SB_CLOCK_VIRTUAL) != g->is_virtual
		 ? sb_fail(err, SB_EINPUT, 0,
			   "the clock cannot be a factor: a busy machine changes results on one "
			   "clock and not on the other")
		 : sb_sweep_hash(plan, g->runs[i].hash, err);
	sb_plan_free(plan);
	if (!rc && sb_interrupted())
		rc = sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	return rc;
}

/* Every plan is made once, so that what is wrong with any of them is said now. */
static int plan_all(struct sb_sweep_going *g, struct sb_err *err)
{
	enum sb_log_level level = sb_log_level();
	int64_t said_ns = sb_mono_ns();
	bool terminal = isatty(STDERR_FILENO), said = false;
	int rc = 0;

	g->runs = sb_alloc(g->count, sizeof(*g->runs));
	for (size_t i = 0; !rc && i < g->count; i++) {
		rc = plan_one(g, i, err);
		/* A warning that each plan has is said once. */
		sb_log_set_level(SB_LOG_ERROR);
		if (!rc && !g->o->quiet && sb_mono_ns() - said_ns > SB_NS_PER_S) {
			said_ns = sb_mono_ns();
			said = true;
			fprintf(stderr, "%s%zu of %zu plans%s", terminal ? "\r\033[K" : "", i + 1,
				g->count, terminal ? "" : "\n");
		}
	}
	if (said && terminal)
		fputs("\r\033[K", stderr);
	sb_log_set_level(level);
	return rc;
}

static int choose_jobs(struct sb_sweep_going *g, struct sb_err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	g->progress.jobs = g->o->jobs;
	if (g->o->slurm && !g->is_virtual)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--slurm: on the real clock runs need rights and a machine of their own; "
		    "use --clock virtual");
	if (g->is_virtual) {
		if (!g->progress.jobs)
			g->progress.jobs = processors > 0 ? (size_t)processors : 1;
		return 0;
	}
	if (sb_batch_check_jobs(SB_CLOCK_REAL, g->progress.jobs, "", err))
		return -1;
	g->progress.jobs = 1;
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct sb_sweep_run *const *x = a, *const *y = b;
	int order = strcmp((*x)->hash, (*y)->hash);

	return order ? order : (*x > *y) - (*x < *y);
}

static int say_same(const struct sb_sweep_spec *s, size_t a, size_t b, struct sb_err *err)
{
	for (size_t f = 0; f < s->factor_count; f++) {
		size_t one = sb_spec_level(s, a, f), other = sb_spec_level(s, b, f);

		if (one != other)
			return sb_fail(err, SB_EINPUT, 0, "%s: \"%s\" and \"%s\" are the same run",
				       s->factors[f].key, s->factors[f].levels[one].name,
				       s->factors[f].levels[other].name);
	}
	return 0;
}

/* Two runs may be one: a factor that changes nothing in the plan.  Seeds differ by themselves. */
static int check_hashes(const struct sb_sweep_going *g, struct sb_err *err)
{
	size_t cases = sb_spec_cases(&g->spec);
	const struct sb_sweep_run **sorted = sb_alloc(cases, sizeof(*sorted));
	int rc = 0;

	for (size_t i = 0; i < cases; i++)
		sorted[i] = &g->runs[i];
	qsort(sorted, cases, sizeof(const struct sb_sweep_run *), by_hash);
	for (size_t i = 1; !rc && i < cases; i++)
		if (!strcmp(sorted[i - 1]->hash, sorted[i]->hash))
			rc = say_same(&g->spec, (size_t)(sorted[i - 1] - g->runs),
				      (size_t)(sorted[i] - g->runs), err);
	free(sorted);
	return rc;
}

/* What is there already, and what is to be made. */
static void look_around(struct sb_sweep_going *g)
{
	struct sb_batch_progress *p = &g->progress;

	p->total = g->count;
	g->open = sb_alloc(g->count, sizeof(*g->open));
	for (size_t i = 0; i < g->count; i++) {
		const struct sb_sweep_run *r = &g->runs[i];

		if (g->directory.path)
			sb_sweep_look(g->directory.path, &g->runs[i]);
		if (sb_sweep_is_open(g, r))
			g->open[p->to_do++] = i;
		else if (r->there)
			p->complete++;
		else
			p->failed++;
	}
}

static int check_count(const struct sb_sweep_going *g, struct sb_err *err)
{
	if (g->progress.to_do <= SB_SWEEP_RUNS_UNASKED || g->o->yes || g->o->dry_run)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "%zu runs are to be made; look at them with --dry-run, and begin with --yes",
		       g->progress.to_do);
}

int sb_sweep_prepare(struct sb_sweep_going *g, struct sb_err *err)
{
	g->count = sb_spec_runs(&g->spec);
	if (check_count_early(g, err) || plan_all(g, err) || choose_jobs(g, err) ||
	    check_hashes(g, err))
		return -1;
	look_around(g);
	return check_count(g, err);
}
