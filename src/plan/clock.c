// SPDX-License-Identifier: MIT
/* clock.c - what the virtual clock cannot do is refused before anything starts */
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/mem.h"

static int place_of_flow(const struct sb_scenario *sc, const char *name)
{
	const struct sb_section *s;

	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_FLOW, i)); i++)
		if (!strcmp(s->name, name))
			return s->place;
	return 0;
}

/* Processor time costs nothing on this clock, so only a link's rate makes such a flow wait. */
static void check_flows(const struct sb_scenario *sc, const struct sb_plan *plan,
			struct sb_findings *f)
{
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *flow = &plan->flows[i];
		const char *dir = flow->dir == SB_UP ? "up" : "down";

		if (flow->kind != SB_FLOW_BULK ||
		    plan->links[flow->client].dir[flow->dir].max_rate_bps)
			continue;
		/* Once for a flow of many clients. */
		if (i && !strcmp(flow[-1].name, flow->name))
			continue;
		sb_findings_add(f, place_of_flow(sc, flow->name),
				"[flow.%s] sends as fast as it can over a link without a rate: on "
				"the virtual clock that is without end, and time stands still; "
				"write [link.%s] rate = 1gbit, or kind = file with a size",
				flow->name, dir);
	}
}

static void check_expects(const struct sb_scenario *sc, struct sb_findings *f)
{
	static const struct {
		const char *value, *why;
	} unknown[] = {
	    {"/cpu", "processor time is not measured"},
	    {"/host_baseline", "what the machine adds is not measured"},
	    {"/substrate", "what the machine adds is not measured"}, /* its older name */
	    {"/timings/up_ms", "how long the testbed takes is not measured"},
	    {"/timings/down_ms", "how long the testbed takes is not measured"},
	};

	for (size_t i = 0; i < sc->expect_count; i++)
		for (size_t u = 0; u < SB_ARRAY_LEN(unknown); u++) {
			const char *what = sc->expects[i].expect.what;
			size_t len = strlen(unknown[u].value);

			if (!strncmp(what, unknown[u].value, len) &&
			    (!what[len] || what[len] == '/'))
				sb_findings_add(f, sc->expects[i].place,
						"%s: %s on the virtual clock, where processors "
						"cost no time; leave it out, or write clock = real",
						what, unknown[u].why);
		}
}

void sb_plan_check_clock(const struct sb_scenario *sc, const struct sb_plan *plan,
			 struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *engine = sb_value(testbed, SB_KEY_ENGINE);
	const struct sb_value *kernel = sb_value(testbed, SB_KEY_KERNEL);

	if (plan->clock == SB_CLOCK_REAL) {
		if (kernel->place)
			sb_findings_add(f, kernel->place,
					"kernel: only the virtual clock has a kernel of its own; "
					"write clock = virtual as well");
		return;
	}
	if (strcmp(plan->engine, "native"))
		sb_findings_add(
		    f, engine->place,
		    "engine: on the virtual clock nodes are native ones; write engine = "
		    "native, or clock = real");
	check_flows(sc, plan, f);
	check_expects(sc, f);
}
