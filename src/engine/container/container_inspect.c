// SPDX-License-Identifier: MIT
/* container_inspect.c - what the daemon really made, asked of those who see it */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "container_talk.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"

#define ADDRESSES_S 10
#define RETRY_MS    50

/** struct half - one end of a link: what its node says of it */
struct half {
	int64_t index, peer;
};

struct look {
	struct sb_containers *c;
	struct sb_lines emulator, *nodes;
	cJSON **seen;
	struct half *halves; /* two per link: client's end, server's end */
	char emulator_name[SB_THING_NAME_MAX];
	char bridge_mac[18]; /* of the bridge looked at last */
};

static bool has_address(const cJSON *interface, int family, const void *addr, int prefix_len)
{
	char text[INET6_ADDRSTRLEN], wanted[INET6_ADDRSTRLEN + 5];
	const cJSON *a;

	inet_ntop(family, addr, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/%d", text, prefix_len);
	cJSON_ArrayForEach(a, cJSON_GetObjectItemCaseSensitive(interface, "addresses"))
	{
		if (cJSON_IsString(a) && !strcmp(a->valuestring, wanted))
			return true;
	}
	return false;
}

static const cJSON *find_interface(const cJSON *seen, const struct sb_plan *plan,
				   const struct sb_endpoint *end)
{
	const cJSON *i;

	cJSON_ArrayForEach(i, cJSON_GetObjectItemCaseSensitive(seen, "interfaces"))
	{
		if (has_address(i, AF_INET, &end->addr4, SB_PREFIX_LEN4) &&
		    (plan->ip_version == 4 ||
		     has_address(i, AF_INET6, &end->addr6, SB_PREFIX_LEN6)))
			return i;
	}
	return NULL;
}

/* The end of that node on that link; NULL when the node is none of its two. */
static struct sb_endpoint *end_of(struct sb_plan *plan, size_t node, size_t link)
{
	if (node == 0)
		return &plan->links[link].server;
	return node == link + 1 ? &plan->links[link].client : NULL;
}

static bool has_all(const struct look *l, size_t node)
{
	struct sb_plan *plan = l->c->common.built;

	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_endpoint *end = end_of(plan, node, i);

		if (end && !find_interface(l->seen[node], plan, end))
			return false;
	}
	return true;
}

static int take_end(const cJSON *interface, struct sb_endpoint *end, struct half *half,
		    struct sb_err *err)
{
	const char *name, *mac;
	int used = 0;

	if (sb_json_get_str(interface, "$.interfaces[]", "name", &name, err) ||
	    sb_json_get_str(interface, "$.interfaces[]", "mac", &mac, err) ||
	    sb_json_get_i64(interface, "$.interfaces[]", "index", &half->index, err) ||
	    sb_json_get_i64(interface, "$.interfaces[]", "peer", &half->peer, err))
		return -1;
	if (sb_copy_str(end->ifname, sizeof(end->ifname), name) ||
	    sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &end->mac[0], &end->mac[1],
		   &end->mac[2], &end->mac[3], &end->mac[4], &end->mac[5], &used) != 6 ||
	    mac[used])
		return sb_fail(err, SB_EENGINE, 0, "interface has an invalid name or MAC address");
	if (half->peer <= 0)
		return sb_fail(err, SB_EENGINE, 0,
			       "interface %s is not a veth, so its link cannot be shaped; use the "
			       "daemon's bridge network driver",
			       name);
	return 0;
}

/* The daemon may still be giving addresses, or the kernel checking them for duplicates. */
static int look_at_node(struct look *l, size_t node, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + ADDRESSES_S * SB_NS_PER_S;
	char container[SB_THING_NAME_MAX];

	sb_spec_node_name(container, &l->c->spec, node);
	for (;;) {
		if (sb_container_await(l->c, &l->nodes[node], container, "look", &l->seen[node],
				       err))
			return -1;
		if (has_all(l, node))
			return 0;
		if (sb_mono_ns() >= deadline_ns)
			return sb_fail(err, SB_EENGINE, 0,
				       "%s did not get its addresses within %d s", container,
				       ADDRESSES_S);
		cJSON_Delete(sb_steal(&l->seen[node]));
		poll(NULL, 0, RETRY_MS);
		if (sb_container_tell(&l->nodes[node], sb_container_request("look"), err))
			return sb_container_complain(l->c, container, err);
	}
}

static int take_ends(struct look *l, size_t node, struct sb_err *err)
{
	struct sb_plan *plan = l->c->common.built;
	char container[SB_THING_NAME_MAX];

	for (size_t i = 0; i < plan->link_count; i++) {
		struct sb_endpoint *end = end_of(plan, node, i);

		if (end && take_end(find_interface(l->seen[node], plan, end), end,
				    &l->halves[2 * i + (node == 0)], err))
			return sb_wrap(err, "%s", sb_spec_node_name(container, &l->c->spec, node));
	}
	return 0;
}

static int look_at_nodes(struct look *l, struct sb_err *err)
{
	size_t count = l->c->common.node_count;
	char container[SB_THING_NAME_MAX];
	const char *text;

	for (size_t i = 0; i < count; i++)
		if (sb_container_tell(&l->nodes[i], sb_container_request("look"), err))
			return sb_container_complain(
			    l->c, sb_spec_node_name(container, &l->c->spec, i), err);
	for (size_t i = 0; i < count; i++)
		if (look_at_node(l, i, err) || take_ends(l, i, err))
			return -1;
	if (!sb_json_get_str(l->seen[0], "$", "os_release", &text, NULL))
		l->c->os_release = sb_strdup(text);
	return 0;
}

static int take_name(struct look *l, size_t i, const cJSON *found, struct sb_err *err)
{
	struct sb_link *link = &l->c->common.built->links[i / 2];
	struct sb_endpoint *end = i % 2 ? &link->server : &link->client;
	const char *name, *bridge, *mac;

	if (sb_json_get_str(found, "$.ends[]", "name", &name, err) ||
	    sb_json_get_str(found, "$.ends[]", "bridge", &bridge, err) ||
	    sb_json_get_str(found, "$.ends[]", "bridge_mac", &mac, err))
		return -1;
	if (sb_copy_str(end->host_ifname, sizeof(end->host_ifname), name) || !bridge[0])
		return sb_fail(err, SB_EENGINE, 0, "interface %s is in no bridge", name);
	if (i % 2 && strcmp(link->bridge, bridge))
		return sb_fail(err, SB_EENGINE, 0, "%s and %s are on two bridges, %s and %s",
			       link->client.host_ifname, name, link->bridge, bridge);
	if (sb_copy_str(link->bridge, sizeof(link->bridge), bridge) ||
	    sb_copy_str(l->bridge_mac, sizeof(l->bridge_mac), mac))
		return sb_fail(err, SB_EENGINE, 0, "%s is in a bridge without a name", name);
	return 0;
}

/*
 * libslirp makes segments as long as its own MTU allows, whatever the client asks for in its SYN
 * (libslirp, tcp_input.c: options of a SYN that waits for the far end are not looked at again), and
 * they are fragmented on their way to it: one lost fragment would be many segments
 * (docs/decisions/0008).
 */
static int check_tap(const struct sb_plan *plan, const cJSON *answer, struct sb_err *err)
{
	const char *tap = plan->links[0].relay.tap;
	int64_t mtu;

	if (sb_json_get_i64(answer, "$", "tap_mtu", &mtu, err))
		return -1;
	if (!mtu)
		return sb_fail(
		    err, SB_EENV, 0,
		    "no %s beside the networks of this daemon: its containers do not go through %s",
		    tap, sb_relay_name(plan->path));
	if (mtu == plan->mtu)
		return 0;
	return sb_fail(
	    err, SB_EENV, 0,
	    "%s of this daemon has an MTU of %lld and the scenario %u, and %s sends "
	    "segments by its own; set Environment=DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=%u in "
	    "a drop-in of its service (systemctl --user edit docker) and restart it, or "
	    "use --engine native",
	    tap, (long long)mtu, plan->mtu, sb_relay_name(plan->path), plan->mtu);
}

static int ask_names(struct look *l, struct sb_err *err)
{
	cJSON *ask = sb_container_request("names"), *ends = cJSON_AddArrayToObject(ask, "ends"),
	      *answer;
	const struct sb_plan *plan = l->c->common.built;
	size_t count = 2 * plan->link_count;
	const cJSON *found;
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		cJSON *end = cJSON_CreateObject();

		sb_json_add_i64(end, "index", l->halves[i].peer);
		sb_json_add_i64(end, "peer", l->halves[i].index);
		cJSON_AddItemToArray(ends, end);
	}
	if (plan->path != SB_PATH_BRIDGE)
		sb_json_add_str(ask, "tap", plan->links[0].relay.tap);
	if (sb_container_tell(&l->emulator, ask, err))
		return sb_container_complain(l->c, l->emulator_name, err);
	if (sb_container_await(l->c, &l->emulator, l->emulator_name, "names", &answer, err))
		return -1;
	if (plan->path != SB_PATH_BRIDGE)
		rc = check_tap(plan, answer, err);
	found = cJSON_GetObjectItemCaseSensitive(answer, "ends");
	for (size_t i = 0; !rc && i < count; i++)
		rc = take_name(l, i, cJSON_GetArrayItem(found, (int)i), err);
	cJSON_Delete(answer);
	return rc;
}

static void set_points(struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->link_count; i++) {
		struct sb_link *link = &plan->links[i];
		bool split = plan->path != SB_PATH_BRIDGE;

		sb_copy_str(link->point_ifname[SB_AT_CLIENT], SB_IFNAME_MAX,
			    link->client.host_ifname);
		sb_copy_str(link->point_ifname[SB_AT_SERVER], SB_IFNAME_MAX,
			    split ? link->relay.tap : link->server.host_ifname);
		sb_copy_str(link->point_ifname[SB_AT_OTHER_LEG], SB_IFNAME_MAX,
			    split ? link->server.host_ifname : "");
	}
}

static void add_neighbour(cJSON *list, const char *interface, struct in_addr addr, const char *mac)
{
	cJSON *obj = cJSON_CreateObject();
	char text[INET_ADDRSTRLEN];

	sb_json_add_str(obj, "interface", interface);
	sb_json_add_str(obj, "address", inet_ntop(AF_INET, &addr, text, sizeof(text)));
	sb_json_add_str(obj, "mac", mac);
	cJSON_AddItemToArray(list, obj);
}

/* On a split path the client's neighbour is the gateway: neither may have to ask for the other over
 * the link. */
static int introduce_gateway(struct look *l, cJSON *to_emulator, struct sb_err *err)
{
	const struct sb_link *link = &l->c->common.built->links[0];
	const uint8_t *m = link->client.mac;
	char client[SB_THING_NAME_MAX], mac[18];
	cJSON *ask = sb_container_request("setup"), *answer;

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	add_neighbour(cJSON_AddArrayToObject(to_emulator, "neighbours"), link->bridge,
		      link->client.addr4, mac);
	sb_json_add_str(ask, "node", "client1");
	cJSON_AddArrayToObject(ask, "interfaces");
	add_neighbour(cJSON_AddArrayToObject(ask, "neighbours"), link->client.ifname,
		      link->relay.gateway4, l->bridge_mac);
	sb_spec_node_name(client, &l->c->spec, 1);
	if (sb_container_tell(&l->nodes[1], ask, err))
		return sb_container_complain(l->c, client, err);
	if (sb_container_await(l->c, &l->nodes[1], client, "setup", &answer, err))
		return -1;
	cJSON_Delete(answer);
	return 0;
}

static int tell_plan(struct look *l, struct sb_err *err)
{
	struct sb_plan *plan = l->c->common.built;
	cJSON *ask = sb_container_request("plan"), *answer;
	size_t captures = l->c->request->capture_fds ? sb_plan_points(plan) * plan->link_count : 0;

	if (!plan->pep)
		set_points(plan);
	if ((plan->path != SB_PATH_BRIDGE && introduce_gateway(l, ask, err)) ||
	    (plan->pep && sb_container_join_proxies(l->c, &l->emulator, ask, err))) {
		cJSON_Delete(ask);
		return -1;
	}
	cJSON_AddItemToObject(ask, "plan", sb_plan_to_json(plan));
	sb_json_add_i64(ask, "captures", (int64_t)captures);
	if (sb_container_tell(&l->emulator, ask, err))
		return sb_container_complain(l->c, l->emulator_name, err);
	if (sb_container_await(l->c, &l->emulator, l->emulator_name, "plan", &answer, err))
		return -1;
	cJSON_Delete(answer);
	return 0;
}

int sb_container_look(struct sb_containers *c, struct sb_err *err)
{
	size_t count = c->common.node_count;
	struct look l = {.c = c,
			 .nodes = sb_alloc(count, sizeof(l.nodes[0])),
			 .seen = sb_alloc(count, sizeof(l.seen[0])),
			 .halves = sb_alloc(2 * count, sizeof(l.halves[0]))};
	int rc;

	sb_spec_name(l.emulator_name, &c->spec, "emulator");
	sb_lines_init(&l.emulator, c->common.emulator_fd);
	for (size_t i = 0; i < count; i++)
		sb_lines_init(&l.nodes[i], c->common.node_fds[i]);
	rc = look_at_nodes(&l, err) || ask_names(&l, err) || tell_plan(&l, err);
	for (size_t i = 0; i < count; i++) {
		sb_lines_fini(&l.nodes[i]);
		cJSON_Delete(l.seen[i]);
	}
	sb_lines_fini(&l.emulator);
	free(l.nodes);
	free(l.seen);
	free(l.halves);
	return rc ? -1 : 0;
}
