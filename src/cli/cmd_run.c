// SPDX-License-Identifier: MIT
/* cmd_run.c - satbed run */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/run.h"
#include "satbed/scenario.h"

static const struct sb_option options[] = {
    {"set", 's', "SECTION.KEY=VALUE", "override one key of the scenario; may be repeated"},
    {"engine", 'e', "NAME", "what runs the nodes: auto, native"},
    {"backend", 'b', "NAME", "what impairs the link: auto, netem, user"},
    {"seed", 0, "NUMBER", "seed of everything random"},
    {"duration", 'd', "TIME", "length of the run, such as 10s"},
    {"out", 'o', "DIR", "directory of the results (default: captures/NAME-TIME)"},
    {"json", 0, NULL, "print run.json instead of the table"},
    {"plain", 0, NULL, "no colours, no line that overwrites itself"},
    {"quiet", 'q', NULL, "nothing on stderr but warnings and errors"},
    {"verbose", 'v', NULL, "more about what is decided and why"},
    {0},
};

static const char *const examples[] = {
    "satbed run scenarios/leo-lossy.ini",
    "satbed run scenarios/leo-lossy.ini --duration 10s --set flow.bulk.cc=bbr",
    "satbed run scenarios/leo-lossy.ini --backend user --json | jq .verdict",
    NULL,
};

/* Options that stand for a key of the scenario. */
static const struct {
	const char *option, *key;
} shorthands[] = {
    {"engine", "testbed.engine"},
    {"backend", "testbed.backend"},
    {"seed", "scenario.seed"},
    {"duration", "scenario.duration"},
};

struct request {
	const char *file;
	char **sets;
	size_t set_count, set_room;
	struct sb_run_options run;
};

static void add_set(struct request *r, char *set)
{
	r->sets = sb_grow(r->sets, r->set_count, &r->set_room, sizeof(r->sets[0]));
	r->sets[r->set_count++] = set;
}

static int take_positional(struct request *r, const char *word, struct sb_err *err)
{
	if (r->file)
		return sb_fail(err, SB_EINPUT, 0, "run takes one scenario, not also \"%s\"", word);
	r->file = word;
	return 0;
}

static void take_option(struct request *r, const char *name, const char *value)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(shorthands); i++)
		if (!strcmp(name, shorthands[i].option))
			add_set(r, sb_asprintf("%s=%s", shorthands[i].key, value));
	if (!strcmp(name, "set"))
		add_set(r, sb_strdup(value));
	else if (!strcmp(name, "out"))
		r->run.out_dir = value;
	else if (!strcmp(name, "json"))
		r->run.json = true;
	else if (!strcmp(name, "plain"))
		r->run.plain = true;
	else if (!strcmp(name, "quiet"))
		r->run.quiet = true;
	if (!strcmp(name, "quiet"))
		sb_log_set_level(SB_LOG_WARN);
	else if (!strcmp(name, "verbose"))
		sb_log_set_level(SB_LOG_DEBUG);
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		if (args->option)
			take_option(r, args->option->name, args->value);
		else if (take_positional(r, args->value, err))
			return -1;
	}
	if (rc)
		return rc;
	if (!r->file)
		return sb_fail(err, SB_EINPUT, 0,
			       "run needs a scenario: satbed run scenarios/leo-lossy.ini");
	return 0;
}

static int run_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct sb_scenario *scenario = NULL;
	struct sb_plan *plan = NULL;
	struct request r = {0};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	if (read_request(&r, &args, &err) ||
	    sb_scenario_load(r.file, (const char *const *)r.sets, r.set_count, &scenario, &err) ||
	    sb_plan_make(scenario, &plan, &err) || sb_run(plan, &r.run, &status, &err))
		status = sb_die(&err);
	sb_plan_free(plan);
	sb_scenario_free(scenario);
	for (size_t i = 0; i < r.set_count; i++)
		free(r.sets[i]);
	free(r.sets);
	return status;
}

const struct sb_command sb_cmd_run = {
    .name = "run",
    .args = "FILE",
    .summary = "carry out a scenario: testbed, transfer, captures, report",
    .options = options,
    .examples = examples,
    .run = run_command,
};
