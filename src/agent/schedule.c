// SPDX-License-Identifier: MIT
/* schedule.c - flows from "prepare" to "done" */
#include <stdlib.h>

#include "agent.h"
#include "agent/command/command_launcher.h"
#include "satbed/base/clock.h"

static void sample_all(struct sb_node *node, int64_t now)
{
	for (size_t i = 0; i < node->flow_count; i++)
		if (node->flows[i].state == SB_FLOW_RUNNING)
			node->flows[i].ops->sample(&node->flows[i], now);
	node->next_sample_ns += (now - node->next_sample_ns) / node->sample_ns * node->sample_ns;
	node->next_sample_ns += node->sample_ns;
}

static void run_schedule(struct sb_timer *t)
{
	struct sb_node *node = sb_container_of(t, struct sb_node, clock);
	int64_t now = sb_mono_ns(), next = INT64_MAX;
	bool running = false;

	/* A sample before the ends, so that one due at the same instant is taken. */
	if (now >= node->next_sample_ns)
		sample_all(node, now);
	for (size_t i = 0; i < node->flow_count; i++) {
		struct sb_node_flow *flow = &node->flows[i];

		if (flow->state == SB_FLOW_RUNNING && now >= flow->end_ns)
			sb_flow_end(flow, now);
		if (flow->state == SB_FLOW_WAITING && now >= flow->begin_ns) {
			flow->state = SB_FLOW_RUNNING;
			flow->ops->begin(flow, now);
		}
		if (flow->state == SB_FLOW_RUNNING && flow->end_ns < next)
			next = flow->end_ns;
		if (flow->state == SB_FLOW_WAITING && flow->begin_ns < next)
			next = flow->begin_ns;
		running |= flow->state == SB_FLOW_RUNNING;
	}
	if (running && node->next_sample_ns < next)
		next = node->next_sample_ns;
	sb_timer_arm(t, next == INT64_MAX ? 0 : next);
}

static const struct sb_flow_ops *ops_of(const struct sb_flow_spec *spec)
{
	switch (spec->kind) {
	case SB_SPEC_STREAM:
		return &sb_stream_ops;
	case SB_SPEC_FILE:
		return &sb_file_ops;
	case SB_SPEC_RR:
		return spec->is_client ? &sb_rr_client_ops : &sb_rr_server_ops;
	case SB_SPEC_SESSION:
		return &sb_session_ops;
	case SB_SPEC_BULK:
		break;
	}
	return &sb_bulk_ops;
}

int sb_schedule_prepare(struct sb_node *node, const struct sb_request *req, struct sb_err *err)
{
	if (node->prepared)
		return sb_fail(err, SB_EINPUT, 0, "prepare: this node is prepared already");
	node->flows = calloc(req->flow_count + 1, sizeof(*node->flows));
	if (!node->flows)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	node->sample_ns = req->sample_ns;
	for (size_t i = 0; i < req->flow_count; i++) {
		struct sb_node_flow *flow = &node->flows[i];

		flow->node = node;
		flow->spec = req->flows[i];
		flow->ops = ops_of(&flow->spec);
		node->flow_count++;
		if (flow->ops->prepare(flow, err)) {
			sb_wrap(err, "flow %lld", (long long)flow->spec.id);
			goto fail;
		}
	}
	sb_timer_open(node, &node->clock, run_schedule);
	if (sb_privilege_drop(err) ||
	    (node->launcher >= 0 && sb_launcher_drop(node->launcher, req->keep_users, err)))
		goto fail;
	node->prepared = true;
	return 0;
fail:
	sb_schedule_release(node);
	return -1;
}

int sb_schedule_start(struct sb_node *node, int64_t t0_ns, struct sb_err *err)
{
	if (!node->prepared)
		return sb_fail(err, SB_EINPUT, 0, "start: nothing has been prepared");
	if (node->started || node->stopped)
		return sb_fail(err, SB_EINPUT, 0, "start: the flows were %s already",
			       node->stopped ? "stopped" : "started");
	node->started = true;
	node->t0_ns = t0_ns;
	node->next_sample_ns = t0_ns + node->sample_ns;
	for (size_t i = 0; i < node->flow_count; i++) {
		struct sb_node_flow *flow = &node->flows[i];

		flow->begin_ns = t0_ns + flow->spec.start_ns;
		flow->end_ns = flow->begin_ns + flow->spec.duration_ns;
	}
	run_schedule(&node->clock);
	return 0;
}

void sb_schedule_stop(struct sb_node *node)
{
	int64_t now = sb_mono_ns();

	node->stopped = true;
	for (size_t i = 0; i < node->flow_count; i++) {
		if (node->flows[i].state == SB_FLOW_OVER)
			continue;
		node->flows[i].stopped = true;
		sb_flow_end(&node->flows[i], now);
	}
	if (node->prepared)
		sb_timer_arm(&node->clock, 0);
}

void sb_schedule_release(struct sb_node *node)
{
	for (size_t i = 0; i < node->flow_count; i++)
		node->flows[i].ops->release(&node->flows[i]);
	sb_timer_close(&node->clock);
	free(node->flows);
	node->flows = NULL;
	node->flow_count = 0;
}
