// SPDX-License-Identifier: MIT
/* emulator_requests.c - what the emulator is asked: to set links, and how they are */
#include <string.h>

#include "supervisor_state.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static void tell_emulator(struct sb_supervisor *k, const char *op, cJSON *obj)
{
	sb_json_add_str(obj, "op", op);
	sb_json_add_i64(obj, "id", k->next_id++);
	sb_conn_put(&k->emulator, obj);
}

void sb_emulator_ask(struct sb_supervisor *k, struct sb_asked asked)
{
	asked.look_id = k->next_id;
	tell_emulator(k, "look", cJSON_CreateObject());
	k->asked = sb_grow(k->asked, k->asked_count, &k->asked_room, sizeof(k->asked[0]));
	k->asked[k->asked_count++] = asked;
}

/* The links of one client, or that of one of its terminals. */
static int read_client(const struct sb_supervisor *k, const cJSON *request, struct sb_asked *out,
		       struct sb_err *err)
{
	int64_t clients = (int64_t)sb_plan_nodes(k->plan) - 1, client = 0, terminal = 0;
	int64_t terminals = (int64_t)sb_plan_terminals(k->plan);

	if (sb_json_get_i64(request, "$", "client", &client, err) ||
	    (cJSON_HasObjectItem(request, "terminal") &&
	     sb_json_get_i64(request, "$", "terminal", &terminal, err)))
		return -1;
	if (client < 1 || client > clients)
		return sb_fail(err, SB_EINPUT, 0, "testbed %s has %s", k->request->name,
			       clients == 1 ? "client1 only" : "not that many clients");
	if (terminal < 0 || terminal > terminals)
		return sb_fail(err, SB_EINPUT, 0, "clients of testbed %s have %s", k->request->name,
			       terminals == 1 ? "one terminal only" : "not that many terminals");
	out->link = (int)((client - 1) * terminals + (terminal ? terminal - 1 : 0));
	out->links = terminal ? 1 : (int)terminals;
	return 0;
}

static int read_place(const struct sb_supervisor *k, const cJSON *request, struct sb_asked *out,
		      struct sb_err *err)
{
	const char *word = NULL;
	int64_t link;

	out->link = out->dir = -1;
	if (cJSON_HasObjectItem(request, "client") && read_client(k, request, out, err))
		return -1;
	if (cJSON_HasObjectItem(request, "link")) {
		if (sb_json_get_i64(request, "$", "link", &link, err))
			return -1;
		if (link < 1 || (size_t)link > k->plan->link_count)
			return sb_fail(err, SB_EINPUT, 0, "testbed %s has not that many links",
				       k->request->name);
		out->link = (int)link - 1;
		out->links = 1;
	}
	if (!cJSON_HasObjectItem(request, "dir"))
		return 0;
	if (sb_json_get_str(request, "$", "dir", &word, err))
		return -1;
	for (int d = SB_UP; d <= SB_DOWN; d++)
		if (!strcmp(word, sb_dir_name((enum sb_dir)d)))
			out->dir = d;
	return out->dir < 0 ? sb_fail(err, SB_EINPUT, 0, "\"dir\" is neither up nor down") : 0;
}

bool sb_is_asked_for(const struct sb_asked *a, size_t link)
{
	return a->link < 0 || ((int)link >= a->link && (int)link < a->link + a->links);
}

static bool chosen(const struct sb_asked *a, size_t link, int dir)
{
	return sb_is_asked_for(a, link) && (a->dir < 0 || a->dir == dir);
}

int sb_emulator_link(struct sb_supervisor *k, struct sb_client *c, const cJSON *request,
		     struct sb_err *err)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(request, "state");
	bool reset = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "reset"));
	struct sb_asked asked = {.client = c, .by_page = !c, .first_id = k->next_id};
	struct sb_link_state scratch = {0};

	if (k->asked_count >= SB_ASKED_MAX)
		return sb_fail(err, SB_EENGINE, 0, "too many requests at once");
	if (read_place(k, request, &asked, err) ||
	    (state && sb_link_state_from_json(state, &scratch, err)))
		return -1;
	for (size_t i = 0; (state || reset) && i < 2 * k->plan->link_count; i++) {
		cJSON *set;

		if (!chosen(&asked, i / 2, (int)(i % 2)))
			continue;
		set = cJSON_CreateObject();
		sb_json_add_i64(set, "link", (int64_t)(i / 2));
		sb_json_add_str(set, "dir", sb_dir_name(i % 2));
		if (!reset)
			cJSON_AddItemToObject(set, "state", cJSON_Duplicate(state, true));
		tell_emulator(k, "set", set);
	}
	sb_emulator_ask(k, asked);
	return 0;
}

bool sb_emulator_look(struct sb_supervisor *k)
{
	if (k->asked_count >= SB_ASKED_MAX)
		return false;
	sb_emulator_ask(
	    k, (struct sb_asked){.by_page = true, .first_id = k->next_id, .link = -1, .dir = -1});
	return true;
}
