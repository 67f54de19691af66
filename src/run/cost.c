// SPDX-License-Identifier: MIT
/* cost.c - what a run cost in processor time: nodes, emulator, relay, what a daemon has of its own */
#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

static cJSON *ask_engine(const struct sb_run *run)
{
	const struct sb_testbed *tb = run->up.tb;
	cJSON *said = cJSON_CreateObject();

	if (tb->ops->cpu)
		tb->ops->cpu(tb, said);
	return said;
}

void sb_run_cost_begin(struct sb_run *run)
{
	size_t nodes = run->up.tb->node_count;

	/* In a guest on the virtual clock processor time is nothing. */
	if (run->options->inside)
		return;
	run->cost.node_s = sb_alloc(nodes, sizeof(*run->cost.node_s));
	for (size_t i = 0; i < nodes; i++)
		run->cost.node_s[i] = -1;
	run->cost.engine = ask_engine(run);
}

/* A part that there is, but of which nothing is known, is null. */
static void add_part(cJSON *to, const char *name, double seconds)
{
	cJSON *part = cJSON_AddObjectToObject(to, name);

	if (seconds >= 0)
		sb_json_add_num(part, "seconds", seconds);
	else
		cJSON_AddNullToObject(part, "seconds");
}

static void add_nodes(const struct sb_run *run, cJSON *to)
{
	cJSON *each = cJSON_CreateObject();
	char name[SB_NAME_MAX];
	double all = 0;

	for (size_t i = 0; i < run->up.tb->node_count; i++) {
		double seconds = run->cost.node_s[i];

		all = all < 0 || seconds < 0 ? -1 : all + seconds;
		sb_node_name(name, i);
		if (seconds >= 0)
			sb_json_add_num(each, name, seconds);
		else
			cJSON_AddNullToObject(each, name);
	}
	add_part(to, "nodes", all);
	cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(to, "nodes"), "each", each);
}

/* The native engine's emulator has started the relays, and tells. */
static double relays_seconds(const cJSON *stopped)
{
	const cJSON *relay;
	double all = -1, one;

	cJSON_ArrayForEach(relay, cJSON_GetObjectItemCaseSensitive(stopped, "relays"))
	{
		if (sb_json_get_double(relay, "$", "cpu_s", &one, NULL))
			return -1;
		all = (all < 0 ? 0 : all) + one;
	}
	return all;
}

void sb_run_cost_end(struct sb_run *run, const cJSON *stopped)
{
	cJSON *now, *part;
	double emulator = -1, before, after;

	if (!run->cost.node_s)
		return;
	run->cost.json = cJSON_CreateObject();
	add_nodes(run, run->cost.json);
	sb_json_get_double(stopped, "$", "cpu_s", &emulator, NULL);
	add_part(run->cost.json, "emulator", emulator);
	now = ask_engine(run);
	cJSON_ArrayForEach(part, now)
	{
		bool known =
		    !sb_json_get_double(run->cost.engine, "$", part->string, &before, NULL) &&
		    before >= 0 && !sb_json_get_double(now, "$", part->string, &after, NULL) &&
		    after >= before;

		add_part(run->cost.json, part->string, known ? after - before : -1);
	}
	cJSON_Delete(now);
	if (sb_plan_is_split(run->plan) && !cJSON_HasObjectItem(run->cost.json, "relay"))
		add_part(run->cost.json, "relay", relays_seconds(stopped));
}

void sb_run_cost_free(struct sb_run *run)
{
	free(run->cost.node_s);
	cJSON_Delete(run->cost.engine);
	cJSON_Delete(run->cost.json);
}
