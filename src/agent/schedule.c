// SPDX-License-Identifier: MIT
/* schedule.c - flows from "prepare" to "done" */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "agent/command/command_launcher.h"
#include "satbed/base/clock.h"

void sb_flow_error(struct sb_flow *flow, const char *fmt, ...)
{
	va_list ap;

	if (flow->error[0])
		return;
	va_start(ap, fmt);
	vsnprintf(flow->error, sizeof(flow->error), fmt, ap);
	va_end(ap);
}

const char *sb_flow_role(const struct sb_flow *flow)
{
	return flow->spec.is_client ? "client" : "server";
}

void sb_flow_sample_open(struct sb_flow *flow, struct sb_text *t, uint32_t stream, int64_t now_ns)
{
	sb_text_open(t, "sample");
	sb_text_int(t, "flow", flow->spec.id);
	sb_text_str(t, "role", sb_flow_role(flow));
	sb_text_uint(t, "stream", stream);
	sb_text_int(t, "t_ns", now_ns - flow->node->t0_ns);
}

void sb_flow_sample_send(struct sb_flow *flow, struct sb_text *t)
{
	if (!sb_node_say(flow->node, t, false))
		flow->samples_dropped++;
}

static void say_latencies(const struct sb_totals *sum, struct sb_text *t)
{
	static const char *const names[SB_LATENCIES] = {"p50_ns", "p90_ns",  "p95_ns",
							"p99_ns", "p999_ns", "max_ns"};

	sb_text_uint(t, "asked", sum->asked);
	sb_text_uint(t, "answered", sum->answered);
	sb_text_uint(t, "timeouts", sum->timeouts);
	sb_text_uint(t, "skipped", sum->skipped);
	sb_text_sub(t, "latency");
	for (size_t i = 0; i < SB_LATENCIES && sum->answered; i++)
		sb_text_int(t, names[i], sum->latency_ns[i]);
	sb_text_sub_close(t);
}

/* What only flows of this kind have to say. */
static void say_kind(const struct sb_flow *flow, struct sb_text *t)
{
	const struct sb_totals *sum = &flow->totals;

	switch (flow->spec.kind) {
	case SB_SPEC_STREAM:
		sb_text_uint(t, "packets", sum->packets);
		sb_text_uint(t, "lost", sum->lost);
		sb_text_uint(t, "reordered", sum->reordered);
		sb_text_uint(t, "duplicated", sum->duplicated);
		sb_text_uint(t, "skipped", sum->skipped);
		sb_text_uint(t, "socket_drops", sum->socket_drops);
		break;
	case SB_SPEC_FILE:
		sb_text_uint(t, "attempts", sum->attempts);
		sb_text_int(t, "complete_ns", sum->complete_ns);
		sb_text_int(t, "damaged_at", sum->damaged_at);
		sb_text_uint(t, "sent_bytes", sum->sent_bytes);
		break;
	case SB_SPEC_RR:
		if (flow->spec.is_client)
			say_latencies(sum, t);
		break;
	case SB_SPEC_BULK:
	case SB_SPEC_SESSION:
		break;
	}
}

static void say_done(struct sb_flow *flow, int64_t end_ns)
{
	const struct sb_totals *sum = &flow->totals;
	struct sb_text t;

	sb_text_open(&t, "done");
	sb_text_int(&t, "flow", flow->spec.id);
	sb_text_str(&t, "role", sb_flow_role(flow));
	sb_text_int(&t, "start_ns", flow->first_ns ? flow->first_ns : end_ns);
	sb_text_int(&t, "end_ns", end_ns);
	sb_text_uint(&t, "bytes", sum->bytes);
	sb_text_uint(&t, "retransmits", sum->retransmits);
	sb_text_str(&t, "cc", sum->cc);
	sb_text_uint(&t, "connected", sum->connected);
	sb_text_str(&t, "error", flow->error[0] ? flow->error : NULL);
	sb_text_sub(&t, "limited");
	sb_text_uint(&t, "rwnd_us", sum->rwnd_us);
	sb_text_uint(&t, "sndbuf_us", sum->sndbuf_us);
	sb_text_uint(&t, "busy_us", sum->busy_us);
	sb_text_sub_close(&t);
	say_kind(flow, &t);
	sb_text_uint(&t, "samples_dropped", flow->samples_dropped);
	sb_node_say(flow->node, &t, true);
}

static void end_flow(struct sb_flow *flow, int64_t now)
{
	if (flow->state == SB_FLOW_RUNNING)
		flow->ops->finish(flow, now);
	else
		sb_flow_error(flow, "stopped before its start");
	flow->state = SB_FLOW_OVER;
	say_done(flow, flow->totals.complete_ns ? flow->totals.complete_ns : sb_mono_ns());
}

void sb_flow_over(struct sb_flow *flow)
{
	if (flow->state == SB_FLOW_RUNNING)
		end_flow(flow, sb_mono_ns());
}

static void sample_all(struct sb_node *node, int64_t now)
{
	for (size_t i = 0; i < node->flow_count; i++)
		if (node->flows[i].state == SB_FLOW_RUNNING)
			node->flows[i].ops->sample(&node->flows[i], now);
	node->next_sample_ns += (now - node->next_sample_ns) / node->sample_ns * node->sample_ns;
	node->next_sample_ns += node->sample_ns;
}

static void run_schedule(struct sb_watch *w, uint32_t events)
{
	struct sb_node *node = sb_container_of(w, struct sb_node, clock);
	int64_t now = sb_mono_ns(), next = INT64_MAX;
	bool running = false;

	(void)events;
	/* A sample before the ends, so that one due at the same instant is taken. */
	if (now >= node->next_sample_ns)
		sample_all(node, now);
	for (size_t i = 0; i < node->flow_count; i++) {
		struct sb_flow *flow = &node->flows[i];

		if (flow->state == SB_FLOW_RUNNING && now >= flow->end_ns)
			end_flow(flow, now);
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
	sb_watch_arm(w, next == INT64_MAX ? 0 : next);
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
		struct sb_flow *flow = &node->flows[i];

		flow->node = node;
		flow->spec = req->flows[i];
		flow->ops = ops_of(&flow->spec);
		node->flow_count++;
		if (flow->ops->prepare(flow, err)) {
			sb_wrap(err, "flow %lld", (long long)flow->spec.id);
			goto fail;
		}
	}
	node->clock.fd = -1;
	if (sb_watch_timer(node, &node->clock, run_schedule, err))
		goto fail;
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
		struct sb_flow *flow = &node->flows[i];

		flow->begin_ns = t0_ns + flow->spec.start_ns;
		flow->end_ns = flow->begin_ns + flow->spec.duration_ns;
	}
	run_schedule(&node->clock, 0);
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
		end_flow(&node->flows[i], now);
	}
	if (node->prepared)
		sb_watch_arm(&node->clock, 0);
}

void sb_schedule_release(struct sb_node *node)
{
	for (size_t i = 0; i < node->flow_count; i++)
		node->flows[i].ops->release(&node->flows[i]);
	sb_watch_close(&node->clock);
	free(node->flows);
	node->flows = NULL;
	node->flow_count = 0;
}
