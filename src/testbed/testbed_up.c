// SPDX-License-Identifier: MIT
/* testbed_up.c - from a plan to a shaped testbed, and down again */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/emulator.h"
#include "satbed/testbed.h"

/* Where @node's commands find the server. */
static const char *server_address(const struct sb_plan *plan, size_t node,
				  char buf[INET6_ADDRSTRLEN])
{
	const struct sb_link *link = &plan->links[node ? (node - 1) * sb_plan_terminals(plan) : 0];

	if (plan->ip_version == 4)
		return inet_ntop(AF_INET, node ? &link->target4 : &link->server.addr4, buf,
				 INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, node ? &link->target6 : &link->server.addr6, buf,
			 INET6_ADDRSTRLEN);
}

static void add_neighbour(cJSON *list, const char *ifname, int family, const void *addr,
			  const uint8_t mac[6])
{
	cJSON *obj = cJSON_CreateObject();
	char text[INET6_ADDRSTRLEN];

	sb_json_add_str(obj, "interface", ifname);
	sb_json_add_str(obj, "address", inet_ntop(family, addr, text, sizeof(text)));
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	sb_json_add_str(obj, "mac", text);
	cJSON_AddItemToArray(list, obj);
}

/* What the engine did not see to: no address is resolved over the link, whoever made it. */
static void add_arrangement(cJSON *request, const struct sb_plan *plan, size_t node)
{
	cJSON *list = cJSON_AddArrayToObject(request, "neighbours");

	sb_json_add_i64(request, "mtu", plan->mtu);
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];
		const struct sb_endpoint *own = node ? &link->client : &link->server;
		const struct sb_endpoint *other = node ? &link->server : &link->client;

		if (node && node != sb_plan_node(plan, i))
			continue;
		add_neighbour(list, own->ifname, AF_INET, &other->addr4, other->mac);
		/* Nobody answers for the node beyond a terminal or a gateway. */
		if (plan->ip_version == 6 || plan->pep)
			add_neighbour(list, own->ifname, AF_INET6, &other->addr6, other->mac);
	}
}

static int tell_setup(struct sb_testbed_session *r, size_t node, struct sb_err *err)
{
	const struct sb_plan *plan = r->tb->plan;
	cJSON *request = cJSON_CreateObject(), *interfaces;
	char name[SB_NAME_MAX], buf[INET6_ADDRSTRLEN];
	int rc;

	sb_json_add_str(request, "op", "setup");
	sb_json_add_str(request, "node", sb_node_name(name, node));
	sb_json_add_str(request, "server", server_address(plan, node, buf));
	interfaces = cJSON_AddArrayToObject(request, "interfaces");
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];

		if (node == 0)
			cJSON_AddItemToArray(interfaces, cJSON_CreateString(link->server.ifname));
		else if (node == sb_plan_node(plan, i))
			cJSON_AddItemToArray(interfaces, cJSON_CreateString(link->client.ifname));
	}
	if (r->tb->nodes_arrange)
		add_arrangement(request, plan, node);
	rc = sb_send(r, (int)node, request, err);
	cJSON_Delete(request);
	return rc;
}

/*
 * "auto" means the first engine on which this very testbed comes up: a daemon that has no image and
 * no registry to pull it from is there, but of no use.
 */
static int bring_up(struct sb_testbed_session *r, struct sb_err *err)
{
	const char *engine = r->request.plan->engine;
	const struct sb_engine_ops *ops = sb_engine_find(engine, err);

	while (ops && ops->up(&r->request, &r->tb, err)) {
		if (strcmp(engine, "auto") || ops == &sb_engine_native ||
		    err->code == SB_EINTERRUPTED)
			return -1;
		sb_warn("not on engine %s: %s", ops->name, err->msg);
		ops = sb_engine_after(ops);
	}
	return ops ? 0 : -1;
}

/* The rest of an answer is for the manifest. */
static void keep(cJSON *into, const char *key, cJSON *answer)
{
	cJSON_DeleteItemFromObjectCaseSensitive(answer, "ev");
	if (into)
		cJSON_AddItemToObject(into, key, answer);
	else
		cJSON_Delete(answer);
}

static int await_nodes(struct sb_testbed_session *r, struct sb_err *err)
{
	cJSON *into = r->manifest ? cJSON_AddObjectToObject(r->manifest, "nodes") : NULL, *answer;
	char name[SB_NAME_MAX];

	for (size_t i = 0; i < r->tb->node_count; i++) {
		if (sb_wait_reply(r, (int)i, "setup", SB_ANSWER_MS, &answer, err))
			return -1;
		keep(into, sb_node_name(name, i), answer);
	}
	return 0;
}

int sb_testbed_up_begin(struct sb_testbed_session *r, const struct sb_plan *plan,
			const int *capture_fds, struct sb_err *err)
{
	r->emulator.fd = r->emulator.out_fd = -1;
	r->lost = SB_NOBODY;
	r->request = (struct sb_engine_request){
	    .plan = plan, .emulator_main = sb_emulator_main, .capture_fds = capture_fds};
	if (bring_up(r, err))
		return -1;
	r->engine_kind = r->tb->ops->name;
	sb_lines_init(&r->emulator, r->tb->emulator_fd);
	r->nodes = sb_alloc(r->tb->node_count, sizeof(r->nodes[0]));
	for (size_t i = 0; i < r->tb->node_count; i++)
		sb_lines_init(&r->nodes[i], r->tb->node_fds[i]);
	if (r->manifest)
		r->tb->ops->describe(r->tb, cJSON_AddObjectToObject(r->manifest, "engine"));
	/* All are told before the first is waited for: nodes and emulator work side by side, where
	 * nothing is to be done between them. */
	for (size_t i = 0; i < r->tb->node_count; i++)
		if (tell_setup(r, i, err))
			return -1;
	if (r->unshaped && (await_nodes(r, err) || r->unshaped(r->arg, err)))
		return -1;
	return sb_send_op(r, SB_EMULATOR, "open", err);
}

int sb_testbed_up_finish(struct sb_testbed_session *r, struct sb_err *err)
{
	const char *text = "";
	cJSON *open;

	if ((!r->unshaped && await_nodes(r, err)) ||
	    sb_wait_reply(r, SB_EMULATOR, "open", SB_ANSWER_MS, &open, err))
		return -1;
	if (!sb_json_get_str(open, "$", "backend", &text, NULL))
		r->link_backend = sb_strdup(text);
	if (!sb_json_get_str(open, "$", "why", &text, NULL))
		r->backend_why = sb_strdup(text);
	sb_json_get_bool(open, "$", "exact_steps", &r->exact_steps, NULL);
	keep(r->manifest, "link", open);
	return 0;
}

void sb_testbed_down(struct sb_testbed_session *r)
{
	if (r->tb) {
		for (size_t i = 0; r->nodes && i < r->tb->node_count; i++)
			sb_lines_fini(&r->nodes[i]);
		sb_lines_fini(&r->emulator);
		r->built = sb_steal(&r->tb->built);
		r->tb->ops->down(r->tb);
		r->tb = NULL;
	}
	free(r->nodes);
	r->nodes = NULL;
}

void sb_testbed_session_fini(struct sb_testbed_session *r)
{
	sb_testbed_down(r);
	free(r->link_backend);
	free(r->backend_why);
	r->link_backend = r->backend_why = NULL;
	sb_plan_free(r->built);
	r->built = NULL;
}

void sb_capture_file(char *buf, size_t size, const struct sb_plan *plan, size_t i)
{
	size_t points = sb_plan_points(plan);
	char node[SB_NAME_MAX];

	snprintf(buf, size, "%s%s.pcap", sb_point_prefix((enum sb_point)(i % points)),
		 sb_link_name(node, plan, i / points));
}
