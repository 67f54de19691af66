// SPDX-License-Identifier: MIT
/* flow.c - what a flow says: samples, errors, and its totals at the end */
#include <stdarg.h>
#include <stdio.h>

#include "agent.h"
#include "satbed/base/clock.h"

void sb_flow_error(struct sb_node_flow *flow, const char *fmt, ...)
{
	va_list ap;

	if (flow->error[0])
		return;
	va_start(ap, fmt);
	vsnprintf(flow->error, sizeof(flow->error), fmt, ap);
	va_end(ap);
}

const char *sb_flow_role(const struct sb_node_flow *flow)
{
	return flow->spec.is_client ? "client" : "server";
}

void sb_flow_sample_open(struct sb_node_flow *flow, struct sb_text *t, uint32_t stream,
			 int64_t now_ns)
{
	sb_text_open(t, "sample");
	sb_text_int(t, "flow", flow->spec.id);
	sb_text_str(t, "role", sb_flow_role(flow));
	sb_text_uint(t, "stream", stream);
	sb_text_int(t, "t_ns", now_ns - flow->node->t0_ns);
}

void sb_flow_sample_send(struct sb_node_flow *flow, struct sb_text *t)
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
static void say_kind(const struct sb_node_flow *flow, struct sb_text *t)
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

static void say_done(struct sb_node_flow *flow, int64_t end_ns)
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

void sb_flow_end(struct sb_node_flow *flow, int64_t now)
{
	if (flow->state == SB_FLOW_RUNNING)
		flow->ops->finish(flow, now);
	else
		sb_flow_error(flow, "stopped before its start");
	flow->state = SB_FLOW_OVER;
	say_done(flow, flow->totals.complete_ns ? flow->totals.complete_ns : sb_mono_ns());
}

void sb_flow_over(struct sb_node_flow *flow)
{
	if (flow->state == SB_FLOW_RUNNING)
		sb_flow_end(flow, sb_mono_ns());
}
