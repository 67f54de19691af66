// SPDX-License-Identifier: MIT
/* control.c - what may be asked of a testbed: how it is, how its links are, and that it end */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testbed_page.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define MAX_COMPLAINTS 1000
#define ASKED_MAX      1024

static void refuse(struct sb_client *c, const struct sb_err *err)
{
	sb_conn_fail(&c->conn, err);
	c->leaving = true;
}

/* --- facts --- */

static void add_address(cJSON *into, int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	cJSON_AddItemToArray(into,
			     cJSON_CreateString(inet_ntop(family, address, text, sizeof(text))));
}

static cJSON *node_json(const struct sb_supervisor *k, size_t node)
{
	const struct sb_plan *plan = k->plan;
	cJSON *obj = cJSON_CreateObject(), *addresses;
	char name[SB_NAME_MAX];

	sb_json_add_str(obj, "name", sb_node_name(name, node));
	addresses = cJSON_AddArrayToObject(obj, "addresses");
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];

		if (node && node != i + 1)
			continue;
		/* The server's is where its clients find it. */
		add_address(addresses, AF_INET, node ? &link->client.addr4 : &link->target4);
		add_address(addresses, AF_INET6, node ? &link->client.addr6 : &link->target6);
	}
	return obj;
}

const char *sb_control_timeline(const struct sb_supervisor *k)
{
	return !k->t0_ns ? "none" : k->rest_ns ? "playing" : "over";
}

static int64_t command_count(const struct sb_supervisor *k)
{
	int64_t count = 0;

	for (size_t i = 0; i < k->client_count; i++)
		count += k->clients[i]->id != 0;
	return count;
}

static void add_pids(const struct sb_supervisor *k, cJSON *nodes)
{
	const struct sb_testbed *tb = k->up.tb;
	sb_auto_free pid_t *pids = sb_alloc(tb->node_count, sizeof(*pids));

	if (!tb->ops->pids)
		return;
	tb->ops->pids(tb, pids);
	for (size_t i = 0; i < tb->node_count; i++)
		if (pids[i] > 0)
			sb_json_add_i64(cJSON_GetArrayItem(nodes, (int)i), "pid", pids[i]);
}

cJSON *sb_supervisor_facts(const struct sb_supervisor *k)
{
	cJSON *obj = cJSON_CreateObject(), *nodes;

	sb_json_add_str(obj, "ev", "ps");
	sb_json_add_str(obj, "name", k->request->name);
	sb_json_add_str(obj, "about", k->plan->about ? k->plan->about : "");
	sb_json_add_str(obj, "engine", k->up.engine_kind);
	sb_json_add_str(obj, "path", sb_path_name(k->plan->path));
	sb_json_add_str(obj, "backend", k->up.link_backend ? k->up.link_backend : "");
	sb_json_add_str(obj, "why", k->up.backend_why ? k->up.backend_why : "");
	sb_json_add_i64(obj, "pid", getpid());
	sb_json_add_i64(obj, "since_unix_s", k->since_unix_s);
	sb_json_add_num(obj, "up_ms", k->up_ms);
	sb_json_add_i64(obj, "ip_version", k->plan->ip_version);
	sb_json_add_str(obj, "timeline", sb_control_timeline(k));
	if (k->request->capture_dir)
		sb_json_add_str(obj, "captures", k->request->capture_dir);
	else
		cJSON_AddNullToObject(obj, "captures");
	sb_json_add_i64(obj, "commands", command_count(k));
	if (sb_testbed_page_url(k))
		sb_json_add_str(obj, "page", sb_testbed_page_url(k));
	nodes = cJSON_AddArrayToObject(obj, "nodes");
	for (size_t i = 0; i < k->up.tb->node_count; i++)
		cJSON_AddItemToArray(nodes, node_json(k, i));
	add_pids(k, nodes);
	return obj;
}

/* --- asking the emulator --- */

static void tell_emulator(struct sb_supervisor *k, const char *op, cJSON *obj)
{
	sb_json_add_str(obj, "op", op);
	sb_json_add_i64(obj, "id", k->next_id++);
	sb_conn_put(&k->emulator, obj);
}

/* Every question ends with a look, whose answer is the client's. */
static void ask(struct sb_supervisor *k, struct sb_asked asked)
{
	asked.look_id = k->next_id;
	tell_emulator(k, "look", cJSON_CreateObject());
	k->asked = sb_grow(k->asked, k->asked_count, &k->asked_room, sizeof(k->asked[0]));
	k->asked[k->asked_count++] = asked;
}

static int read_place(const struct sb_supervisor *k, const cJSON *request, int *link, int *dir,
		      struct sb_err *err)
{
	const char *word = NULL;
	int64_t client = 0;

	*link = *dir = -1;
	if (cJSON_HasObjectItem(request, "client")) {
		if (sb_json_get_i64(request, "$", "client", &client, err))
			return -1;
		if (client < 1 || (size_t)client > k->plan->link_count)
			return sb_fail(err, SB_EINPUT, 0, "testbed %s has %s", k->request->name,
				       k->plan->link_count == 1 ? "client1 only"
								: "not that many clients");
		*link = (int)client - 1;
	}
	if (!cJSON_HasObjectItem(request, "dir"))
		return 0;
	if (sb_json_get_str(request, "$", "dir", &word, err))
		return -1;
	for (int d = SB_UP; d <= SB_DOWN; d++)
		if (!strcmp(word, sb_dir_name((enum sb_dir)d)))
			*dir = d;
	return *dir < 0 ? sb_fail(err, SB_EINPUT, 0, "\"dir\" is neither up nor down") : 0;
}

static bool chosen(const struct sb_asked *a, size_t link, int dir)
{
	return (a->link < 0 || a->link == (int)link) && (a->dir < 0 || a->dir == dir);
}

int sb_control_link(struct sb_supervisor *k, struct sb_client *c, const cJSON *request,
		    struct sb_err *err)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(request, "state");
	bool reset = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "reset"));
	struct sb_asked asked = {.client = c, .by_page = !c, .first_id = k->next_id};
	struct sb_link_state scratch = {0};

	if (k->asked_count >= ASKED_MAX)
		return sb_fail(err, SB_EENGINE, 0, "too many requests at once");
	if (read_place(k, request, &asked.link, &asked.dir, err) ||
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
	ask(k, asked);
	return 0;
}

bool sb_control_look(struct sb_supervisor *k)
{
	if (k->asked_count >= ASKED_MAX)
		return false;
	ask(k, (struct sb_asked){.by_page = true, .first_id = k->next_id, .link = -1, .dir = -1});
	return true;
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
	if (k->asked_count >= ASKED_MAX) {
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
		ask(k,
		    (struct sb_asked){
			.client = c, .is_ps = true, .first_id = k->next_id, .link = -1, .dir = -1});
	else if (!strcmp(op, "link")) {
		if (sb_control_link(k, c, request, &err))
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

static cJSON *pick_links(const struct sb_asked *a, const cJSON *event)
{
	cJSON *into = cJSON_CreateArray();
	const cJSON *link;
	size_t i = 0;

	cJSON_ArrayForEach(link, cJSON_GetObjectItemCaseSensitive(event, "links"))
	{
		cJSON *obj;
		char name[SB_NAME_MAX];

		i++;
		if (a->link >= 0 && (size_t)a->link + 1 != i)
			continue;
		obj = cJSON_CreateObject();
		sb_json_add_str(obj, "client", sb_node_name(name, i));
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
	cJSON_AddItemToObject(obj, "links", pick_links(a, event));
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
