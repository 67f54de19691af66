// SPDX-License-Identifier: MIT
/* setup.c - from a plan to a shaped, captured, prepared testbed */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "state.h"

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

/* What a client connects to. */
static const char *target(const struct sb_plan *plan, const struct sb_link *link,
			  char buf[INET6_ADDRSTRLEN])
{
	return plan->ip_version == 4 ? inet_ntop(AF_INET, &link->target4, buf, INET6_ADDRSTRLEN)
				     : inet_ntop(AF_INET6, &link->target6, buf, INET6_ADDRSTRLEN);
}

static cJSON *flow_json(const struct sb_run *run, size_t index, bool is_client)
{
	const struct sb_plan *plan = run->plan;
	const struct sb_flow *flow = &plan->flows[index];
	const struct sb_link *link = &plan->links[flow->client];
	cJSON *obj = cJSON_CreateObject();
	char buf[INET6_ADDRSTRLEN];

	sb_json_add_i64(obj, "id", (int64_t)index);
	sb_json_add_str(obj, "role", is_client ? "client" : "server");
	sb_json_add_str(obj, "kind", sb_flow_kind_name(flow->kind));
	sb_json_add_str(obj, "dir", sb_dir_name(flow->dir));
	sb_json_add_i64(obj, "streams", flow->streams);
	sb_json_add_str(obj, "cc", flow->cc);
	if (flow->mptcp)
		sb_json_add_bool(obj, "mptcp", true);
	sb_json_add_str(obj, "address",
			is_client ? target(plan, link, buf) : address(plan, &link->server, buf));
	sb_json_add_i64(obj, "port", is_client ? flow->connect_port : flow->port);
	sb_json_add_i64(obj, "start_ns", flow->start_ns);
	sb_json_add_i64(obj, "duration_ns", flow->duration_ns);
	sb_json_add_i64(obj, "rate_bps", (int64_t)flow->rate_bps);
	sb_json_add_i64(obj, "packet_bytes", flow->packet_bytes);
	if (flow->kind == SB_FLOW_FILE) {
		sb_json_add_i64(obj, "size_bytes", (int64_t)flow->size_bytes);
		sb_json_add_i64(obj, "stall_ns", flow->stall_ns);
		sb_json_add_i64(obj, "seed", (int64_t)flow->seed);
	} else if (flow->kind == SB_FLOW_RR) {
		sb_json_add_str(obj, "transport",
				sb_transport_name((enum sb_transport)flow->transport));
		sb_json_add_i64(obj, "request_bytes", flow->request_bytes);
		sb_json_add_i64(obj, "response_bytes", flow->response_bytes);
		sb_json_add_i64(obj, "interval_ns", flow->interval_ns);
		sb_json_add_i64(obj, "timeout_ns", flow->timeout_ns);
	} else if (flow->kind == SB_FLOW_SESSION) {
		sb_run_session_json(run, index, obj);
	}
	return obj;
}

static bool has_other_users(const struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].user[0])
			return true;
	return false;
}

static int tell_prepare(struct sb_run *run, size_t node, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	cJSON *request = cJSON_CreateObject(), *flows;
	char buf[INET6_ADDRSTRLEN];
	int rc;

	sb_json_add_str(request, "op", "prepare");
	sb_json_add_i64(request, "sample_ns", plan->sample_ns);
	if (has_other_users(plan))
		sb_json_add_bool(request, "other_users", true);
	flows = cJSON_AddArrayToObject(request, "flows");
	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].kind != SB_FLOW_EXEC &&
		    (node == 0 || sb_plan_node(plan, plan->flows[i].client) == node))
			cJSON_AddItemToArray(flows, flow_json(run, i, node > 0));
	/* Beside replayed packets there is to be nothing. */
	for (size_t i = 0; !run->options->replay && i < plan->link_count; i++)
		if (node == 0 || sb_plan_node(plan, i) == node)
			sb_probes_add(plan, i, node > 0, address(plan, &plan->links[i].server, buf),
				      flows);
	rc = sb_send(&run->up, (int)node, request, err);
	cJSON_Delete(request);
	return rc;
}

/* Is there something to be done in the nodes between their set-up and "prepare"? */
static bool needs_nodes_first(const struct sb_run *run)
{
	return run->options->replay || run->options->session || run->exec;
}

int sb_run_testbed_up(struct sb_run *run, struct sb_err *err)
{
	int64_t begin_ns = sb_mono_ns();

	if (sb_testbed_up_begin(&run->up, run->plan, run->dir.capture_fds, err))
		return -1;
	/* From here on what there is counts, and no longer what was asked for. */
	run->plan = run->up.tb->plan;
	/* Nodes give up with "prepare" what they need for packets and for setting up tunnels, and read a
	 * session's files. */
	if (needs_nodes_first(run) && sb_testbed_up_finish(&run->up, err))
		return -1;
	if (run->options->replay && sb_run_send_packets(run, err))
		return -1;
	if (run->options->session && sb_run_send_session(run, err))
		return -1;
	if (sb_exec_prepare(run, err))
		return -1;
	for (size_t i = 0; i < run->up.tb->node_count; i++)
		if (tell_prepare(run, i, err))
			return -1;
	if (!needs_nodes_first(run) && sb_testbed_up_finish(&run->up, err))
		return -1;
	for (size_t i = 0; i < run->up.tb->node_count; i++)
		if (sb_wait_reply(&run->up, (int)i, "ready", SB_ANSWER_MS, NULL, err))
			return -1;
	/* What is measured on the way is no part of setting up. */
	run->cost.up_ms = (double)(sb_mono_ns() - begin_ns) / 1e6 - run->links.rtt_ms;
	return 0;
}

/*
 * A relay passes datagrams on to the server, but back only what answers a socket of its own; and
 * the discard port is published nowhere.
 */
static bool train_can_travel(const struct sb_plan *plan, const struct sb_link *link,
			     enum sb_dir dir)
{
	return plan->path == SB_PATH_BRIDGE ||
	       (dir == SB_UP && link->target4.s_addr == link->server.addr4.s_addr);
}

/* The train of one direction, or 0 packets where there is no rate to measure. */
static int64_t train_packets(const struct sb_plan *plan, size_t i)
{
	const struct sb_link *link = &plan->links[i / 2];
	const struct sb_link_dir *dir = &link->dir[i % 2];
	uint64_t frame_bytes = plan->mtu + 14, rate_bps = dir->initial.rate_bps;
	uint64_t packets, room, sharers = sb_plan_sharers(plan, i / 2, i % 2);

	if (rate_bps <= SB_RATE_STOPPED || !train_can_travel(plan, link, i % 2))
		return 0;
	/* Those who share a rate send their trains at once, and together. */
	packets = rate_bps / 8 * (uint64_t)(TRAIN_NS / SB_NS_PER_MS) / 1000 / frame_bytes / sharers;
	room = dir->queue_bytes / frame_bytes * 3 / 4 / sharers;
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
	rc = sb_send(&run->up, dir == SB_UP ? (int)sb_plan_node(plan, link) : 0, request, err);
	cJSON_Delete(request);
	return rc;
}

int sb_run_train(struct sb_run *run, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	int64_t at_ns = sb_clock_begin(sb_mono_ns() + 5 * SB_NS_PER_MS), quiet_ns = 0;
	bool any = false;

	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct sb_link_dir *dir = &plan->links[i / 2].dir[i % 2];
		int64_t packets = train_packets(plan, i), needs_ns;

		if (!packets)
			continue;
		any = true;
		if (tell_train(run, i / 2, i % 2, packets, at_ns, err))
			return -1;
		needs_ns =
		    dir->initial.delay_ns +
		    (int64_t)((uint64_t)packets * sb_plan_sharers(plan, i / 2, i % 2) *
			      (plan->mtu + 14) * 8 * 1000000 / (dir->initial.rate_bps / 1000 + 1));
		if (needs_ns > quiet_ns)
			quiet_ns = needs_ns;
	}
	if (!any)
		return 0;
	for (size_t i = 0; i < 2 * plan->link_count; i++)
		if (train_packets(plan, i) &&
		    sb_wait_reply(&run->up, i % 2 == SB_UP ? (int)sb_plan_node(plan, i / 2) : 0,
				  "train", SB_ANSWER_MS, NULL, err))
			return -1;
	run->train_start_ns = at_ns;
	/* The flows must meet an empty queue. */
	run->train_end_ns = sb_mono_ns() + quiet_ns + 20 * SB_NS_PER_MS;
	while (sb_mono_ns() < run->train_end_ns && !sb_interrupted())
		if (sb_listen(&run->up,
			      (int)((run->train_end_ns - sb_mono_ns()) / SB_NS_PER_MS) + 1, err))
			return -1;
	return 0;
}
