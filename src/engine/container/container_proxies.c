// SPDX-License-Identifier: MIT
/*
 * container_proxies.c - terminals and gateways as containers: told what they are, joined, asked at the end
 *
 *	client = terminal ~ ~ ~ gateway = server
 *
 * The daemon puts each end into one of its networks, where addresses and firewall are the daemon's; which two
 * of them are one wire ("=", and "~" the satellite's) the emulator sees to.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>

#include "container.h"
#include "container_talk.h"
#include "engine/pep/pep.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define FACTS_MS 3000
#define ENDS	 2 /* of each: the node's side, the satellite's */

static void add_address(cJSON *to, const char *key, const struct sb_endpoint *end)
{
	char text[INET_ADDRSTRLEN];

	sb_json_add_str(to, key, inet_ntop(AF_INET, &end->addr4, text, sizeof(text)));
}

static int tell_proxy(struct sb_containers *c, size_t i, struct sb_lines *lines, struct sb_err *err)
{
	cJSON *ask = sb_container_request("proxy");
	char name[SB_THING_NAME_MAX];

	cJSON_AddItemToObject(ask, "plan", sb_plan_to_json(c->common.built));
	sb_json_add_i64(ask, "link", (int64_t)(i / 2));
	sb_json_add_str(ask, "sends", sb_dir_name(i % 2 ? SB_DOWN : SB_UP));
	add_address(ask, "node_address", &c->spec.proxies[i].node);
	add_address(ask, "satellite_address", &c->spec.proxies[i].satellite);
	if (!sb_container_tell(lines, ask, err))
		return 0;
	return sb_container_complain(c, sb_spec_proxy_name(name, &c->spec, i), err);
}

/* What it says of its ends is what the emulator finds the other halves by. */
static int take_ends(struct sb_containers *c, size_t i, struct sb_lines *lines, cJSON *ends,
		     struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];
	int64_t index, peer;
	const cJSON *list;
	cJSON *answer;
	int rc = 0;

	sb_spec_proxy_name(name, &c->spec, i);
	if (sb_container_await(c, lines, name, "proxy", &answer, err))
		return -1;
	list = cJSON_GetObjectItemCaseSensitive(answer, "ends");
	for (int side = 0; !rc && side < ENDS; side++) {
		const cJSON *said = cJSON_GetArrayItem(list, side);
		cJSON *end = cJSON_CreateObject();

		rc = sb_json_get_i64(said, "$.ends[]", "index", &index, err) ||
		     sb_json_get_i64(said, "$.ends[]", "peer", &peer, err);
		sb_json_add_i64(end, "index", rc ? 0 : peer);
		sb_json_add_i64(end, "peer", rc ? 0 : index);
		cJSON_AddItemToArray(ends, end);
	}
	cJSON_Delete(answer);
	return rc ? sb_wrap(err, "%s", name) : 0;
}

/* All are told before the first is waited for. */
static int configure_all(struct sb_containers *c, struct sb_lines *lines, cJSON *ends,
			 struct sb_err *err)
{
	size_t count = sb_spec_proxies(&c->spec);

	for (size_t i = 0; i < count; i++)
		if (tell_proxy(c, i, &lines[i], err))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (take_ends(c, i, &lines[i], ends, err))
			return -1;
	return 0;
}

static int take_name(struct sb_endpoint *end, const cJSON *found, struct sb_err *err)
{
	const char *name;

	if (sb_json_get_str(found, "$.ends[]", "name", &name, err))
		return -1;
	return sb_copy_str(end->host_ifname, sizeof(end->host_ifname), name)
		   ? sb_fail(err, SB_EENGINE, 0, "interface has an invalid name")
		   : 0;
}

static int ask_names(struct sb_containers *c, struct sb_lines *emulator, cJSON *ends,
		     struct sb_err *err)
{
	cJSON *ask = sb_container_request("names"), *answer;
	char name[SB_THING_NAME_MAX];
	const cJSON *found;
	int rc = 0;

	cJSON_AddItemToObject(ask, "ends", ends);
	sb_spec_name(name, &c->spec, "emulator");
	if (sb_container_tell(emulator, ask, err))
		return sb_container_complain(c, name, err);
	if (sb_container_await(c, emulator, name, "names", &answer, err))
		return -1;
	found = cJSON_GetObjectItemCaseSensitive(answer, "ends");
	for (size_t i = 0; !rc && i < sb_spec_proxies(&c->spec); i++)
		rc = take_name(&c->spec.proxies[i].node, cJSON_GetArrayItem(found, (int)(ENDS * i)),
			       err) ||
		     take_name(&c->spec.proxies[i].satellite,
			       cJSON_GetArrayItem(found, (int)(ENDS * i + 1)), err);
	cJSON_Delete(answer);
	return rc ? -1 : 0;
}

static void add_joint(cJSON *joints, const char *a, const char *b)
{
	const char *names[] = {a, b};

	cJSON_AddItemToArray(joints, cJSON_CreateStringArray(names, SB_ARRAY_LEN(names)));
}

static void join_link(const struct sb_spec_proxy ends[2], struct sb_link *link, cJSON *joints)
{
	const struct sb_spec_proxy *terminal = &ends[0], *gateway = &ends[1];

	add_joint(joints, link->client.host_ifname, terminal->node.host_ifname);
	add_joint(joints, terminal->satellite.host_ifname, gateway->satellite.host_ifname);
	add_joint(joints, gateway->node.host_ifname, link->server.host_ifname);
	sb_copy_str(link->point_ifname[SB_AT_CLIENT], SB_IFNAME_MAX,
		    terminal->satellite.host_ifname);
	sb_copy_str(link->point_ifname[SB_AT_SERVER], SB_IFNAME_MAX,
		    gateway->satellite.host_ifname);
	sb_copy_str(link->point_ifname[SB_AT_OTHER_LEG], SB_IFNAME_MAX, link->client.host_ifname);
	sb_copy_str(link->point_ifname[SB_AT_SERVER_LEG], SB_IFNAME_MAX, link->server.host_ifname);
}

static struct sb_lines *open_lines(const struct sb_containers *c)
{
	size_t count = sb_spec_proxies(&c->spec);
	struct sb_lines *lines = sb_alloc(count, sizeof(*lines));

	for (size_t i = 0; i < count; i++)
		sb_lines_init(&lines[i], c->proxy_fds[i]);
	return lines;
}

static void close_lines(const struct sb_containers *c, struct sb_lines *lines)
{
	for (size_t i = 0; i < sb_spec_proxies(&c->spec); i++)
		sb_lines_fini(&lines[i]);
	free(lines);
}

int sb_container_join_proxies(struct sb_containers *c, struct sb_lines *emulator,
			      cJSON *to_emulator, struct sb_err *err)
{
	cJSON *joints = cJSON_AddArrayToObject(to_emulator, "joints"), *ends = cJSON_CreateArray();
	struct sb_lines *lines = open_lines(c);
	struct sb_plan *plan = c->common.built;
	int rc = configure_all(c, lines, ends, err);

	close_lines(c, lines);
	if (rc)
		cJSON_Delete(ends);
	else
		rc = ask_names(c, emulator, ends, err);
	for (size_t i = 0; !rc && i < plan->link_count; i++)
		join_link(&c->spec.proxies[2 * i], &plan->links[i], joints);
	return rc;
}

/* Nothing comes by their channels unasked; that they are closed shows without reading. */
int sb_container_proxy_ended(const struct sb_containers *c, struct sb_err *err)
{
	for (size_t i = 0; c->proxy_fds && i < sb_spec_proxies(&c->spec); i++) {
		struct pollfd fd = {.fd = c->proxy_fds[i]};
		char client[SB_NAME_MAX];

		if (poll(&fd, 1, 0) == 1)
			return sb_fail(err, SB_EENGINE, 0, "the container of %s's %s ended",
				       sb_node_name(client, i / 2 + 1),
				       sb_pep_machine_name(i % 2 ? SB_DOWN : SB_UP));
	}
	return 0;
}

/* Of one that does not answer nothing more is known. */
static cJSON *facts_of(struct sb_lines *lines, enum sb_dir sends, int64_t deadline_ns)
{
	cJSON *answer = NULL, *facts = NULL;
	int64_t left_ms;
	int rc;

	/* A signal ends the wait, too. */
	do {
		left_ms = (deadline_ns - sb_mono_ns()) / SB_NS_PER_MS;
		rc = sb_lines_recv(lines, left_ms > 0 ? (int)left_ms : 0, &answer, NULL);
	} while (rc == 0 && left_ms > 0);
	if (rc > 0 && !sb_lines_check(answer, "facts", NULL))
		facts = cJSON_DetachItemFromObjectCaseSensitive(answer, "facts");
	cJSON_Delete(answer);
	if (!facts) {
		sb_auto_free char *text = sb_asprintf("the container of the %s does not answer",
						      sb_pep_machine_name(sends));

		facts = cJSON_CreateObject();
		sb_json_add_str(facts, "ended", text);
	}
	return facts;
}

static void add_facts(cJSON *relay, cJSON *facts, double *cpu_s)
{
	cJSON *fact;
	double own;

	*cpu_s =
	    !sb_json_get_double(facts, "$", "cpu_s", &own, NULL) && *cpu_s >= 0 ? *cpu_s + own : -1;
	cJSON_DeleteItemFromObjectCaseSensitive(facts, "cpu_s");
	while ((fact = cJSON_DetachItemFromArray(facts, 0))) {
		if (!fact->string || cJSON_HasObjectItem(relay, fact->string))
			cJSON_Delete(fact);
		else
			cJSON_AddItemToObject(relay, fact->string, fact);
	}
	cJSON_Delete(facts);
}

void sb_container_proxy_facts(struct sb_testbed *tb, cJSON *stopped)
{
	struct sb_containers *c = (struct sb_containers *)tb;
	int64_t deadline_ns = sb_mono_ns() + FACTS_MS * SB_NS_PER_MS;
	struct sb_lines *lines;
	cJSON *list;

	if (!tb->plan->pep)
		return;
	lines = open_lines(c);
	for (size_t i = 0; i < sb_spec_proxies(&c->spec); i++)
		sb_container_tell(&lines[i], sb_container_request("facts"), NULL);
	list = cJSON_AddArrayToObject(stopped, "relays");
	for (size_t i = 0; i < tb->plan->link_count; i++) {
		cJSON *relay = cJSON_CreateObject();
		double cpu_s = 0;

		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			add_facts(
			    relay,
			    facts_of(&lines[2 * i + (size_t)dir], (enum sb_dir)dir, deadline_ns),
			    &cpu_s);
		if (cpu_s >= 0)
			sb_json_add_num(relay, "cpu_s", cpu_s);
		cJSON_AddItemToArray(list, relay);
	}
	close_lines(c, lines);
}
