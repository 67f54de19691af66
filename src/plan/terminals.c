// SPDX-License-Identifier: MIT
/* terminals.c - clients with several links: whose a link is, and what they do not go with */
#include <stdio.h>
#include <string.h>

#include "plan_priv.h"

const char *sb_link_name(char buf[SB_NAME_MAX], const struct sb_plan *plan, size_t link)
{
	size_t terminals = sb_plan_terminals(plan);

	sb_node_name(buf, sb_plan_node(plan, link));
	if (terminals > 1) {
		size_t len = strlen(buf);

		snprintf(buf + len, SB_NAME_MAX - len, ".terminal%zu", link % terminals + 1);
	}
	return buf;
}

const char *sb_flow_client(char buf[SB_NAME_MAX], const struct sb_plan *plan,
			   const struct sb_flow *flow)
{
	return sb_node_name(buf, sb_plan_node(plan, flow->client));
}

/* A program may do MPTCP by itself. */
bool sb_flow_spans(const struct sb_plan *plan, const struct sb_flow *flow)
{
	return plan->terminals > 1 && (flow->mptcp || flow->kind == SB_FLOW_EXEC);
}

bool sb_flow_uses(const struct sb_plan *plan, const struct sb_flow *flow, size_t link)
{
	return flow->client == link ||
	       (sb_flow_spans(plan, flow) &&
		sb_plan_node(plan, flow->client) == sb_plan_node(plan, link));
}

void sb_flow_sum(const struct sb_plan *plan, const struct sb_flow *flow, const int64_t *of_links,
		 int64_t out[2])
{
	out[SB_UP] = out[SB_DOWN] = 0;
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			if (sb_flow_uses(plan, flow, i))
				out[dir] += of_links[2 * i + (size_t)dir];
}

void sb_plan_check_terminals(const struct sb_scenario *sc, const struct sb_plan *plan,
			     struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	int place = sb_value(testbed, SB_KEY_TERMINALS)->place;

	if (plan->terminals < 2)
		return;
	if (plan->path != SB_PATH_BRIDGE)
		sb_findings_add(
		    f, place,
		    "terminals: %s has one way to the server only; write path = bridge, "
		    "or terminals = 1",
		    sb_relay_name(plan->path));
	if (plan->pep)
		sb_findings_add(f, place,
				"terminals: proxies stand on the one link of a client; write "
				"pep = none, or terminals = 1");
	if (strcmp(plan->engine, "native"))
		sb_findings_add(
		    f, place,
		    "terminals: a container engine names and orders the interfaces of a "
		    "node itself, so only the native engine gives a client several; "
		    "write engine = native, or terminals = 1");
}
