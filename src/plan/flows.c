// SPDX-License-Identifier: MIT
/* flows.c - flows for every client and direction they are meant for, each with its port */
#include <stdio.h>
#include <string.h>

#include "plan/timeline/draw.h"
#include "plan_priv.h"
#include "satbed/base/mem.h"

/* What iperf3 listens on: firewalls and people know it. */
#define FIRST_PORT 5201

static bool port_is_taken(const struct sb_plan *plan, uint16_t port)
{
	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].port == port)
			return true;
	return false;
}

static void fill_rr(const struct sb_section *s, struct sb_flow *flow)
{
	const struct sb_value *every = sb_value(s, SB_KEY_FLOW_EVERY);

	flow->transport = (uint8_t)sb_value(s, SB_KEY_TRANSPORT)->word;
	flow->request_bytes = (uint32_t)sb_value(s, SB_KEY_REQUEST)->number;
	flow->response_bytes = (uint32_t)sb_value(s, SB_KEY_RESPONSE)->number;
	flow->interval_ns = sb_has(every) ? every->time_ns : 0;
	flow->timeout_ns = sb_value(s, SB_KEY_TIMEOUT)->time_ns;
}

static void fill_exec(const struct sb_section *s, struct sb_flow *flow)
{
	const struct sb_value *size = sb_value(s, SB_KEY_SIZE);
	const struct {
		enum sb_key key;
		char *to;
	} texts[] = {{SB_KEY_SERVER_COMMAND, flow->server_command},
		     {SB_KEY_CLIENT_COMMAND, flow->client_command},
		     {SB_KEY_FILES, flow->files},
		     {SB_KEY_SETUP, flow->setup}};
	const struct sb_value *user = sb_value(s, SB_KEY_USER);

	flow->size_bytes = sb_has(size) ? size->number : 0;
	flow->ready_ns = sb_value(s, SB_KEY_READY)->time_ns;
	if (sb_has(user))
		sb_copy_str(flow->user, sizeof(flow->user), user->text);
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++)
		if (sb_has(sb_value(s, texts[i].key)))
			sb_copy_str(texts[i].to, SB_COMMAND_MAX, sb_value(s, texts[i].key)->text);
}

/* A payload of its own for each transfer, named like all that is drawn. */
static uint64_t payload_seed(const struct sb_plan *plan, const struct sb_flow *flow)
{
	char purpose[2 * SB_NAME_MAX + 16], node[SB_NAME_MAX];
	struct sb_rng rng;

	snprintf(purpose, sizeof(purpose), "payload/%s/%s/%s", flow->name,
		 sb_flow_client(node, plan, flow), sb_dir_name((enum sb_dir)flow->dir));
	sb_draw_stream(&rng, plan->seed, purpose);
	return sb_rng_u64(&rng) >> 11;
}

static struct sb_flow flow_of(const struct sb_section *s, const struct sb_plan *plan,
			      struct sb_findings *f)
{
	const struct sb_value *cc = sb_value(s, SB_KEY_CC);
	const struct sb_value *duration = sb_value(s, SB_KEY_FLOW_DURATION);
	struct sb_flow flow = {
	    .kind = (enum sb_flow_kind)sb_value(s, SB_KEY_KIND)->word,
	    .streams = 1,
	    .start_ns = sb_value(s, SB_KEY_START)->time_ns,
	};

	sb_copy_str(flow.name, sizeof(flow.name), s->name);
	flow.mptcp = sb_value(s, SB_KEY_MPTCP)->word == 1;
	flow.duration_ns = sb_has(duration) ? duration->time_ns : plan->duration_ns - flow.start_ns;
	if (sb_has(cc))
		sb_copy_str(flow.cc, sizeof(flow.cc), cc->text);
	if (sb_value(s, SB_KEY_KIND)->word == SB_WORD_INTEROP) {
		sb_plan_fill_interop(s, &flow, f);
		return flow;
	}
	switch (flow.kind) {
	case SB_FLOW_BULK:
		flow.streams = (uint16_t)sb_value(s, SB_KEY_STREAMS)->number;
		break;
	case SB_FLOW_STREAM:
		flow.rate_bps = sb_value(s, SB_KEY_FLOW_RATE)->number;
		flow.packet_bytes = (uint32_t)sb_value(s, SB_KEY_PACKET)->number;
		break;
	case SB_FLOW_FILE:
		flow.size_bytes = sb_value(s, SB_KEY_SIZE)->number;
		flow.stall_ns = sb_value(s, SB_KEY_STALL)->time_ns;
		break;
	case SB_FLOW_RR:
		fill_rr(s, &flow);
		break;
	case SB_FLOW_EXEC:
		fill_exec(s, &flow);
		break;
	case SB_FLOW_SESSION:
		break;
	}
	return flow;
}

/* One section's flows, without ports. */
static void expand_flow(const struct sb_section *s, struct sb_plan *plan, size_t *room,
			struct sb_findings *f)
{
	uint64_t clients = sb_value(s, SB_KEY_FLOW_CLIENT)->clients;
	size_t terminal = sb_value(s, SB_KEY_FLOW_TERMINAL)->number;
	int direction = sb_value(s, SB_KEY_FLOW_DIRECTION)->word;
	struct sb_flow flow = flow_of(s, plan, f);

	for (size_t link = 0; link < plan->link_count; link++) {
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			if (!(clients >> (sb_plan_node(plan, link) - 1) & 1) ||
			    link % sb_plan_terminals(plan) + 1 != terminal ||
			    (direction != SB_WORD_BOTH && direction != dir))
				continue;
			flow.client = (uint16_t)link;
			flow.dir = (uint8_t)dir;
			if (flow.kind == SB_FLOW_FILE || sb_flow_is_interop(&flow))
				flow.seed = payload_seed(plan, &flow);
			plan->flows = sb_grow(plan->flows, plan->flow_count, room, sizeof(flow));
			plan->flows[plan->flow_count++] = flow;
		}
	}
}

/* Flows [@first, flow_count) get consecutive ports from the one that was asked for. */
static void set_ports(const struct sb_value *asked, size_t first, struct sb_plan *plan,
		      struct sb_findings *f)
{
	for (size_t i = first; i < plan->flow_count; i++) {
		uint64_t port = asked->number + (i - first);

		if (port > UINT16_MAX) {
			sb_findings_add(f, asked->place,
					"port: not enough ports above %u for %zu flows",
					(unsigned int)asked->number, plan->flow_count - first);
			return;
		}
		if (port_is_taken(plan, (uint16_t)port)) {
			sb_findings_add(f, asked->place, "port: %u belongs to another flow",
					(unsigned int)port);
			return;
		}
		plan->flows[i].port = (uint16_t)port;
	}
}

/* Without a word of the scenario's: where every flow ends by itself. */
static bool ends_when_done(const struct sb_scenario *sc, const struct sb_plan *plan)
{
	const struct sb_value *until =
	    sb_value(sb_scenario_section(sc, SB_SEC_SCENARIO, 0), SB_KEY_UNTIL);

	if (sb_has(until))
		return until->word == 0;
	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].kind != SB_FLOW_FILE && plan->flows[i].kind != SB_FLOW_EXEC)
			return false;
	return plan->flow_count > 0;
}

void sb_plan_fill_flows(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f)
{
	const struct sb_section *s;
	uint16_t next = FIRST_PORT;
	size_t room = 0;

	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_FLOW, i)); i++) {
		const struct sb_value *port = sb_value(s, SB_KEY_PORT);
		size_t first = plan->flow_count;

		expand_flow(s, plan, &room, f);
		if (plan->flow_count > SB_MAX_PLAN_FLOWS) {
			sb_findings_add(
			    f, s->place,
			    "more than %d flows, counted for every client and direction",
			    SB_MAX_PLAN_FLOWS);
			return;
		}
		if (sb_has(port))
			set_ports(port, first, plan, f);
	}
	/* The others take what is free. */
	for (size_t i = 0; i < plan->flow_count; i++) {
		if (plan->flows[i].port)
			continue;
		while (port_is_taken(plan, next))
			next++;
		plan->flows[i].port = next;
	}
	for (size_t i = 0; i < plan->flow_count; i++)
		plan->flows[i].connect_port = plan->flows[i].port;
	sb_plan_check_interop(sc, plan, f);
	plan->until_done = ends_when_done(sc, plan);
}
