// SPDX-License-Identifier: MIT
/* cmd_explain.c - satbed explain: what may stand in a scenario */
#include <stddef.h>

#include "cli/cli.h"
#include "satbed/scenario.h"

static int run_explain(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct sb_err err = {0};
	const char *key = NULL;
	bool mdoc = false;
	int more;

	while ((more = sb_args_next(&a, &err)) > 0) {
		if (!a.option && key) {
			sb_fail(&err, SB_EINPUT, 0, "expected one key or section, not also \"%s\"",
				a.value);
			return sb_die(&err);
		}
		if (a.option)
			mdoc = true;
		else
			key = a.value;
	}
	if (more < 0)
		return sb_die(&err);
	if (mdoc)
		sb_scenario_explain_man(stdout);
	else if (sb_scenario_explain(stdout, key, &err))
		return sb_die(&err);
	return 0;
}

static const struct sb_option options[] = {
    {"mdoc", 0, NULL, "print all keys as a part of the manual page"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed explain             all sections and keys",
    "satbed explain link        one section",
    "satbed explain link.queue  one key",
    NULL,
};

const struct sb_command sb_cmd_explain = {
    "explain", "[KEY|SECTION]", "describe the keys of a scenario file",
    options,   examples,	run_explain,
};
