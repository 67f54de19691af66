// SPDX-License-Identifier: MIT
/* facts.c - what a testbed says of itself: engine, nodes, addresses, timeline, commands */
#include <arpa/inet.h>
#include <unistd.h>

#include "testbed_page.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

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

		if (node && node != sb_plan_node(plan, i))
			continue;
		/* The server's is where its clients find it. */
		add_address(addresses, AF_INET, node ? &link->client.addr4 : &link->target4);
		add_address(addresses, AF_INET6, node ? &link->client.addr6 : &link->target6);
	}
	return obj;
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
	sb_json_add_str(obj, "timeline", sb_supervisor_timeline(k));
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
