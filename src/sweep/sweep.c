// SPDX-License-Identifier: MIT
/* sweep.c - a sweep carried out: what is missing is run, side by side where that disturbs nobody */
#include "satbed/sweep.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/plan_room.h"
#include "sweep/directory.h"
#include "sweep/page.h"
#include "sweep/runs.h"
#include "sweep/slurm.h"
#include "sweep/table.h"

/* Of a guest on the virtual clock: run.c's, which takes no more of it than it needs. */
#define GUEST_MIB 250

/** struct going - a sweep that goes on; @lock: of what threads share */
struct going {
	const struct sb_sweep_options *o;
	struct sb_sweep_directory directory;
	struct sb_sweep_spec spec;
	struct sb_sweep_run *runs;
	size_t count, jobs, there, done, to_do;
	bool is_virtual;
	char *name; /* the scenario's */
	struct sb_sweep_table *table;
	int64_t begin_ns;
	pthread_mutex_t lock;
};

/* "12 of 180 runs, about 40 s left"; a line that is drawn over where somebody looks. */
static void say_progress(struct going *g, bool last)
{
	bool terminal = isatty(STDERR_FILENO);
	double each_s;

	if (g->o->quiet || (!terminal && !last && g->done % 20))
		return;
	fprintf(stderr, "%s%zu of %zu runs", terminal ? "\r\033[K" : "", g->there, g->count);
	if (g->done && g->done < g->to_do) {
		each_s = (double)(sb_mono_ns() - g->begin_ns) / 1e9 / (double)g->done;
		fprintf(stderr, ", about %.0f s left", each_s * (double)(g->to_do - g->done));
	}
	if (!terminal || last)
		fputc('\n', stderr);
	fflush(stderr);
}

/* --- before anything runs --- */

/* Every plan is made once, so that what is wrong with any of them is said now. */
static int plan_all(struct going *g, struct sb_err *err)
{
	enum sb_log_level level = sb_log_level();
	int64_t said_ns = sb_mono_ns();

	g->count = sb_spec_runs(&g->spec);
	g->runs = sb_alloc(g->count, sizeof(*g->runs));
	for (size_t i = 0; i < g->count; i++) {
		struct sb_plan *plan = NULL;
		int rc = sb_sweep_plan(&g->spec, i, &plan, err);

		/* A warning that each plan has is said once. */
		sb_log_set_level(SB_LOG_ERROR);
		if (!rc && !i) {
			g->is_virtual = plan->clock == SB_CLOCK_VIRTUAL;
			g->name = sb_strdup(plan->name);
		}
		if (!rc && (plan->clock == SB_CLOCK_VIRTUAL) != g->is_virtual)
			rc = sb_fail(err, SB_EINPUT, 0,
				     "the clock cannot be a factor: a busy machine changes results "
				     "on one clock and not on the other");
		if (!rc)
			rc = sb_sweep_hash(plan, g->runs[i].hash, err);
		sb_plan_free(plan);
		if (!rc && sb_interrupted())
			rc = sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		if (rc) {
			sb_log_set_level(level);
			return -1;
		}
		if (!g->o->quiet && sb_mono_ns() - said_ns > SB_NS_PER_S) {
			said_ns = sb_mono_ns();
			fprintf(stderr, "%s%zu of %zu plans%s", isatty(2) ? "\r\033[K" : "", i + 1,
				g->count, isatty(2) ? "" : "\n");
		}
	}
	sb_log_set_level(level);
	return 0;
}

static int choose_jobs(struct going *g, struct sb_err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	g->jobs = g->o->jobs;
	if (g->o->slurm && !g->is_virtual)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--slurm: on the real clock runs need rights and a machine of their own; "
		    "use --clock virtual");
	if (g->is_virtual) {
		if (!g->jobs)
			g->jobs = processors > 0 ? (size_t)processors : 1;
		return 0;
	}
	if (g->jobs > 1)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--jobs %zu: on the real clock runs side by side disturb each other; "
		    "use --clock virtual",
		    g->jobs);
	g->jobs = 1;
	return 0;
}

static int check_count(const struct going *g, struct sb_err *err)
{
	if (g->to_do <= SB_SWEEP_RUNS_UNASKED || g->o->yes || g->o->dry_run)
		return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "that is %zu runs to be made; look at them with --dry-run, and begin with --yes",
	    g->to_do);
}

/* Two runs may be one: a factor that changes nothing in the plan. */
static int check_hashes(const struct going *g, struct sb_err *err)
{
	size_t cases = sb_spec_cases(&g->spec);

	for (size_t i = 1; i < cases; i++) {
		for (size_t j = 0; cases <= SB_SWEEP_LEVELS && j < i; j++) {
			if (strcmp(g->runs[i].hash, g->runs[j].hash) != 0)
				continue;
			for (size_t f = 0; f < g->spec.factor_count; f++) {
				size_t a = sb_spec_level(&g->spec, i, f),
				       b = sb_spec_level(&g->spec, j, f);

				if (a != b)
					return sb_fail(err, SB_EINPUT, 0,
						       "%s: \"%s\" and \"%s\" are the same run",
						       g->spec.factors[f].key,
						       g->spec.factors[f].levels[b],
						       g->spec.factors[f].levels[a]);
			}
		}
	}
	return 0;
}

/* Of wall time; leo-lossy goes some 15 times faster than time on the virtual clock. */
static double run_seconds(const struct going *g, const struct sb_plan *plan)
{
	double seconds = (double)plan->duration_ns / 1e9;

	return g->is_virtual ? seconds / 15 + 0.5 : seconds + 1;
}

static void print_dry(const struct going *g)
{
	struct sb_plan *plan = NULL;
	struct sb_plan_room room;
	double seconds;

	printf("%zu runs: %zu combinations of %zu factors, %zu seeds; %zu to be made\n", g->count,
	       sb_spec_cases(&g->spec), g->spec.factor_count,
	       g->spec.seed_count ? g->spec.seed_count : 1, g->to_do);
	for (size_t i = 0; i < g->count && i < 20; i++) {
		size_t n;
		char **sets = sb_spec_sets(&g->spec, i, &n);

		printf("  %.8s%s", g->runs[i].hash, g->runs[i].there ? " there" : "");
		for (size_t k = g->spec.set_count; k < n; k++)
			printf("  %s", sets[k]);
		putchar('\n');
		sb_spec_sets_free(sets, n);
	}
	if (g->count > 20)
		printf("  ... %zu more\n", g->count - 20);
	if (sb_sweep_plan(&g->spec, 0, &plan, NULL))
		return;
	seconds = run_seconds(g, plan) * (double)g->to_do / (double)g->jobs;
	printf("estimates: %.0f s with %zu at a time", seconds, g->jobs);
	sb_plan_room(plan, &room);
	if (room.known)
		printf(", %.0f MB of captures %s",
		       (double)room.capture_bytes / 1e6 *
			   (g->o->captures ? (double)g->to_do : (double)g->jobs),
		       g->o->captures ? "in all" : "at any time");
	if (g->is_virtual)
		printf(", %zu MB of memory", g->jobs * GUEST_MIB);
	putchar('\n');
	sb_plan_free(plan);
}

/* --- the runs --- */

static int note(struct going *g, size_t i, struct sb_err *err)
{
	struct sb_sweep_run *r = &g->runs[i];

	if ((!r->there && r->failed <= g->directory.retries) || sb_sweep_table_has(g->table, r))
		return 0;
	return sb_sweep_table_add(g->table, g->directory.path, &g->spec, i, r, err);
}

static int make_run(void *arg, size_t i, struct sb_err *err)
{
	struct going *g = arg;
	struct sb_sweep_run *r = &g->runs[i];
	struct sb_plan *plan = NULL;
	int rc = 0;

	if (r->there || r->failed > g->directory.retries || sb_interrupted())
		return 0;
	if (sb_sweep_plan(&g->spec, i, &plan, err))
		return -1;
	while (!rc && !r->there && r->failed <= g->directory.retries && !sb_interrupted())
		rc = sb_sweep_once(g->directory.path, g->spec.scenario, plan, g->directory.captures,
				   r, err);
	sb_plan_free(plan);
	pthread_mutex_lock(&g->lock);
	if (!rc)
		rc = note(g, i, err);
	g->done++;
	g->there += r->there;
	say_progress(g, false);
	pthread_mutex_unlock(&g->lock);
	return rc;
}

/* What an earlier process has left in the directory and did not come to write down. */
static int catch_up(struct going *g, struct sb_err *err)
{
	int rc = sb_sweep_table_begin(g->table, err);

	for (size_t i = 0; !rc && i < g->count; i++)
		rc = note(g, i, err);
	return rc ? -1 : sb_sweep_table_commit(g->table, err);
}

/* What tasks have done since the last look. */
static int look_again(void *arg, struct sb_err *err)
{
	struct going *g = arg;

	for (size_t i = 0; i < g->count; i++) {
		struct sb_sweep_run *r = &g->runs[i];

		if (r->there || r->failed > g->directory.retries)
			continue;
		sb_sweep_look(g->directory.path, r);
		if (!r->there && r->failed <= g->directory.retries)
			continue;
		if (note(g, i, err))
			return -1;
		g->done++;
		g->there += r->there;
		say_progress(g, false);
	}
	return 0;
}

static int run_by_slurm(struct going *g, struct sb_err *err)
{
	struct sb_plan *plan = NULL;
	struct sb_slurm slurm = {.options = g->o,
				 .directory = &g->directory,
				 .spec = &g->spec,
				 .runs = g->runs,
				 .count = g->count,
				 .look = look_again,
				 .arg = g};
	int rc;

	if (sb_sweep_plan(&g->spec, 0, &plan, err))
		return -1;
	slurm.kernel = plan->kernel;
	slurm.run_s = run_seconds(g, plan);
	rc = sb_slurm_run(&slurm, err);
	sb_plan_free(plan);
	return rc;
}

static int run_all(struct going *g, struct sb_err *err)
{
	enum sb_log_level level = sb_log_level();
	int rc;

	/* Tasks may be at work in there. */
	if (!g->o->slurm)
		sb_sweep_tidy(g->directory.path);
	if (sb_sweep_save(&g->directory, &g->spec, err) ||
	    sb_sweep_table_open(g->directory.path, true, &g->table, err) ||
	    sb_sweep_table_spec(g->table, &g->spec, err) || catch_up(g, err))
		return -1;
	if (level == SB_LOG_INFO)
		sb_log_set_level(SB_LOG_WARN);
	g->begin_ns = sb_mono_ns();
	rc = g->o->slurm ? run_by_slurm(g, err)
			 : sb_parallel_in(g->jobs, g->count, make_run, g, err);
	sb_log_set_level(level);
	say_progress(g, true);
	return rc || sb_sweep_table_wide(g->table, err) ||
		       sb_sweep_page(g->table, g->directory.path, g->name, err)
		   ? -1
		   : 0;
}

static int report(const struct going *g, struct sb_err *err)
{
	struct sb_sweep_show_options show = {
	    .directory = g->directory.path, .csv = g->o->csv, .jsonl = g->o->jsonl};

	if (sb_sweep_show(&show, err))
		return -1;
	printf("%zu of %zu runs, in %s/results.sqlite\n", g->there, g->count, g->directory.path);
	return 0;
}

/* Runs that no task has come to: neither there nor failed. */
static void say_missing(const struct going *g)
{
	size_t lost = 0;

	for (size_t i = 0; i < g->count; i++)
		lost += !g->runs[i].there && g->runs[i].failed <= g->directory.retries;
	if (lost)
		sb_error("%zu runs are missing though their tasks have ended; see the logs in "
			 "%s/slurm, and check that all nodes share that directory",
			 lost, g->directory.path);
}

/* What is there already, and what is to be made. */
static void look_around(struct going *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (g->directory.path)
			sb_sweep_look(g->directory.path, &g->runs[i]);
		g->there += g->runs[i].there;
		g->to_do += !g->runs[i].there && g->runs[i].failed <= g->directory.retries;
	}
}

/* A new directory is made when nothing can be refused any more. */
static int carry_out(struct going *g, int *exit_status, struct sb_err *err)
{
	const struct sb_sweep_options *o = g->o;

	if ((o->resume ? sb_sweep_take_up(o, &g->directory, &g->spec, err)
		       : sb_sweep_spec_new(o, &g->spec, err)) ||
	    plan_all(g, err) || choose_jobs(g, err) || check_hashes(g, err))
		return -1;
	look_around(g);
	if (check_count(g, err))
		return -1;
	if (o->dry_run) {
		print_dry(g);
		return 0;
	}
	if ((!o->resume && sb_sweep_begin(o, g->name, &g->directory, err)) || run_all(g, err) ||
	    report(g, err))
		return -1;
	if (sb_interrupted()) {
		fprintf(stderr, "interrupted; continue with: satbed sweep --resume %s\n",
			g->directory.path);
		*exit_status = 130;
	} else {
		*exit_status = g->there < g->count;
		if (o->slurm)
			say_missing(g);
	}
	return 0;
}

int sb_sweep_carry_out(const struct sb_sweep_options *o, int *exit_status, struct sb_err *err)
{
	struct going g = {.o = o, .directory.lock_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
	int rc;

	*exit_status = 0;
	rc = carry_out(&g, exit_status, err);
	sb_sweep_table_close(g.table);
	for (size_t i = 0; g.runs && i < g.count; i++)
		free(g.runs[i].why);
	free(g.runs);
	free(g.name);
	sb_spec_fini(&g.spec);
	sb_sweep_let_go(&g.directory);
	return rc;
}
