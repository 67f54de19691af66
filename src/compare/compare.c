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
#include "satbed/batch.h"
#include "satbed/junit.h"
#include "satbed/live.h"
#include "satbed/live_many.h"
#include "satbed/report_dir.h"
#include "satbed/report_summary.h"

/** struct going - a comparison that goes on; @next: of each slot, the directory of its next attempt */
struct going {
	const struct sb_compare_options *o;
	struct sb_comparison c;
	struct sb_cell *cells;
	char **next;
	struct sb_batch_progress progress;
	size_t ran;
	int lock_fd;
	bool interrupted;
	pthread_mutex_t lock; /* of @ran and the lines, where runs go on side by side */
	const struct sb_slot *order;
	struct sb_live *live;	   /* NULL = nobody looks but at the lines, one for each run */
	struct sb_live_many *many; /* a page where runs go on side by side; NULL = there is none */
	bool shown;		   /* on the live screen: no lines */
};

/* "run 7 of 20, round 2: native:slirp:inside (about 40 s left)" */
static void say_next(const struct going *g, const struct sb_slot *slot, size_t attempt)
{
	const struct sb_batch_progress *p = &g->progress;
	int64_t each_ns;

	if (g->o->quiet || g->shown)
		return;
	fprintf(stderr, "run %zu of %zu, round %zu%s: %s", p->done + 1, p->total, slot->round + 1,
		slot->pass == SB_UNSHAPED ? ", without a link" : "", g->c.arms[slot->arm].name);
	if (attempt)
		fprintf(stderr, ", attempt %zu", attempt + 1);
	/* Slots that were there took no time. */
	if (g->ran) {
		each_ns = (sb_mono_ns() - p->begin_ns) / (int64_t)g->ran;
		fprintf(stderr, " (about %lld s left)",
			(long long)(each_ns * (int64_t)(p->total - p->done) / SB_NS_PER_S));
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
	if (g->many) {
		sb_live_many_result(g->many, result, last->fate < SB_RUN_WARN);
		return;
	}
	if (g->live)
		sb_live_result(g->live, result);
	cJSON_Delete(result);
}

static int run_once(struct going *g, const struct sb_slot *slot, const char *directory,
		    struct sb_err *err)
{
	const struct sb_arm *arm = &g->c.arms[slot->arm];
	sb_auto_free char *path = sb_asprintf("%s/%s", g->c.directory, directory);
	bool watched = g->live && g->o->jobs <= 1;
	struct sb_run_options run = {
	    .out_dir = path,
	    .scenario = *g->c.scenario ? g->c.scenario : NULL,
	    .plain = g->o->plain,
	    .quiet = true,
	    .silent = true,
	    .live = watched ? g->live : NULL,
	    .repeat = slot->round,
	};
	const struct sb_plan *plan = slot->pass == SB_UNSHAPED ? arm->unshaped : arm->plan;

	if (watched)
		sb_live_run(g->live, plan, g->progress.done + 1, g->progress.total, arm->name);
	if (!sb_attempt_make(plan, &run, err))
		return 0;
	return sb_wrap(err, "%s; continue with: satbed compare --resume %s", arm->name,
		       g->c.directory);
}

static struct sb_cell *cell_of(struct going *g, size_t i)
{
	const struct sb_slot *slot = &g->order[i];

	return &g->cells[sb_cell_index(&g->c, slot->pass, slot->arm, slot->round)];
}

static int look(void *arg, size_t i, struct sb_slot_state *out, struct sb_err *err)
{
	struct going *g = arg;
	struct sb_cell *cell = cell_of(g, i);

	sb_cell_fini(cell);
	free(sb_steal(&g->next[i]));
	if (sb_cell_load(&g->c, &g->order[i], cell, &g->next[i], err))
		return -1;
	*out = (struct sb_slot_state){.usable = cell->usable >= 0, .spent = sb_cell_spent(cell)};
	return 0;
}

static int attempt(void *arg, size_t i, size_t spent, struct sb_err *err)
{
	struct going *g = arg;
	struct sb_slot_state state;

	pthread_mutex_lock(&g->lock);
	say_next(g, &g->order[i], spent);
	g->ran++;
	pthread_mutex_unlock(&g->lock);
	if (run_once(g, &g->order[i], g->next[i], err) || look(g, i, &state, err))
		return -1;
	pthread_mutex_lock(&g->lock);
	say_fate(g, &g->order[i], cell_of(g, i));
	pthread_mutex_unlock(&g->lock);
	show_fate(g, &g->order[i], cell_of(g, i));
	return 0;
}

static int filled(void *arg, size_t i, struct sb_err *err)
{
	struct going *g = arg;
	const struct sb_cell *cell = cell_of(g, i);

	(void)err;
	pthread_mutex_lock(&g->lock);
	g->progress.done++;
	g->progress.complete += cell->usable >= 0;
	g->progress.failed += cell->usable < 0 && sb_cell_spent(cell) > g->c.retries;
	pthread_mutex_unlock(&g->lock);
	sb_live_many_done(g->many);
	return 0;
}

static void tick(void *arg)
{
	const struct going *g = arg;

	if (g->live)
		sb_live_serve(g->live);
}

static int fill_all(struct going *g, struct sb_err *err)
{
	size_t slots = g->progress.total;
	struct sb_slot *order = sb_alloc(slots, sizeof(*order));
	struct sb_batch batch = {.count = slots,
				 .jobs = g->o->jobs,
				 .retries = g->c.retries,
				 .look = look,
				 .attempt = attempt,
				 .filled = filled,
				 .tick = g->o->jobs > 1 ? tick : NULL,
				 .arg = g};
	struct sb_slot_state state;
	int rc;

	sb_slots_order(&g->c, order);
	g->order = order;
	g->next = sb_alloc(slots, sizeof(*g->next));
	g->progress.begin_ns = sb_mono_ns();
	rc = sb_batch_fill(&batch, err);
	g->interrupted = sb_interrupted();
	/* What an earlier process has made is reported, too. */
	for (size_t i = 0; !rc && g->interrupted && i < slots; i++)
		if (!cell_of(g, i)->count)
			rc = look(g, i, &state, err);
	for (size_t i = 0; i < slots; i++)
		free(g->next[i]);
	free(g->next);
	free(order);
	return rc;
}

static char *metrics_text(void *arg)
{
	const struct going *g = arg;

	return sb_batch_metrics(&g->progress);
}

/* On a terminal a screen; metrics for whoever asks, also without one. */
static int open_live(struct going *g, struct sb_err *err)
{
	struct sb_live_options live = {
	    .metrics = g->o->metrics, .serve = g->o->serve, .serve_token = g->o->serve_token};
	const struct sb_live_many_options many = {.serve = g->o->serve,
						  .serve_token = g->o->serve_token,
						  .title = g->c.arms[0].plan->name,
						  .total = g->progress.total};

	live.more = metrics_text;
	live.more_arg = g;
	/* The screen is of one run; the page may be of many. */
	if (g->o->jobs > 1) {
		live.quiet = true;
		live.serve = NULL;
		return (g->o->serve && sb_live_many_open(&many, &g->many, err)) ||
			       (g->o->metrics && sb_live_new(&live, &g->live, err))
			   ? -1
			   : 0;
	}
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
	struct going g = {.o = options, .lock_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct sb_compared result = {0};
	enum sb_log_level level = sb_log_level();
	int rc = options->resume ? sb_state_load(options->resume, &g.c, err)
				 : sb_comparison_begin(options, &g.c, err);

	if (!rc && options->resume)
		rc = sb_comparison_check_clocks(&g.c, options->jobs, err);
	if (!rc)
		rc = sb_batch_hold("compare", g.c.directory, &g.lock_fd, err);
	if (rc) {
		sb_comparison_fini(&g.c);
		return -1;
	}
	g.progress.total = g.progress.to_do = g.c.rounds * g.c.passes * g.c.arm_count;
	g.progress.jobs = options->jobs ? options->jobs : 1;
	g.cells = sb_alloc(g.progress.total, sizeof(*g.cells));
	for (size_t i = 0; i < g.progress.total; i++)
		g.cells[i].usable = -1;
	rc = open_live(&g, err);
	/* What each run says of itself is in its directory. */
	if (level == SB_LOG_INFO)
		sb_log_set_level(SB_LOG_WARN);
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
	for (size_t i = 0; i < g.progress.total; i++)
		sb_cell_fini(&g.cells[i]);
	free(g.cells);
	sb_close_p(&g.lock_fd);
	sb_comparison_fini(&g.c);
	return rc;
}
