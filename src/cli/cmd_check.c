// SPDX-License-Identifier: MIT
/* cmd_check.c - satbed check: read a scenario and show what it comes to, without running anything
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

struct check_args {
	const char *file;
	const char **sets;
	size_t set_count, set_room;
	bool json;
};

static int read_args(struct sb_args *a, struct check_args *out, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(a, err)) > 0) {
		if (a->option && !strcmp(a->option->name, "json")) {
			out->json = true;
		} else if (a->option) {
			out->sets =
			    sb_grow(out->sets, out->set_count, &out->set_room, sizeof(*out->sets));
			out->sets[out->set_count++] = a->value;
		} else if (out->file) {
			return sb_fail(err, SB_EINPUT, 0, "one file at a time, not \"%s\" as well",
				       a->value);
		} else {
			out->file = a->value;
		}
	}
	if (more < 0)
		return -1;
	if (!out->file)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "no scenario file; for example: satbed check scenarios/leo-lossy.ini");
	return 0;
}

static int print_plan(const struct sb_plan *plan, bool json, struct sb_err *err)
{
	sb_auto_free char *text = NULL;

	if (json) {
		cJSON *tree = sb_plan_to_json(plan);

		text = cJSON_Print(tree);
		cJSON_Delete(tree);
	} else {
		text = sb_plan_text(plan);
	}
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0,
			       "the plan is too large for the memory there is");
	if (fputs(text, stdout) < 0 || (json && putchar('\n') < 0) || fflush(stdout))
		return sb_fail(err, SB_EINTERNAL, 0, "writing to standard output failed");
	return 0;
}

static int run_check(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct check_args args = {0};
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	int status = 0;

	if (read_args(&a, &args, &err) ||
	    sb_scenario_load(args.file, args.sets, args.set_count, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err) || print_plan(plan, args.json, &err))
		status = sb_die(&err);
	sb_plan_free(plan);
	sb_scenario_free(sc);
	free(args.sets);
	return status;
}

static const struct sb_option options[] = {
    {"json", 0, NULL, "the complete plan, as it is kept with a run"},
    {"set", 's', "KEY=VALUE", "override section.key; may be given again"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed check scenarios/leo-lossy.ini",
    "satbed check scenarios/leo-lossy.ini --set link.up.loss='random 1%'",
    "satbed check --json scenarios/leo-lossy.ini >plan.json",
    NULL,
};

const struct sb_command sb_cmd_check = {
    "check", "FILE",   "show the plan a scenario comes to, without running it",
    options, examples, run_check,
};
