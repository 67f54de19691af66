// SPDX-License-Identifier: MIT
/* scenario_args.c - the scenario on a command line: a file, and what is set otherwise than it says */
#include "scenario_args.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

/* Options that stand for a key of the scenario. */
static const struct {
	const char *option, *key;
} shorthands[] = {
    {"name", "scenario.name"},	  {"engine", "testbed.engine"},	     {"backend", "testbed.backend"},
    {"seed", "scenario.seed"},	  {"duration", "scenario.duration"}, {"clock", "testbed.clock"},
    {"kernel", "testbed.kernel"}, {"image", "testbed.image"},
};

static void add_set(struct sb_scenario_args *c, char *set)
{
	c->sets = sb_grow(c->sets, c->set_count, &c->set_room, sizeof(c->sets[0]));
	c->sets[c->set_count++] = set;
}

void sb_scenario_args_set(struct sb_scenario_args *c, const char *value)
{
	add_set(c, sb_strdup(value));
}

/* "goodput.bulk >= 5mbit" is expect.goodput.bulk with the value ">= 5mbit"; "fidelity = pass" has
 * no comparison in it, as in a file. */
static void add_expect(struct sb_scenario_args *c, const char *text)
{
	size_t name = strcspn(text, " \t<>=");
	const char *value = text + name + strspn(text + name, " \t");

	if (name == 8 && !strncmp(text, "fidelity", name) && *value == '=')
		value += 1 + strspn(value + 1, " \t");
	add_set(c, sb_asprintf("expect.%.*s=%s", (int)name, text, value));
}

/* false: neither --set nor one that stands for a key */
static bool take_key(struct sb_scenario_args *c, const char *name, const char *value)
{
	if (!strcmp(name, "set")) {
		sb_scenario_args_set(c, value);
		return true;
	}
	if (!strcmp(name, "expect")) {
		add_expect(c, value);
		return true;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(shorthands); i++)
		if (!strcmp(name, shorthands[i].option)) {
			add_set(c, sb_asprintf("%s=%s", shorthands[i].key, value));
			return true;
		}
	return false;
}

static int take_file(struct sb_scenario_args *c, const char *command, const char *word,
		     struct sb_err *err)
{
	if (c->file)
		return sb_fail(err, SB_EINPUT, 0, "%s takes one scenario, not also \"%s\"", command,
			       word);
	c->file = word;
	return 0;
}

int sb_scenario_args_read(struct sb_scenario_args *c, struct sb_args *args,
			  int (*take)(void *own, const char *name, const char *value,
				      struct sb_err *err),
			  void *own, struct sb_err *err)
{
	int rc;

	while ((rc = sb_args_next(args, err)) > 0) {
		const char *name = args->option ? args->option->name : NULL;

		if (!name) {
			if (take_file(c, args->command->name, args->value, err))
				return -1;
			continue;
		}
		if (take_key(c, name, args->value))
			continue;
		if (!strcmp(name, "quiet"))
			sb_log_set_level(SB_LOG_WARN);
		if (!strcmp(name, "verbose"))
			sb_log_set_level(SB_LOG_DEBUG);
		else if (take(own, name, args->value, err))
			return -1;
	}
	return rc;
}

int sb_scenario_args_plan(const struct sb_scenario_args *c, const char *command,
			  struct sb_plan **out, struct sb_err *err)
{
	struct sb_scenario *scenario = NULL;
	int rc;

	if (!c->file)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s needs a scenario: satbed %s scenarios/leo-lossy.ini", command,
			       command);
	rc = sb_scenario_load(c->file, (const char *const *)c->sets, c->set_count, &scenario, err);
	if (!rc && c->link_only_ns)
		sb_scenario_without_flows(scenario, c->link_only_ns);
	if (!rc)
		rc = sb_plan_make(scenario, out, err);
	sb_scenario_free(scenario);
	return rc;
}

void sb_scenario_args_fini(struct sb_scenario_args *c)
{
	for (size_t i = 0; i < c->set_count; i++)
		free(c->sets[i]);
	free(c->sets);
	*c = (struct sb_scenario_args){0};
}
