// SPDX-License-Identifier: MIT
/* compare.c - a comparison carried out, slot by slot, from where its directory says it is */
#include "satbed/compare.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "begin.h"
#include "result.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/junit.h"
#include "satbed/live.h"
#include "satbed/live_many.h"
#include "satbed/report_dir.h"
#include "satbed/report_summary.h"
#include "satbed/run.h"

/** struct going - a comparison that goes on */
struct going {
	const struct sb_compare_options *o;
	struct sb_comparison c;
	struct sb_cell *cells;
	size_t slots, done, ran;
	int64_t begin_ns;
	bool interrupted;
	pthread_mutex_t lock; /* of @done, @ran and the lines, where runs go on side by side */
	const struct sb_slot *order;
	struct sb_live *live;	   /* NULL = nobody looks but at the lines, one for each run */
	struct sb_live_many *many; /* a page where runs go on side by side; NULL = there is none */
	bool shown;		   /* on the live screen: no lines */
};

/* "run 7 of 20, round 2: native:slirp:inside (about 40 s left)" */
static void say_next(const struct going *g, const struct sb_slot *slot, size_t attempt)
{
	int64_t each_ns;

	if (g->o->quiet || g->shown)
		return;
	fprintf(stderr, "run %zu of %zu, round %zu%s: %s", g->done + 1, g->slots, slot->round + 1,
		slot->pass == SB_UNSHAPED ? ", without a link" : "", g->c.arms[slot->arm].name);
	if (attempt)
		fprintf(stderr, ", attempt %zu", attempt + 1);
	if (g->ran) {
		each_ns = (sb_mono_ns() - g->begin_ns) / (int64_t)g->ran;
		fprintf(stderr, " (about %lld s left)",
			(long long)(each_ns * (int64_t)(g->slots - g->done) / SB_NS_PER_S));
	}
	fputc('\n', stderr);
}

static void say_fate(const struct going *g, const struct sb_slot *slot, const struct sb_cell *cell)
{
	const struct sb_attempt *last = cell->count ? &cell->attempts[cell->count - 1] : NULL;

	if (g->o->quiet || g->shown || !last)
		return;
	/* Side by side it does not stand below the line it belongs to. */
	if (g->o->jobs > 1)
		fprintf(stderr, "  round %zu, %s:", slot->round + 1, g->c.arms[slot->arm].name);
	fprintf(stderr, "%s%s%s%s\n", g->o->jobs > 1 ? " " : "  ", sb_fate_name(last->fate),
		last->why ? ": " : "", last->why ? last->why : "");
}

/* For the served page: the last attempt, and what the first flow carried. */
static void show_fate(struct going *g, const struct sb_slot *slot, const struct sb_cell *cell)
{
	const struct sb_attempt *last = cell->count ? &cell->attempts[cell->count - 1] : NULL;
	cJSON *result;

	if (!last || !g->o->serve)
		return;
	result = cJSON_CreateObject();
	sb_json_add_str(result, "label", g->c.arms[slot->arm].name);
	sb_json_add_i64(result, "round", (int64_t)slot->round + 1);
	sb_json_add_str(result, "verdict", sb_fate_name(last->fate));
	if (slot->pass == SB_UNSHAPED || last->why)
		sb_json_add_str(result, "why", last->why ? last->why : "without a link");
	for (size_t i = 0; i < cell->readings.count; i++)
		if (!strncmp(cell->readings.items[i].name, "goodput.", 8)) {
			sb_json_add_num(result, "goodput_bps", cell->readings.items[i].number);
			break;
		}
	if (g->live)
		sb_live_result(g->live, result);
	if (g->live)
		cJSON_Delete(result);
	else
		sb_live_many_result(g->many, result, last->fate < SB_RUN_WARN);
}

/* What is wrong with this machine or the scenario will be wrong the next time, too. */
static bool is_worth_a_retry(const struct sb_err *err)
{
	return err->code == SB_EENGINE || err->code == SB_EINTERNAL;
}

static int run_once(struct going *g, const struct sb_slot *slot, const char *directory,
		    struct sb_err *err)
{
	const struct sb_arm *arm = &g->c.arms[slot->arm];
	sb_auto_free char *path = sb_asprintf("%s/%s", g->c.directory, directory);
	struct sb_run_options run = {
	    .out_dir = path,
	    .scenario = *g->c.scenario ? g->c.scenario : NULL,
	    .plain = g->o->plain,
	    .quiet = true,
	    .silent = true,
	    .live = g->live,
	    .repeat = slot->round,
	};
	const struct sb_plan *plan = slot->pass == SB_UNSHAPED ? arm->unshaped : arm->plan;
	struct sb_err why = {0};
	int status;

	pthread_mutex_lock(&g->lock);
	g->ran++;
	pthread_mutex_unlock(&g->lock);
	if (g->live)
		sb_live_run(g->live, plan, g->done + 1, g->slots, arm->name);
	if (!sb_run(plan, &run, &status, &why))
		return 0;
	if (sb_interrupted())
		return 0;
	if (!is_worth_a_retry(&why)) {
		*err = why;
		return sb_wrap(err, "%s; continue with: satbed compare --resume %s", arm->name,
			       g->c.directory);
	}
	return sb_cell_broke(&g->c, directory, why.msg, err);
}

/* One slot: until it has a usable run, or has been tried often enough. */
static int fill_slot(struct going *g, const struct sb_slot *slot, struct sb_err *err)
{
	struct sb_cell *cell = &g->cells[sb_cell_index(&g->c, slot->pass, slot->arm, slot->round)];

	for (;;) {
		sb_auto_free char *next = NULL;
		size_t spent;

		sb_cell_fini(cell);
		if (sb_cell_load(&g->c, slot, cell, &next, err))
			return -1;
		spent = sb_cell_spent(cell);
		if (cell->usable >= 0 || spent > g->c.retries || sb_interrupted())
			return 0;
		pthread_mutex_lock(&g->lock);
		say_next(g, slot, spent);
		pthread_mutex_unlock(&g->lock);
		if (run_once(g, slot, next, err))
			return -1;
		free(sb_steal(&next));
		sb_cell_fini(cell);
		if (sb_cell_load(&g->c, slot, cell, NULL, err))
			return -1;
		pthread_mutex_lock(&g->lock);
		say_fate(g, slot, cell);
		pthread_mutex_unlock(&g->lock);
		show_fate(g, slot, cell);
	}
}

static int fill_one(void *arg, size_t i, struct sb_err *err)
{
	struct going *g = arg;
	int rc = fill_slot(g, &g->order[i], err);

	pthread_mutex_lock(&g->lock);
	g->done++;
	pthread_mutex_unlock(&g->lock);
	sb_live_many_done(g->many);
	return rc;
}

static int fill_all(struct going *g, struct sb_err *err)
{
	struct sb_slot *order = sb_alloc(g->slots, sizeof(*order));
	int rc = 0;

	sb_slots_order(&g->c, order);
	g->order = order;
	g->begin_ns = sb_mono_ns();
	if (g->o->jobs > 1)
		rc = sb_parallel_in(g->o->jobs, g->slots, fill_one, g, err);
	else
		for (size_t i = 0; !rc && i < g->slots; i++)
			rc = fill_one(g, i, err);
	g->interrupted = sb_interrupted();
	free(order);
	return rc;
}

/* On a terminal a screen; metrics for whoever asks, also without one. */
static int open_live(struct going *g, struct sb_err *err)
{
	struct sb_live_options live = {
	    .metrics = g->o->metrics, .serve = g->o->serve, .serve_token = g->o->serve_token};

	const struct sb_live_many_options many = {.serve = g->o->serve,
						  .serve_token = g->o->serve_token,
						  .title = g->c.arms[0].plan->name,
						  .total = g->slots};

	/* The screen is of one run. */
	if (g->o->jobs > 1)
		return g->o->serve ? sb_live_many_open(&many, &g->many, err) : 0;
	g->shown = !g->o->quiet && !g->o->plain && isatty(STDERR_FILENO);
	live.quiet = !g->shown;
	return g->shown || g->o->metrics || g->o->serve ? sb_live_new(&live, &g->live, err) : 0;
}

static int write_text(const struct going *g, const char *file, const char *text, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", g->c.directory, file);

	return sb_replace_file(path, text, strlen(text), err);
}

static int report(const struct going *g, const struct sb_compared *r, struct sb_err *err)
{
	cJSON *json = sb_compared_json(r);
	sb_auto_free char *text = cJSON_Print(json), *csv = sb_compared_csv(r), *whole = NULL;
	int rc;

	cJSON_Delete(json);
	whole = sb_asprintf("%s\n", text ? text : "null");
	rc = write_text(g, "compare.json", whole, err);
	if (!rc)
		rc = write_text(g, "compare.csv", csv, err);
	if (!rc)
		rc = sb_report_dir(g->c.directory, NULL, err);
	if (!rc && g->o->junit) {
		struct sb_junit junit = {0};

		sb_compared_junit(r, &junit);
		rc = sb_junit_write(&junit, g->o->junit, err);
		sb_junit_fini(&junit);
	}
	if (!rc && g->o->summary)
		rc = sb_report_summary(g->c.directory, g->o->summary, err);
	if (!rc && g->o->json)
		fputs(whole, stdout);
	else if (!rc)
		sb_compared_text(stdout, r,
				 !g->o->plain && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	return rc;
}

static int status_of(const struct sb_compared *r)
{
	if (r->interrupted)
		return 130;
	for (size_t i = 0; i < r->judged_count; i++)
		if (!r->judged[i].met)
			return 1;
	return r->missing ? 1 : 0;
}

/* Pages that are open turn into the comparison's. */
static void close_live(struct going *g, bool reported)
{
	sb_auto_free char *page = reported ? sb_asprintf("%s/report.html", g->c.directory) : NULL;

	if (g->live)
		sb_live_finish(g->live, page);
	sb_live_free(g->live);
	sb_live_many_close(g->many, page);
}

int sb_compare(const struct sb_compare_options *options, int *exit_status, struct sb_err *err)
{
	struct going g = {.o = options, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct sb_compared result = {0};
	enum sb_log_level level = sb_log_level();
	int rc = options->resume ? sb_state_load(options->resume, &g.c, err)
				 : sb_comparison_begin(options, &g.c, err);

	if (!rc && options->resume)
		rc = sb_comparison_check_clocks(&g.c, options->jobs, err);
	if (rc) {
		sb_comparison_fini(&g.c);
		return -1;
	}
	g.slots = g.c.rounds * g.c.passes * g.c.arm_count;
	g.cells = sb_alloc(g.slots, sizeof(*g.cells));
	for (size_t i = 0; i < g.slots; i++)
		g.cells[i].usable = -1;
	/* What each run says of itself is in its directory. */
	if (level == SB_LOG_INFO)
		sb_log_set_level(SB_LOG_WARN);
	rc = open_live(&g, err);
	if (!rc)
		rc = fill_all(&g, err);
	if (g.live)
		sb_live_leave(g.live);
	sb_log_set_level(level);
	if (!rc) {
		sb_compared_make(&g.c, g.cells, g.interrupted, &result);
		rc = report(&g, &result, err);
		*exit_status = status_of(&result);
		sb_compared_fini(&result);
	}
	close_live(&g, rc == 0);
	for (size_t i = 0; i < g.slots; i++)
		sb_cell_fini(&g.cells[i]);
	free(g.cells);
	sb_comparison_fini(&g.c);
	return rc;
}
