// SPDX-License-Identifier: MIT
/* control.c - what may be asked of a testbed: how it is, how its links are, and that it end */
#include <string.h>

#include "testbed_page.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"

#define MAX_COMPLAINTS 1000

static void refuse(struct sb_client *c, const struct sb_err *err)
{
	sb_conn_fail(&c->conn, err);
	c->leaving = true;
}

static void on_down(struct sb_supervisor *k, struct sb_client *c)
{
	c->wants_down = true;
	k->ending = true;
}

void sb_control_request(struct sb_supervisor *k, struct sb_client *c, const cJSON *request)
{
	struct sb_err err = {0};
	const char *op = "";

	c->asked = true;
	if (k->asked_count >= SB_ASKED_MAX) {
		sb_fail(&err, SB_EENGINE, 0, "too many requests at once");
		refuse(c, &err);
		return;
	}
	if (c->id) {
		sb_command_request(k, c, request);
		return;
	}
	sb_json_get_str(request, "$", "op", &op, NULL);
	if (!strcmp(op, "ps"))
		sb_emulator_ask(
		    k,
		    (struct sb_asked){
			.client = c, .is_ps = true, .first_id = k->next_id, .link = -1, .dir = -1});
	else if (!strcmp(op, "link")) {
		if (sb_emulator_link(k, c, request, &err))
			refuse(c, &err);
	} else if (!strcmp(op, "run"))
		sb_command_run(k, c, request);
	else if (!strcmp(op, "down"))
		on_down(k, c);
	else {
		sb_fail(&err, SB_EINPUT, 0,
			"unknown request; the supervisor is of another version of satbed");
		refuse(c, &err);
	}
}

/* --- its answers --- */

static cJSON *pick_links(const struct sb_plan *plan, const struct sb_asked *a, const cJSON *event)
{
	cJSON *into = cJSON_CreateArray();
	const cJSON *link;
	size_t i = 0;

	cJSON_ArrayForEach(link, cJSON_GetObjectItemCaseSensitive(event, "links"))
	{
		cJSON *obj;
		char name[SB_NAME_MAX];

		i++;
		if (!sb_is_asked_for(a, i - 1) || i > plan->link_count)
			continue;
		obj = cJSON_CreateObject();
		sb_json_add_str(obj, "client", sb_link_name(name, plan, i - 1));
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const char *word = sb_dir_name((enum sb_dir)dir);

			if (a->dir < 0 || a->dir == dir)
				cJSON_AddItemToObject(
				    obj, word,
				    cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(link, word),
						    true));
		}
		cJSON_AddItemToArray(into, obj);
	}
	return into;
}

static void answer(struct sb_supervisor *k, const struct sb_asked *a, const cJSON *event)
{
	cJSON *obj;

	if (a->by_page)
		sb_testbed_page_answer(k, a, event);
	if (!a->client)
		return;
	if (a->failed.code) {
		sb_conn_fail(&a->client->conn, &a->failed);
		return;
	}
	if (a->is_ps) {
		obj = sb_supervisor_facts(k);
	} else {
		obj = cJSON_CreateObject();
		sb_json_add_str(obj, "ev", "link");
	}
	cJSON_AddItemToObject(obj, "links", pick_links(k->plan, a, event));
	sb_conn_put(&a->client->conn, obj);
}

static struct sb_asked *find_asked(struct sb_supervisor *k, int64_t id)
{
	for (size_t i = 0; i < k->asked_count; i++)
		if (id >= k->asked[i].first_id && id <= k->asked[i].look_id)
			return &k->asked[i];
	return NULL;
}

static void complain(struct sb_supervisor *k, const cJSON *event)
{
	const char *msg = "failed without saying why";

	sb_json_get_str(event, "$", "msg", &msg, NULL);
	if (k->complaints++ < MAX_COMPLAINTS)
		sb_warn("emulator: %s", msg);
}

void sb_control_emulator(struct sb_supervisor *k, const cJSON *event)
{
	struct sb_asked *a;
	const char *ev = "";
	int64_t id = 0;

	sb_json_get_str(event, "$", "ev", &ev, NULL);
	sb_json_get_i64(event, "$", "id", &id, NULL);
	a = id > 0 ? find_asked(k, id) : NULL;
	if (!strcmp(ev, "error") && a && !a->failed.code)
		sb_lines_check(event, "set", &a->failed);
	else if (!strcmp(ev, "error") && !a)
		complain(k, event);
	if (!a || id != a->look_id)
		return;
	answer(k, a, event);
	*a = k->asked[--k->asked_count];
}

void sb_control_gone(struct sb_supervisor *k, const struct sb_client *c)
{
	for (size_t i = 0; i < k->asked_count; i++)
		if (k->asked[i].client == c)
			k->asked[i].client = NULL;
}
