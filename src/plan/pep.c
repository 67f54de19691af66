// SPDX-License-Identifier: MIT
/* pep.c - proxies at terminal and gateway: how they send, and what they do not go with */
#include <stdio.h>
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define LEAST_BUFFER	   4000000 /* bytes */
#define BUFFER_BDPS	   2
#define UNLIMITED_RATE_BPS UINT64_C(1000000000) /* what a link without a rate is taken for */

static uint64_t standard_buffer(const struct sb_link *link, enum sb_dir dir)
{
	uint64_t rate_bps = link->dir[dir].max_rate_bps;
	int64_t rtt_ns = sb_link_max_rtt_ns(link);
	uint64_t bytes =
	    BUFFER_BDPS * sb_bdp_bytes(rate_bps ? rate_bps : UNLIMITED_RATE_BPS, rtt_ns);

	if (bytes < LEAST_BUFFER)
		return LEAST_BUFFER;
	return bytes < SB_MAX_PEP_BUFFER ? bytes : SB_MAX_PEP_BUFFER;
}

static void fill_sending(const struct sb_scenario *sc, struct sb_plan *plan, size_t link,
			 enum sb_dir dir)
{
	unsigned int client = (unsigned int)link + 1;
	const struct sb_value *rate = sb_link_value(sc, client, dir, SB_KEY_PEP_RATE);
	const struct sb_value *buffer = sb_link_value(sc, client, dir, SB_KEY_PEP_BUFFER);
	struct sb_pep_sending *to = &plan->links[link].dir[dir].pep;

	if (!sb_plan_has_proxy(plan, dir))
		return;
	sb_copy_str(to->cc, sizeof(to->cc), sb_link_value(sc, client, dir, SB_KEY_PEP_CC)->text);
	to->rate_bps = sb_has(rate) ? rate->number : 0;
	to->buffer_bytes =
	    sb_has(buffer) ? buffer->number : standard_buffer(&plan->links[link], dir);
}

void sb_plan_fill_pep(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);

	if (plan->pep && plan->path != SB_PATH_BRIDGE) {
		sb_findings_add(f, sb_value(testbed, SB_KEY_PEP)->place,
				"pep: proxies stand on path = bridge only: %s ends TCP connections "
				"itself; write path = bridge, or pep = none",
				sb_relay_name(plan->path));
		return;
	}
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			fill_sending(sc, plan, i, (enum sb_dir)dir);
}
