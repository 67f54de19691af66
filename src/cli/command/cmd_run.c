// SPDX-License-Identifier: MIT
/* cmd_run.c - satbed run */
#include <string.h>

#include "cli/run_args.h"
#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/plan.h"
#include "satbed/run.h"

static const struct sb_option options[] = {
    SB_OPTIONS_SCENARIO,
    SB_OPTIONS_CLOCK,
    {"verify", 0, NULL, "virtual clock: run twice, and say what differs"},
    {"duration", 'd', "TIME", "length of the run, such as 10s"},
    {"out", 'o', "DIR", "directory of the results (default: captures/NAME-TIME)"},
    SB_OPTIONS_EXPECT,
    {"json", 0, NULL, "print run.json instead of the table"},
    SB_OPTIONS_LIVE,
    SB_OPTIONS_LOG,
    {0},
};

static const char *const examples[] = {
    "satbed run scenarios/leo-lossy.ini",
    "satbed run scenarios/leo-lossy.ini --duration 10s --set flow.bulk.cc=bbr",
    "satbed run scenarios/leo-lossy.ini --expect '/flows/bulk/rtt_ms/p95 <= 120' --junit run.xml",
    "satbed run scenarios/leo-lossy.ini --backend user --json | jq .verdict",
    "satbed run scenarios/leo-lossy.ini --plain --metrics 127.0.0.1:9464",
    "satbed run scenarios/leo-lossy.ini --serve 127.0.0.1:8080",
    "satbed run scenarios/leo-lossy.ini --clock virtual",
    NULL,
};

struct request {
	struct sb_scenario_args chosen;
	struct sb_run_options run;
	bool verify;
};

static int take_option(void *own, const char *name, const char *value, struct sb_err *err)
{
	struct request *r = own;

	(void)err;
	if (!strcmp(name, "verify"))
		r->verify = true;
	else
		sb_run_args_take(&r->run, name, value);
	return 0;
}

static int run_command(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct sb_plan *plan = NULL;
	struct request r = {0};
	struct sb_err err = {0};
	int status = 0;

	sb_interrupts_catch();
	if (sb_scenario_args_read(&r.chosen, &args, take_option, &r, &err) ||
	    sb_scenario_args_plan(&r.chosen, "run", &plan, &err)) {
		status = sb_die(&err);
	} else {
		r.run.scenario = r.chosen.file;
		if (r.verify ? sb_run_verify(plan, &r.run, &status, &err)
			     : sb_run(plan, &r.run, &status, &err))
			status = sb_die(&err);
	}
	sb_plan_free(plan);
	sb_scenario_args_fini(&r.chosen);
	return status;
}

const struct sb_command sb_cmd_run = {
    .name = "run",
    .args = "FILE",
    .summary = "run a scenario: testbed, transfer, captures, report",
    .options = options,
    .examples = examples,
    .run = run_command,
};
