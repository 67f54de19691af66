// SPDX-License-Identifier: MIT
/* suite.c - the runs of a suite, one after the other, and what came of them */
#include "satbed/report_summary.h"
#include "satbed/suite.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "interop.h"
#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/base/text_table.h"
#include "satbed/run.h"
#include "satbed/scenario.h"

#define RUN_JSON_MAX (64u << 20)

/** struct outcome - of one run; NAN = not measured.  @verdict: of its fidelity, "BROKE" without one
 */
struct outcome {
	double seconds, goodput_bps, retransmits;
	char verdict[16];
	bool complete, failed, unsupported;
	char *directory;
};

static double number_at(const cJSON *obj, const char *key)
{
	double v;

	return obj && !sb_json_get_double(obj, "$", key, &v, NULL) ? v : NAN;
}

static const cJSON *at(const cJSON *obj, const char *key)
{
	return obj ? cJSON_GetObjectItemCaseSensitive(obj, key) : NULL;
}

static int read_outcome(struct outcome *o, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/run.json", o->directory), *text = NULL;
	const cJSON *flow, *client;
	const char *word;
	cJSON *json;
	size_t len;

	if (sb_read_file(path, RUN_JSON_MAX, &text, &len, err))
		return -1;
	json = cJSON_ParseWithLength(text, len);
	if (!json)
		return sb_fail(err, SB_EINTERNAL, 0, "%s is not valid JSON", path);
	flow = cJSON_GetArrayItem(at(json, "flows"), 0);
	o->goodput_bps = number_at(flow, "goodput_bps");
	o->retransmits = number_at(at(flow, "retransmits"), "pcap");
	if (at(flow, "interop")) {
		o->seconds = number_at(at(flow, "interop"), "completion_s");
		o->complete = !isnan(o->seconds);
		if (!sb_json_get_str(at(flow, "interop"), "$", "result", &word, NULL))
			o->unsupported = !strcmp(word, "unsupported");
		/* Of the files: datagrams carry more than these. */
		o->goodput_bps = number_at(at(flow, "interop"), "goodput_bps");
	} else if (at(flow, "file")) {
		o->seconds = number_at(at(flow, "file"), "completion_s");
		o->complete = !isnan(o->seconds);
	} else if (at(flow, "exec")) {
		client = at(at(flow, "exec"), "client");
		o->seconds = number_at(client, "seconds");
		o->complete = number_at(client, "status") == 0;
	}
	if (!sb_json_get_str(json, "$", "verdict", &word, NULL))
		sb_copy_str(o->verdict, sizeof(o->verdict), word);
	cJSON_Delete(json);
	return 0;
}

static int make_run(const struct sb_suite_options *o, const struct sb_suite_case *c,
		    struct outcome *out, bool *interrupted, struct sb_err *err)
{
	struct sb_run_options run = {.out_dir = out->directory,
				     .plain = true,
				     .quiet = true,
				     .silent = true,
				     .until_done = c->size_bytes > 0,
				     .scenario = "suite.ini"};
	struct sb_scenario *scenario = NULL;
	struct sb_plan *plan = NULL;
	int rc, status = 0;

	rc = sb_scenario_parse(c->row, c->text, strlen(c->text), o->sets, o->set_count, &scenario,
			       err);
	if (!rc)
		rc = sb_plan_make(scenario, &plan, err);
	if (!rc)
		rc = sb_run(plan, &run, &status, err);
	*interrupted = status == 130;
	if (!rc && !*interrupted)
		rc = read_outcome(out, err);
	sb_plan_free(plan);
	sb_scenario_free(scenario);
	return rc;
}

/* "pass", "fail", or what stands in the way of either. */
static const char *judge(const struct sb_suite_case *c, struct outcome *o)
{
	o->failed = true;
	if (o->unsupported)
		return "unsupported";
	if (!strcmp(o->verdict, "INVALID"))
		return "INVALID";
	if (c->size_bytes && !o->complete)
		return "incomplete";
	if (c->objective_s > 0 && o->seconds > c->objective_s)
		return "fail";
	o->failed = false;
	return c->objective_s > 0 ? "pass" : "measured";
}

static void print_case(struct sb_text_table *t, const struct sb_suite_case *c,
		       const struct outcome *o, const char *result)
{
	char seconds[24] = "-", objective[24] = "-", again[24] = "-";

	if (o->complete)
		snprintf(seconds, sizeof(seconds), "%.2f s", o->seconds);
	else if (!c->server[0] &&
		 isnan(o->seconds)) /* or it was the user's own program that ended, in vain */
		snprintf(seconds, sizeof(seconds), "> %.0f s", c->limit_s);
	if (c->objective_s > 0)
		snprintf(objective, sizeof(objective), "<= %.0f s", c->objective_s);
	else if (c->open)
		snprintf(objective, sizeof(objective), "open");
	if (!isnan(o->retransmits))
		snprintf(again, sizeof(again), "%.0f", o->retransmits);
	sb_text_cell(t, "%s", c->row);
	sb_text_cell(t, "%s", c->column);
	if (c->size_bytes) {
		sb_text_cell(t, "%s", seconds);
		sb_text_cell(t, "%s", objective);
	}
	if (c->server[0]) {
		sb_text_cell(t, "%.20s", c->server);
		sb_text_cell(t, "%.20s", c->client);
	}
	if (isnan(o->goodput_bps))
		sb_text_cell(t, "-");
	else
		sb_text_cell(t, "%.2f", o->goodput_bps / 1e6);
	if (!c->server[0])
		sb_text_cell(t, "%s", again);
	sb_text_cell(t, "%s", o->verdict);
	sb_text_cell(t, "%s", result);
}

/* Each link of whose objectives there is something to be said, once. */
static void print_notes(FILE *to, const struct sb_suite_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cases[i].open && (!i || strcmp(cases[i].row, cases[i - 1].row)))
			fprintf(to, "%s has no objective: %s\n", cases[i].row, cases[i].open);
}

/* Transfers of files have a time, and something to hold it against. */
static struct sb_text_table table_of(FILE *to, const struct sb_suite_case *c)
{
	static const struct sb_text_column transfers[] = {
	    {"LINK", 0, -12},  {"FILE", 1, -8},	       {"TIME", 1, 10},	   {"OBJECTIVE", 1, 10},
	    {"Mbit/s", 1, 12}, {"RETRANSMITS", 1, 12}, {"VERDICT", 2, -8}, {"RESULT", 1, 0}};
	static const struct sb_text_column bursts[] = {{"BURST", 0, -12},  {"CC", 1, -8},
						       {"Mbit/s", 1, 12},  {"RETRANSMITS", 1, 12},
						       {"VERDICT", 2, -8}, {"RESULT", 1, 0}};
	static const struct sb_text_column pairs[] = {
	    {"LINK", 0, -12},	  {"FILE", 1, -8},    {"TIME", 1, 10},
	    {"OBJECTIVE", 1, 10}, {"SERVER", 1, -20}, {"CLIENT", 1, -20},
	    {"Mbit/s", 1, 12},	  {"VERDICT", 2, -8}, {"RESULT", 1, 0}};

	if (c->server[0])
		return (struct sb_text_table){
		    .to = to, .columns = pairs, .count = SB_ARRAY_LEN(pairs)};
	return (struct sb_text_table){.to = to,
				      .columns = c->size_bytes ? transfers : bursts,
				      .count = c->size_bytes ? SB_ARRAY_LEN(transfers)
							     : SB_ARRAY_LEN(bursts)};
}

static cJSON *case_json(const struct sb_suite_case *c, const struct outcome *o, const char *result)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "scenario", c->row);
	sb_json_add_str(obj, c->size_bytes ? "size" : "cc", c->column);
	if (c->server[0]) {
		sb_json_add_str(obj, "server", c->server);
		sb_json_add_str(obj, "client", c->client);
	}
	if (c->size_bytes) {
		sb_json_add_num(obj, "completion_s", o->complete ? o->seconds : NAN);
		sb_json_add_num(obj, "objective_s", c->objective_s > 0 ? c->objective_s : NAN);
		if (c->open)
			sb_json_add_str(obj, "no_objective", c->open);
		if (!o->complete && isnan(o->seconds) && !c->server[0])
			sb_json_add_num(obj, "given_up_s", c->limit_s);
	}
	sb_json_add_num(obj, "goodput_bps", o->goodput_bps);
	sb_json_add_num(obj, "retransmits", o->retransmits);
	sb_json_add_str(obj, "verdict", o->verdict);
	sb_json_add_str(obj, "result", result);
	sb_json_add_str(obj, "directory", o->directory);
	return obj;
}

static char *make_directory(const char *name, const char *given, struct sb_err *err)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	char *path;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	path = given ? sb_strdup(given) : sb_asprintf("captures/suite-%s-%s", name, stamp);
	if ((!given && mkdir("captures", 0777) && errno != EEXIST) || mkdir(path, 0700)) {
		sb_fail(err, SB_EENV, errno, "cannot create the directory %s; give --out a new one",
			path);
		free(path);
		return NULL;
	}
	return path;
}

/** struct going - a suite that goes on */
struct going {
	const struct sb_suite_options *o;
	struct sb_suite_case *cases;
	struct outcome *outcomes;
	struct sb_text_table table;
	size_t count;
	cJSON *runs;
	bool interrupted[SB_SUITE_MAX];
};

static int make_one(void *arg, size_t i, struct sb_err *err)
{
	struct going *g = arg;
	const struct sb_suite_case *c = &g->cases[i];

	if (sb_interrupted()) {
		g->interrupted[i] = true;
		return 0;
	}
	if (!g->o->quiet)
		fprintf(stderr, "run %zu of %zu: %s %s\n", i + 1, g->count, c->row, c->column);
	if (make_run(g->o, c, &g->outcomes[i], &g->interrupted[i], err))
		return sb_wrap(err, "%s %s", c->row, c->column);
	return 0;
}

static void tell_one(struct going *g, size_t i, int *exit_status)
{
	struct outcome *out = &g->outcomes[i];
	const char *result = judge(&g->cases[i], out);

	if (out->failed)
		*exit_status = 1;
	if (!g->o->json)
		print_case(&g->table, &g->cases[i], out, result);
	fflush(stdout);
	cJSON_AddItemToArray(g->runs, case_json(&g->cases[i], out, result));
}

/* One after the other each is told when it is over, side by side all are in the end. */
static int go_through(struct going *g, int *exit_status, struct sb_err *err)
{
	bool beside = g->o->jobs > 1;
	int rc = beside ? sb_parallel_in(g->o->jobs, g->count, make_one, g, err) : 0;

	for (size_t i = 0; i < g->count && !rc; i++) {
		if (!beside)
			rc = make_one(g, i, err);
		if (!rc && g->interrupted[i])
			*exit_status = 130;
		if (rc || *exit_status == 130)
			break;
		tell_one(g, i, exit_status);
	}
	return rc;
}

static int print_boards(const struct going *g, struct sb_err *err)
{
	const char *cells[SB_SUITE_MAX] = {0};
	struct sb_suite_images images = {0};
	int rc = sb_suite_images(g->o->interop, &images, err);

	for (size_t i = 0; !rc && i < g->count; i++) {
		struct outcome *o = &g->outcomes[i];

		if (o->complete && strcmp(o->verdict, "INVALID") != 0)
			cells[i] = sb_asprintf("%.2f%s", o->seconds, o->failed ? " (late)" : "");
		else if (o->verdict[0])
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
			  .cases = cases,
			  .outcomes = sb_alloc(count, sizeof(struct outcome)),
			  .count = count,
			  .runs = runs,
			  .table = table_of(stdout, cases)};
	int rc;

	if (!o->json)
		sb_text_head(&g.table, NULL);
	for (size_t i = 0; i < count; i++)
		g.outcomes[i] = (struct outcome){
		    .seconds = NAN,
		    .goodput_bps = NAN,
		    .retransmits = NAN,
		    .directory =
			sb_asprintf("%s/%s-%s%s%s%s%s", directory, cases[i].row, cases[i].column,
				    cases[i].server[0] ? "-" : "", cases[i].server,
				    cases[i].server[0] ? "-" : "", cases[i].client)};
	rc = go_through(&g, exit_status, err);
	if (!o->json && !rc)
		print_notes(stdout, cases, count);
	if (!o->json && !rc && o->interop)
		rc = print_boards(&g, err);
	for (size_t i = 0; i < count; i++)
		free(g.outcomes[i].directory);
	free(g.outcomes);
	return rc;
}

static int check_jobs(const struct sb_suite_options *o, const struct sb_suite_case *c,
		      struct sb_err *err)
{
	struct sb_scenario *scenario = NULL;
	struct sb_plan *plan = NULL;
	int rc;

	if (o->jobs <= 1)
		return 0;
	rc = sb_scenario_parse(c->row, c->text, strlen(c->text), o->sets, o->set_count, &scenario,
			       err);
	if (!rc)
		rc = sb_plan_make(scenario, &plan, err);
	if (!rc && plan->clock == SB_CLOCK_REAL)
		rc = sb_fail(err, SB_EINPUT, 0,
			     "--jobs %zu: on the real clock runs side by side disturb each other; "
			     "use --clock virtual",
			     o->jobs);
	sb_plan_free(plan);
	sb_scenario_free(scenario);
	return rc;
}

int sb_suite_run(const char *name, const struct sb_suite_options *o, int *exit_status,
		 struct sb_err *err)
{
	struct sb_suite_case cases[SB_SUITE_MAX] = {0};
	sb_auto_free char *directory = NULL, *path = NULL, *text = NULL;
	cJSON *top;
	size_t count = 0;
	int rc = sb_suite_cases(name, o, cases, &count, err);

	*exit_status = 0;
	if (!rc)
		rc = check_jobs(o, cases, err);
	if (!rc)
		directory = make_directory(name, o->out_dir, err);
	if (directory) {
		top = cJSON_CreateObject();
		sb_json_add_str(top, "suite", name);
		rc = run_all(o, cases, count, directory, cJSON_AddArrayToObject(top, "runs"),
			     exit_status, err);
		sb_json_add_bool(top, "met", !rc && !*exit_status);
		path = sb_asprintf("%s/suite.json", directory);
		text = cJSON_Print(top);
		if (!rc)
			rc = sb_replace_file(path, text, strlen(text), err);
		if (!rc && o->summary)
			rc = sb_report_summary(directory, o->summary, err);
		if (!rc && o->json)
			puts(text);
		else if (!rc)
			printf("results: %s\n", directory);
		cJSON_Delete(top);
	} else {
		rc = -1;
	}
	for (size_t i = 0; i < count; i++)
		free(cases[i].text);
	return rc;
}
