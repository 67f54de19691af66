// SPDX-License-Identifier: MIT
/* plan.c - a scenario resolved: every default explicit, everything random drawn */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"

static void fill_run(const struct sb_scenario *sc, struct sb_plan *plan)
{
	const struct sb_section *run = sb_scenario_section(sc, SB_SEC_SCENARIO, 0);
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *about = sb_value(run, SB_KEY_ABOUT);

	sb_copy_str(plan->name, sizeof(plan->name), sb_value(run, SB_KEY_NAME)->text);
	plan->about = sb_strdup(sb_has(about) ? about->text : "");
	plan->seed = sb_value(run, SB_KEY_SEED)->number;
	plan->duration_ns = sb_value(run, SB_KEY_DURATION)->time_ns;
	sb_copy_str(plan->engine, sizeof(plan->engine), sb_value(testbed, SB_KEY_ENGINE)->text);
	sb_copy_str(plan->image, sizeof(plan->image), sb_value(testbed, SB_KEY_IMAGE)->text);
	plan->path = (enum sb_path)sb_value(testbed, SB_KEY_PATH)->word;
	plan->placement = (enum sb_placement)sb_value(testbed, SB_KEY_PLACEMENT)->word;
	plan->pep = (enum sb_pep)sb_value(testbed, SB_KEY_PEP)->word;
	plan->terminals = sb_terminals(sc);
	plan->backend = (enum sb_backend)sb_value(testbed, SB_KEY_BACKEND)->word;
	plan->clock = (enum sb_clock)sb_value(testbed, SB_KEY_CLOCK)->word;
	if (plan->clock == SB_CLOCK_VIRTUAL) {
		sb_copy_str(plan->kernel, sizeof(plan->kernel),
			    sb_value(testbed, SB_KEY_KERNEL)->text);
	}
	/* There is no daemon in a guest, and several links of a client are satbed's own; proxies need the least there. */
	if ((plan->clock == SB_CLOCK_VIRTUAL || plan->pep || plan->terminals > 1) &&
	    !strcmp(plan->engine, "auto"))
		sb_copy_str(plan->engine, sizeof(plan->engine), "native");
	plan->ip_version = sb_value(testbed, SB_KEY_IP)->word ? 6 : 4;
	plan->mtu = (uint32_t)sb_value(testbed, SB_KEY_MTU)->number;
	plan->sample_ns = sb_value(testbed, SB_KEY_SAMPLE)->time_ns;
	plan->no_probes = sb_value(testbed, SB_KEY_PROBES)->word == 1;
	plan->capture_snaplen = (uint32_t)sb_value(testbed, SB_KEY_SNAPLEN)->number;
}

static void fill_expects(const struct sb_scenario *sc, struct sb_plan *plan)
{
	plan->expect_count = sc->expect_count;
	plan->expects = sb_alloc(sc->expect_count, sizeof(*plan->expects));
	for (size_t i = 0; i < sc->expect_count; i++)
		plan->expects[i] = sc->expects[i].expect;
}

/*
 * A capture sees both directions of a link.  Its buffer should bridge two seconds without a reader,
 * at one slot per packet: as many frames as the rates allow, and an ACK for every second of them.
 */
#define SLOT_BYTES	  256
#define BRIDGED_SECONDS	  2
#define MIB		  (UINT64_C(1) << 20)
#define MIN_BUFFER	  (4 * MIB)
#define MAX_BUFFER	  (64 * MIB)
#define UNLIMITED_BUFFER  (32 * MIB)
#define DATAGRAM_OVERHEAD 42

static uint32_t capture_buffer(const struct sb_plan *plan)
{
	uint64_t frame = plan->mtu + SB_ETHERNET_HEADER, largest = MIN_BUFFER;

	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].kind == SB_FLOW_STREAM &&
		    plan->flows[i].packet_bytes + DATAGRAM_OVERHEAD < frame)
			frame = plan->flows[i].packet_bytes + DATAGRAM_OVERHEAD;
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link_dir *d = plan->links[i].dir;
		uint64_t packets, bytes;

		if (!d[SB_UP].max_rate_bps || !d[SB_DOWN].max_rate_bps) {
			largest = largest < UNLIMITED_BUFFER ? UNLIMITED_BUFFER : largest;
			continue;
		}
		packets = (d[SB_UP].max_rate_bps + d[SB_DOWN].max_rate_bps) / 8 / frame * 3 / 2;
		bytes = packets * SLOT_BYTES * BRIDGED_SECONDS;
		largest = bytes > largest ? bytes : largest;
	}
	/* Whole MiB, which page and block sizes divide. */
	largest = (largest + MIB - 1) / MIB * MIB;
	return (uint32_t)(largest > MAX_BUFFER ? MAX_BUFFER : largest);
}

int sb_plan_make(const struct sb_scenario *sc, struct sb_plan **out, struct sb_err *err)
{
	struct sb_findings f = {.file = sc->file, .sets = (const char *const *)sc->sets};
	struct sb_plan *plan = sb_alloc(1, sizeof(*plan));
	struct sb_orbit *orbit;

	fill_run(sc, plan);
	sb_orbit_make(sc, plan->seed, plan->duration_ns, &orbit, &f);
	sb_plan_fill_links(sc, orbit, plan, &f);
	sb_plan_fill_flows(sc, plan, &f);
	sb_plan_fill_timeline(sc, orbit, plan, &f);
	if (orbit) {
		plan->pass_count = orbit->pass_count;
		plan->passes = sb_steal(&orbit->passes);
	}
	sb_orbit_free(orbit);
	sb_plan_fill_pep(sc, plan, &f);
	sb_plan_check_terminals(sc, plan, &f);
	sb_plan_check_backend(sc, plan, &f);
	sb_plan_check_clock(sc, plan, &f);
	fill_expects(sc, plan);
	plan->capture_buffer_bytes = capture_buffer(plan);
	if (sb_findings_close(&f, err)) {
		sb_plan_free(plan);
		return -1;
	}
	*out = plan;
	return 0;
}

void sb_plan_free(struct sb_plan *plan)
{
	if (!plan)
		return;
	free(plan->about);
	free(plan->links);
	free(plan->events);
	free(plan->steps);
	free(plan->flows);
	free(plan->expects);
	free(plan->passes);
	free(plan->index);
	free(plan);
}
