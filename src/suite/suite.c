// SPDX-License-Identifier: MIT
/* suite.c - the runs of a suite, one after the other, and what came of them */
#include "satbed/report_summary.h"
#include "satbed/suite.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interop.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"
#include "satbed/scenario.h"
#include "suite/outcome.h"
#include "suite/state.h"

#define ATTEMPTS_MAX 1000

/** struct going - a suite that goes on */
struct going {
	const struct sb_suite_options *o;
	const char *directory;
	struct sb_suite_case *cases;
	struct sb_suite_outcome *outcomes;
	struct sb_text_table table;
	size_t count, told;
	cJSON *runs;
	int *exit_status;
};

static char *directory_of(const struct going *g, size_t i, size_t attempt)
{
	const struct sb_suite_case *c = &g->cases[i];
	sb_auto_free char *first =
	    sb_asprintf("%s/%s-%s%s%s%s%s", g->directory, c->row, c->column,
			c->server[0] ? "-" : "", c->server, c->server[0] ? "-" : "", c->client);

	return attempt ? sb_asprintf("%s.%zu", first, attempt + 1) : sb_steal(&first);
}

static void outcome_fini(struct sb_suite_outcome *o)
{
	free(o->directory);
	free(o->next);
	free(o->why);
	*o = (struct sb_suite_outcome){
	    .seconds = NAN, .goodput_bps = NAN, .retransmits = NAN, .verdict = "-"};
}

/* All attempts at a run: the first that is worth something counts, else the last. */
static int look(void *arg, size_t i, struct sb_slot_state *out, struct sb_err *err)
{
	struct going *g = arg;
	struct sb_suite_outcome *o = &g->outcomes[i];

	outcome_fini(o);
	for (size_t n = 0; n < ATTEMPTS_MAX; n++) {
		char *path = directory_of(g, i, n);
		struct sb_attempt_found found;

		if (sb_attempt_look(path, &found, err)) {
			free(path);
			return -1;
		}
		o->spent += found.fate > SB_CUT_OFF;
		if (found.fate == SB_ABSENT) {
			o->next = path;
			break;
		}
		free(o->directory);
		o->directory = path;
		o->fate = found.fate;
		free(o->why);
		o->why = sb_steal(&found.why);
		if (found.fate > SB_BROKEN)
			sb_outcome_read(o, found.run);
		sb_attempt_found_fini(&found);
		if (o->fate >= SB_RUN_WARN)
			break;
	}
	*out = (struct sb_slot_state){.usable = o->fate >= SB_RUN_WARN, .spent = o->spent};
	return 0;
}

static int attempt(void *arg, size_t i, size_t spent, struct sb_err *err)
{
	struct going *g = arg;
	const struct sb_suite_case *c = &g->cases[i];
	struct sb_run_options run = {.out_dir = g->outcomes[i].next,
				     .plain = true,
				     .quiet = true,
				     .silent = true,
				     .until_done = c->size_bytes > 0,
				     .scenario = "suite.ini"};
	struct sb_scenario *scenario = NULL;
	struct sb_plan *plan = NULL;
	int rc;

	if (!g->outcomes[i].next)
		return sb_fail(err, SB_EINPUT, 0, "%s holds more than %d attempts of %s %s",
			       g->directory, ATTEMPTS_MAX, c->row, c->column);
	if (!g->o->quiet)
		fprintf(stderr,
			spent ? "run %zu of %zu: %s %s, attempt %zu\n" : "run %zu of %zu: %s %s\n",
			i + 1, g->count, c->row, c->column, spent + 1);
	rc = sb_scenario_parse(c->row, c->text, strlen(c->text), g->o->sets, g->o->set_count,
			       &scenario, err);
	if (!rc)
		rc = sb_plan_make(scenario, &plan, err);
	if (!rc)
		rc = sb_attempt_make(plan, &run, err);
	sb_plan_free(plan);
	sb_scenario_free(scenario);
	return rc ? sb_wrap(err, "%s %s", c->row, c->column) : 0;
}

static void tell_one(struct going *g, size_t i)
{
	struct sb_suite_outcome *out = &g->outcomes[i];
	const char *result = sb_outcome_judge(&g->cases[i], out);

	if (out->failed)
		*g->exit_status = 1;
	if (!g->o->json)
		sb_outcome_print(&g->table, &g->cases[i], out, result);
	/* The first line; of a guest what comes before its console. */
	if (out->fate == SB_BROKEN && out->why)
		sb_error("%s %s: %.*s", g->cases[i].row, g->cases[i].column,
			 (int)strcspn(out->why, "\n"), out->why);
	fflush(stdout);
	cJSON_AddItemToArray(g->runs, sb_outcome_json(&g->cases[i], out, result));
}

/* In their order, as soon as those before it are over. */
static int filled(void *arg, size_t i, struct sb_err *err)
{
	struct going *g = arg;

	(void)err;
	g->outcomes[i].filled = g->outcomes[i].fate > SB_CUT_OFF;
	while (g->told < g->count && g->outcomes[g->told].filled)
		tell_one(g, g->told++);
	return 0;
}

static int print_boards(const struct going *g, struct sb_err *err)
{
	const char *cells[SB_SUITE_MAX] = {0};
	struct sb_suite_images images = {0};
	int rc = sb_suite_images(g->o->interop, &images, err);

	for (size_t i = 0; !rc && i < g->count; i++) {
		struct sb_suite_outcome *o = &g->outcomes[i];

		if (o->complete && strcmp(o->verdict, "INVALID") != 0)
			cells[i] = sb_asprintf("%.2f%s", o->seconds, o->failed ? " (late)" : "");
		else if (o->verdict[0] && strcmp(o->verdict, "-") != 0)
			cells[i] = sb_strdup(o->unsupported			  ? "unsupported"
					     : strcmp(o->verdict, "INVALID") == 0 ? "INVALID"
										  : "failed");
	}
	if (!rc)
		sb_suite_boards(stdout, g->cases, cells, g->count, &images);
	for (size_t i = 0; i < g->count; i++)
		free((void *)(uintptr_t)cells[i]);
	sb_suite_images_free(&images);
	return rc;
}

static int run_all(const struct sb_suite_options *o, struct sb_suite_case *cases, size_t count,
		   const char *directory, cJSON *runs, int *exit_status, struct sb_err *err)
{
	struct going g = {.o = o,
			  .directory = directory,
			  .cases = cases,
			  .outcomes = sb_alloc(count, sizeof(struct sb_suite_outcome)),
			  .count = count,
			  .runs = runs,
			  .exit_status = exit_status,
			  .table = sb_outcome_table(stdout, cases)};
	struct sb_batch batch = {.count = count,
				 .jobs = o->jobs,
				 .retries = o->retries,
				 .look = look,
				 .attempt = attempt,
				 .filled = filled,
				 .arg = &g};
	int rc;

	if (!o->json)
		sb_text_head(&g.table, NULL);
	rc = sb_batch_fill(&batch, err);
	if (!rc && g.told < count)
		*exit_status = 130;
	if (!o->json && !rc)
		sb_outcome_print_notes(stdout, cases, count);
	if (!o->json && !rc && o->interop)
		rc = print_boards(&g, err);
	for (size_t i = 0; i < count; i++)
		outcome_fini(&g.outcomes[i]);
	free(g.outcomes);
	return rc;
}

static int check_jobs(const struct sb_suite_options *o, const struct sb_suite_case *c,
		      struct sb_err *err)
{
	struct sb_scenario *scenario = NULL;
	struct sb_plan *plan = NULL;
	int rc = sb_scenario_parse(c->row, c->text, strlen(c->text), o->sets, o->set_count,
				   &scenario, err);

	if (!rc)
		rc = sb_plan_make(scenario, &plan, err);
	if (!rc)
		rc = sb_batch_check_jobs(plan->clock, o->jobs, "", err);
	sb_plan_free(plan);
	sb_scenario_free(scenario);
	return rc;
}

/* Of a suite that was killed before it had a state.json there is no more than this. */
static bool is_left_over(const char *name)
{
	return !strncmp(name, "state.json.", 11);
}

static int report(const char *directory, const struct sb_suite_options *o, const cJSON *top,
		  struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/suite.json", directory);
	sb_auto_free char *text = cJSON_Print(top);

	if (sb_replace_file(path, text, strlen(text), err) ||
	    (o->summary && sb_report_summary(directory, o->summary, err)))
		return -1;
	if (o->json)
		puts(text);
	else
		printf("results: %s\n", directory);
	return 0;
}

static int carry_out(const struct sb_suite *suite, const char *directory,
		     struct sb_suite_case *cases, size_t count, int *exit_status,
		     struct sb_err *err)
{
	cJSON *top = cJSON_CreateObject();
	int fd, rc = sb_batch_hold("suite", directory, &fd, err);

	if (!rc && !suite->o.resume)
		rc = sb_suite_save(directory, suite, err);
	sb_json_add_str(top, "suite", suite->name);
	if (!rc)
		rc = run_all(&suite->o, cases, count, directory,
			     cJSON_AddArrayToObject(top, "runs"), exit_status, err);
	sb_json_add_bool(top, "met", !rc && !*exit_status);
	if (!rc)
		rc = report(directory, &suite->o, top, err);
	if (!rc && *exit_status == 130)
		fprintf(stderr, "interrupted; continue with: satbed suite --resume %s\n",
			directory);
	cJSON_Delete(top);
	sb_close_p(&fd);
	return rc;
}

int sb_suite_run(const char *name, const struct sb_suite_options *o, int *exit_status,
		 struct sb_err *err)
{
	struct sb_suite_case cases[SB_SUITE_MAX] = {0};
	struct sb_suite suite = {.name = name, .o = *o};
	sb_auto_free char *directory = NULL, *stem = NULL;
	size_t count = 0;
	int rc = o->resume ? sb_suite_load(&suite, err) : 0;

	*exit_status = 0;
	if (!rc)
		rc = sb_suite_cases(suite.name, &suite.o, cases, &count, err);
	if (!rc)
		rc = check_jobs(&suite.o, cases, err);
	if (!rc) {
		stem = sb_asprintf("suite-%s", suite.name);
		directory = o->resume
				? sb_strdup(o->resume)
				: sb_batch_directory("suite", stem, o->out_dir, is_left_over, err);
		rc = directory ? carry_out(&suite, directory, cases, count, exit_status, err) : -1;
	}
	for (size_t i = 0; i < count; i++)
		free(cases[i].text);
	sb_suite_fini(&suite);
	return rc;
}
