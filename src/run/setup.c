// SPDX-License-Identifier: MIT
/* setup.c - from a plan to a shaped, captured, prepared testbed */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/node_proto.h"
#include "satbed/sky.h"
#include "state.h"

#define ANSWER_MS 15000

/* A train long enough to measure a rate by, short enough to fit the queue and not to be felt. */
#define TRAIN_NS	  (100 * SB_NS_PER_MS)
#define TRAIN_PACKETS_MAX 500
#define TRAIN_PACKETS_MIN 8

static const char *address(const struct sb_plan *plan, const struct sb_endpoint *end,
			   char buf[INET6_ADDRSTRLEN])
{
	return plan->ip_version == 4 ? inet_ntop(AF_INET, &end->addr4, buf, INET6_ADDRSTRLEN)
				     : inet_ntop(AF_INET6, &end->addr6, buf, INET6_ADDRSTRLEN);
}

static int tell_setup(struct sb_run *run, size_t node, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *interfaces;
	char name[SB_NAME_MAX];
	int rc;

	sb_json_add_str(request, "op", "setup");
	sb_json_add_str(request, "node", sb_node_name(name, node));
	interfaces = cJSON_AddArrayToObject(request, "interfaces");
	for (size_t i = 0; i < run->plan->link_count; i++) {
		const struct sb_link *link = &run->plan->links[i];

		if (node == 0)
			cJSON_AddItemToArray(interfaces, cJSON_CreateString(link->server.ifname));
		else if (node == i + 1)
			cJSON_AddItemToArray(interfaces, cJSON_CreateString(link->client.ifname));
	}
	rc = sb_run_tell(run, (int)node, request, err);
	cJSON_Delete(request);
	return rc;
}

static cJSON *flow_json(const struct sb_plan *plan, size_t index, const char *role)
{
	const struct sb_flow *flow = &plan->flows[index];
	cJSON *obj = cJSON_CreateObject();
	char buf[INET6_ADDRSTRLEN];

	sb_json_add_i64(obj, "id", (int64_t)index);
	sb_json_add_str(obj, "role", role);
	sb_json_add_str(obj, "kind", sb_flow_kind_name(flow->kind));
	sb_json_add_str(obj, "dir", sb_dir_name(flow->dir));
	sb_json_add_i64(obj, "streams", flow->streams);
	sb_json_add_str(obj, "cc", flow->cc);
	sb_json_add_str(obj, "address", address(plan, &plan->links[flow->client].server, buf));
	sb_json_add_i64(obj, "port", flow->port);
	sb_json_add_i64(obj, "start_ns", flow->start_ns);
	sb_json_add_i64(obj, "duration_ns", flow->duration_ns);
	sb_json_add_i64(obj, "rate_bps", (int64_t)flow->rate_bps);
	sb_json_add_i64(obj, "packet_bytes", flow->packet_bytes);
	return obj;
}

static int tell_prepare(struct sb_run *run, size_t node, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	cJSON *request = cJSON_CreateObject(), *flows;
	int rc;

	sb_json_add_str(request, "op", "prepare");
	sb_json_add_i64(request, "sample_ns", plan->sample_ns);
	flows = cJSON_AddArrayToObject(request, "flows");
	for (size_t i = 0; i < plan->flow_count; i++)
		if (node == 0 || plan->flows[i].client + 1u == node)
			cJSON_AddItemToArray(flows, flow_json(plan, i, node ? "client" : "server"));
	rc = sb_run_tell(run, (int)node, request, err);
	cJSON_Delete(request);
	return rc;
}

/* All are told before the first is waited for: nodes and sky work side by side. */
static int prepare_all(struct sb_run *run, cJSON *nodes_json, struct sb_err *err)
{
	size_t count = run->tb->node_count;
	char name[SB_NAME_MAX];
	cJSON *answer;

	for (size_t i = 0; i < count; i++)
		if (tell_setup(run, i, err) || tell_prepare(run, i, err))
			return -1;
	if (sb_run_tell_op(run, -1, "open", err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (sb_run_await(run, (int)i, "setup", ANSWER_MS, &answer, err))
			return -1;
		cJSON_DeleteItemFromObjectCaseSensitive(answer, "ev");
		cJSON_AddItemToObject(nodes_json, sb_node_name(name, i), answer);
		if (sb_run_await(run, (int)i, "ready", ANSWER_MS, NULL, err))
			return -1;
	}
	return 0;
}

static int await_sky(struct sb_run *run, struct sb_err *err)
{
	const char *text = "";
	cJSON *open;

	if (sb_run_await(run, -1, "open", ANSWER_MS, &open, err))
		return -1;
	if (!sb_json_get_str(open, "$", "backend", &text, NULL))
		run->link_backend = sb_strdup(text);
	if (!sb_json_get_str(open, "$", "why", &text, NULL))
		run->backend_why = sb_strdup(text);
	sb_json_get_bool(open, "$", "exact_steps", &run->exact_steps, NULL);
	cJSON_DeleteItemFromObjectCaseSensitive(open, "ev");
	cJSON_AddItemToObject(run->manifest, "link", open);
	return 0;
}

int sb_run_raise(struct sb_run *run, struct sb_err *err)
{
	const struct sb_engine_ops *ops = sb_engine_find(run->plan->engine, err);
	struct sb_engine_request request = {
	    .plan = run->plan, .sky_main = sb_sky_main, .capture_fds = run->dir.capture_fds};
	int64_t begin_ns = sb_mono_ns();

	if (!ops)
		return -1;
	run->engine_kind = ops->name;
	if (run->plan->path != SB_PATH_BRIDGE)
		return sb_fail(err, SB_EINPUT, 0,
			       "[testbed] path = %s: this version has only path = bridge",
			       sb_path_name(run->plan->path));
	if (ops->up(&request, &run->tb, err))
		return -1;
	sb_lines_init(&run->sky, run->tb->sky_fd);
	run->nodes = sb_alloc(run->tb->node_count, sizeof(run->nodes[0]));
	for (size_t i = 0; i < run->tb->node_count; i++)
		sb_lines_init(&run->nodes[i], run->tb->node_fds[i]);
	ops->describe(run->tb, cJSON_AddObjectToObject(run->manifest, "engine"));
	if (prepare_all(run, cJSON_AddObjectToObject(run->manifest, "nodes"), err) ||
	    await_sky(run, err))
		return -1;
	run->up_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	return 0;
}

/* The train of one direction, or 0 packets where there is no rate to measure. */
static int64_t train_packets(const struct sb_plan *plan, const struct sb_link_dir *dir)
{
	uint64_t frame_bytes = plan->mtu + 14, rate_bps = dir->initial.rate_bps;
	uint64_t packets, room;

	if (!rate_bps)
		return 0;
	packets = rate_bps / 8 * (uint64_t)(TRAIN_NS / SB_NS_PER_MS) / 1000 / frame_bytes;
	room = dir->queue_bytes / frame_bytes * 3 / 4;
	if (packets > TRAIN_PACKETS_MAX)
		packets = TRAIN_PACKETS_MAX;
	if (packets < TRAIN_PACKETS_MIN)
		packets = TRAIN_PACKETS_MIN;
	return (int64_t)(packets < room ? packets : room);
}

static int tell_train(struct sb_run *run, size_t link, enum sb_dir dir, int64_t packets,
		      int64_t at_ns, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	const struct sb_endpoint *to =
	    dir == SB_UP ? &plan->links[link].server : &plan->links[link].client;
	cJSON *request = cJSON_CreateObject();
	char buf[INET6_ADDRSTRLEN];
	int rc;

	sb_json_add_str(request, "op", "train");
	sb_json_add_i64(request, "id", (int64_t)link);
	sb_json_add_str(request, "address", address(plan, to, buf));
	sb_json_add_i64(request, "packets", packets);
	sb_json_add_i64(request, "bytes", plan->mtu - (plan->ip_version == 4 ? 28 : 48));
	sb_json_add_i64(request, "at_ns", at_ns);
	rc = sb_run_tell(run, dir == SB_UP ? (int)link + 1 : 0, request, err);
	cJSON_Delete(request);
	return rc;
}

int sb_run_train(struct sb_run *run, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	int64_t at_ns = sb_mono_ns() + 5 * SB_NS_PER_MS, quiet_ns = 0;
	bool any = false;

	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct sb_link_dir *dir = &plan->links[i / 2].dir[i % 2];
		int64_t packets = train_packets(plan, dir), needs_ns;

		if (!packets)
			continue;
		any = true;
		if (tell_train(run, i / 2, i % 2, packets, at_ns, err))
			return -1;
		needs_ns =
		    dir->initial.delay_ns + (int64_t)((uint64_t)packets * (plan->mtu + 14) * 8 *
						      1000000 / (dir->initial.rate_bps / 1000 + 1));
		if (needs_ns > quiet_ns)
			quiet_ns = needs_ns;
	}
	if (!any)
		return 0;
	for (size_t i = 0; i < 2 * plan->link_count; i++)
		if (train_packets(plan, &plan->links[i / 2].dir[i % 2]) &&
		    sb_run_await(run, i % 2 == SB_UP ? (int)(i / 2) + 1 : 0, "train", ANSWER_MS,
				 NULL, err))
			return -1;
	run->train_start_ns = at_ns;
	/* The flows must meet an empty queue. */
	run->train_end_ns = sb_mono_ns() + quiet_ns + 20 * SB_NS_PER_MS;
	while (sb_mono_ns() < run->train_end_ns && !sb_interrupted())
		if (sb_run_listen(run, (int)((run->train_end_ns - sb_mono_ns()) / SB_NS_PER_MS) + 1,
				  err))
			return -1;
	return 0;
}
