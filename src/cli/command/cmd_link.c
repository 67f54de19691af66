// SPDX-License-Identifier: MIT
/* cmd_link.c - satbed link: look at a link, or change it while the testbed is up */
#include <stdlib.h>
#include <string.h>

#include "cli/testbed_text.h"
#include "cli/cli.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"
#include "satbed/plan_change.h"
#include "cli/target_args.h"

#define ANSWER_MS 10000

static const struct sb_option options[] = {
    {"json", 0, NULL, "the state in force and the counters as JSON"},
    {0},
};

static const char *const examples[] = {
    "satbed link client1                            state in force, and counters",
    "satbed link client1.down loss=5% delay=40ms    one direction",
    "satbed link client1 outage=on                  both directions",
    "satbed link client1.terminal2 outage=on        of a client with several terminals",
    "satbed link all.up rate=2mbit loss='gemodel 2% burst 4'",
    "satbed link client1 reset                      back to the scenario",
    NULL,
};

struct request {
	const char *place;
	const char **words;
	size_t count, room;
	bool json;
};

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(args, err)) > 0) {
		if (args->option) {
			r->json = true;
		} else if (!r->place) {
			r->place = args->value;
		} else {
			r->words = sb_grow(r->words, r->count, &r->room, sizeof(*r->words));
			r->words[r->count++] = args->value;
		}
	}
	if (more < 0)
		return -1;
	if (!r->place)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "link needs a target, for example: satbed link client1.down loss=5%%");
	return 0;
}

static int build(const struct request *r, const struct sb_target_args *where, cJSON *into,
		 struct sb_err *err)
{
	struct sb_link_change change;
	bool reset = r->count && !strcmp(r->words[0], "reset");

	sb_json_add_str(into, "op", "link");
	if (where->client)
		sb_json_add_i64(into, "client", where->client);
	if (where->terminal)
		sb_json_add_i64(into, "terminal", where->terminal);
	if (where->dir >= 0)
		sb_json_add_str(into, "dir", sb_dir_name((enum sb_dir)where->dir));
	if (reset && r->count > 1)
		return sb_fail(err, SB_EINPUT, 0, "reset takes no other argument, not \"%s\"",
			       r->words[1]);
	if (reset) {
		sb_json_add_bool(into, "reset", true);
		return 0;
	}
	if (sb_link_change_read(r->words, r->count, &change, err))
		return -1;
	if (r->count)
		cJSON_AddItemToObject(into, "state", sb_link_change_to_json(&change));
	return 0;
}

static void print(const cJSON *answer, bool json)
{
	if (json) {
		sb_auto_free char *text =
		    cJSON_Print(cJSON_GetObjectItemCaseSensitive(answer, "links"));

		puts(text ? text : "[]");
	} else {
		sb_bed_links(stdout, answer, true);
	}
}

static int run_link(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	cJSON *ask = cJSON_CreateObject(), *answer = NULL;
	struct sb_target_args where;
	struct request r = {0};
	struct sb_err err = {0};
	int fd = -1, status = 0;

	if (read_request(&r, &args, &err) || sb_target_args_link(r.place, &where, &err) ||
	    build(&r, &where, ask, &err) ||
	    (fd = sb_supervisor_connect(sb_target_args_testbed(&where), NULL, &err)) < 0 ||
	    sb_supervisor_ask(fd, ask, "link", ANSWER_MS, &answer, &err))
		status = sb_die(&err);
	else
		print(answer, r.json);
	sb_close_p(&fd);
	cJSON_Delete(ask);
	cJSON_Delete(answer);
	free(r.words);
	return status;
}

const struct sb_command sb_cmd_link = {
    .name = "link",
    .args = "[NAME:]clientN[.terminalM][.up|.down]|all [KEY=VALUE ...|reset]",
    .summary = "show or change a link of a running testbed",
    .options = options,
    .examples = examples,
    .run = run_link,
};
