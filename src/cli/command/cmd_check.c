// SPDX-License-Identifier: MIT
/* cmd_check.c - satbed check: read a scenario and show what it comes to, without running anything
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/scenario_args.h"
#include "cli/cli.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/base/log.h"
#include "satbed/run.h"

static int take_json(void *own, const char *name, const char *value, struct sb_err *err)
{
	(void)value;
	(void)err;
	if (!strcmp(name, "json"))
		*(bool *)own = true;
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
		return sb_fail(err, SB_EINTERNAL, 0, "the plan does not fit into memory");
	if (fputs(text, stdout) < 0 || (json && putchar('\n') < 0) || fflush(stdout))
		return sb_fail(err, SB_EINTERNAL, 0, "writing to standard output failed");
	return 0;
}

/* Where `satbed run` puts them. */
static void print_room(const struct sb_plan *plan)
{
	char text[512];
	bool enough =
	    sb_run_room_text(plan, access("captures", W_OK) ? "." : "captures", text, sizeof(text));

	if (!enough)
		sb_warn("%s", text);
	else if (text[0])
		printf("%s\n", text);
}

static int run_check(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct sb_scenario_args c = {0};
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	bool json = false;
	int status = 0;

	if (sb_scenario_args_read(&c, &a, take_json, &json, &err) ||
	    sb_scenario_args_plan(&c, self->name, &plan, &err) || print_plan(plan, json, &err))
		status = sb_die(&err);
	else if (!json)
		print_room(plan);
	sb_plan_free(plan);
	sb_scenario_args_fini(&c);
	return status;
}

static const struct sb_option options[] = {
    {"json", 0, NULL, "print the complete plan, as it is stored with a run"},
    {"set", 's', "KEY=VALUE", "override section.key; may be repeated"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed check scenarios/leo-lossy.ini",
    "satbed check scenarios/leo-lossy.ini --set link.up.loss='random 1%'",
    "satbed check --json scenarios/leo-lossy.ini >plan.json",
    NULL,
};

const struct sb_command sb_cmd_check = {
    "check", "FILE", "show the plan of a scenario without running it", options, examples, run_check,
};
