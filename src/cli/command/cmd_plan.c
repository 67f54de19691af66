// SPDX-License-Identifier: MIT
/* cmd_plan.c - satbed plan: the complete plan of a scenario, as JSON or drawn */
#include <stdlib.h>
#include <string.h>

#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/report_svg.h"

static int print_json(const struct sb_plan *plan, struct sb_err *err)
{
	cJSON *tree = sb_plan_to_json(plan);
	sb_auto_free char *text = cJSON_Print(tree);

	cJSON_Delete(tree);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "the plan does not fit into memory");
	if (puts(text) < 0)
		return sb_fail(err, SB_EINTERNAL, 0, "writing to standard output failed");
	return 0;
}

static int plot(const struct sb_plan *plan, const char *path, struct sb_err *err)
{
	sb_auto_free char *svg = sb_plan_svg(plan);

	return sb_replace_file(path, svg, strlen(svg), err);
}

static int take_plot(void *own, const char *name, const char *value, struct sb_err *err)
{
	const char **svg = own;

	(void)err;
	if (!strcmp(name, "plot"))
		*svg = value;
	return 0;
}

static int run_plan(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct sb_scenario_args c = {0};
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	const char *svg = NULL;
	int status = 0;

	if (sb_scenario_args_read(&c, &a, take_plot, &svg, &err) ||
	    sb_scenario_args_plan(&c, self->name, &plan, &err) ||
	    (svg ? plot(plan, svg, &err) : print_json(plan, &err)))
		status = sb_die(&err);
	sb_plan_free(plan);
	sb_scenario_args_fini(&c);
	return status;
}

static const struct sb_option options[] = {
    {"plot", 'p', "FILE", "draw delay, rate and outages over time into an SVG file"},
    {"set", 's', "KEY=VALUE", "override section.key; may be repeated"},
    {"seed", 0, "NUMBER", "seed of everything random"},
    {"duration", 'd', "TIME", "length of the run"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed plan scenarios/leo-lossy.ini >plan.json",
    "satbed plan scenarios/leo-orbit.ini --plot orbit.svg",
    NULL,
};

const struct sb_command sb_cmd_plan = {
    "plan",  "FILE",   "print the complete plan of a scenario, as JSON or as a figure",
    options, examples, run_plan,
};
