// SPDX-License-Identifier: MIT
/* cmd_ps.c - satbed ps: the testbeds that are up */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/testbed_text.h"
#include "cli/cli.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"

#define ANSWER_MS 5000

static const struct sb_option options[] = {
    {"json", 0, NULL, "everything known, as a list"},
    {"names", 0, NULL, "only their names, a line each"},
    {"nodes", 0, NULL, "only their nodes, as exec takes them"},
    {0},
};

static const char *const examples[] = {
    "satbed ps",
    "satbed ps --json | jq -r '.[].nodes[] | [.name, .addresses[0]] | @tsv'",
    NULL,
};

static int ask_one(const char *name, cJSON **out, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int fd = sb_supervisor_connect(name, NULL, err), rc = -1;

	sb_json_add_str(request, "op", "ps");
	if (fd >= 0)
		rc = sb_supervisor_ask(fd, request, "ps", ANSWER_MS, out, err);
	sb_close_p(&fd);
	cJSON_Delete(request);
	return rc;
}

/* Nodes as they are typed: with their testbed's name where there are several. */
static void print_nodes(const struct sb_supervisor_entry *list, size_t count)
{
	size_t serving = 0;

	for (size_t i = 0; i < count; i++)
		serving += list[i].serving;
	for (size_t i = 0; i < count; i++) {
		const cJSON *node;
		cJSON *ps = NULL;

		if (!list[i].serving || ask_one(list[i].name, &ps, NULL))
			continue;
		cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(ps, "nodes"))
		{
			sb_auto_free char *name = sb_testbed_text(node, "name");

			printf("%s%s%s\n", serving > 1 ? list[i].name : "", serving > 1 ? ":" : "",
			       name);
		}
		cJSON_Delete(ps);
	}
}

/* What a supervisor that has gone left is worth one message. */
static void bury(const struct sb_supervisor_entry *e)
{
	sb_warn("the supervisor of testbed %s ended%s%s; native nodes ended with it, remove "
		"containers with: satbed clean",
		e->name, e->last[0] ? ", its last message: " : "", e->last);
	sb_supervisor_forget(e->name);
}

static void print_one(const cJSON *ps)
{
	sb_bed_head(stdout, ps);
	sb_bed_nodes(stdout, ps);
	sb_bed_links(stdout, ps, false);
}

static int show(const struct sb_supervisor_entry *list, size_t count, cJSON *json)
{
	size_t up = 0;

	for (size_t i = 0; i < count; i++) {
		struct sb_err err = {0};
		cJSON *ps = NULL;

		if (!list[i].pid) {
			bury(&list[i]);
		} else if (!list[i].serving || ask_one(list[i].name, &ps, &err)) {
			sb_warn("testbed %s (supervisor %d): %s", list[i].name, (int)list[i].pid,
				err.code ? err.msg : "starting or stopping");
		} else {
			up++;
			cJSON_DeleteItemFromObjectCaseSensitive(ps, "ev");
			if (json) {
				cJSON_AddItemToArray(json, ps);
				continue;
			}
			print_one(ps);
		}
		cJSON_Delete(ps);
	}
	if (!up && !json)
		puts("no testbed is up");
	return 0;
}

static int run_ps(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct sb_supervisor_entry *list = NULL;
	bool json = false, names = false, nodes = false;
	struct sb_err err = {0};
	size_t count = 0;
	int more;

	while ((more = sb_args_next(&args, &err)) > 0) {
		if (!args.option) {
			sb_fail(&err, SB_EINPUT, 0,
				"ps takes no argument, not \"%s\"; it shows all testbeds",
				args.value);
			return sb_die(&err);
		}
		json |= !strcmp(args.option->name, "json");
		names |= !strcmp(args.option->name, "names");
		nodes |= !strcmp(args.option->name, "nodes");
	}
	if (more < 0 || sb_supervisor_list(&list, &count, &err))
		return sb_die(&err);
	if (names) {
		for (size_t i = 0; i < count; i++)
			if (list[i].serving)
				puts(list[i].name);
	} else if (nodes) {
		print_nodes(list, count);
	} else {
		cJSON *all = json ? cJSON_CreateArray() : NULL;

		show(list, count, all);
		if (all) {
			sb_auto_free char *text = cJSON_Print(all);

			puts(text ? text : "[]");
		}
		cJSON_Delete(all);
	}
	free(list);
	return 0;
}

const struct sb_command sb_cmd_ps = {
    .name = "ps",
    .args = "",
    .summary = "list running testbeds, their nodes and links",
    .options = options,
    .examples = examples,
    .run = run_ps,
};
