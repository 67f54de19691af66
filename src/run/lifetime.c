// SPDX-License-Identifier: MIT
/* lifetime.c - what a run holds, from its manifest on, and all of it put away */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/version.h"
#include "state.h"

static void add_clock(const struct sb_run_options *options, cJSON *to)
{
	static const char *const differing[] = {"/directory", "/manifest/clock/wall_s",
						"/manifest/clock/times_faster"};
	cJSON *list;

	sb_json_add_str(to, "kind", options->inside ? "virtual" : "real");
	if (!options->inside)
		return;
	sb_json_add_str(to, "kernel", options->inside->kernel);
	sb_json_add_str(to, "kernel_config", options->inside->config_hash);
	list = cJSON_AddArrayToObject(to, "may_differ");
	for (size_t i = 0; i < SB_ARRAY_LEN(differing); i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(differing[i]));
	sb_json_add_str(to, "may_differ_too",
			"what own programs of exec flows make of RDRAND and RDTSC");
}

static void begin_manifest(struct sb_run *run)
{
	const struct sb_plan *plan = run->plan;
	char hash[24];
	struct utsname u;

	run->manifest = cJSON_CreateObject();
	sb_json_add_str(run->manifest, "satbed", sb_version);
	if (!uname(&u)) {
		sb_json_add_str(run->manifest, "kernel", u.release);
		sb_json_add_str(run->manifest, "machine", u.machine);
	}
	sb_json_add_i64(run->manifest, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	sb_json_add_u64(run->manifest, "seed", plan->seed);
	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(plan));
	sb_json_add_str(run->manifest, "timeline_xxh64", hash);
	sb_json_add_i64(run->manifest, "mtu", plan->mtu);
	sb_json_add_i64(run->manifest, "ip_version", plan->ip_version);
	add_clock(run->options, cJSON_AddObjectToObject(run->manifest, "clock"));
}

void sb_run_init(struct sb_run *run, const struct sb_plan *plan,
		 const struct sb_run_options *options)
{
	*run = (struct sb_run){
	    .plan = plan,
	    .options = options,
	    .flows = sb_alloc(plan->flow_count, sizeof(run->flows[0])),
	    .links = {.late_ns = sb_alloc(plan->step_count, sizeof(run->links.late_ns[0])),
		      .counters = sb_alloc(2 * plan->link_count, sizeof(run->links.counters[0])),
		      .bytes = sb_alloc(2 * plan->link_count, sizeof(run->links.bytes[0])),
		      .rtts = sb_alloc(plan->link_count, sizeof(run->links.rtts[0])),
		      .relays = sb_alloc(plan->link_count, sizeof(run->links.relays[0]))},
	    .up = {.unshaped = sb_run_rtt, .note = sb_run_note, .arg = run}};
	for (size_t i = 0; i < plan->step_count; i++)
		run->links.late_ns[i] = -1;
	for (size_t i = 0; i < plan->flow_count; i++) {
		struct sb_flow_end *ends[] = {&run->flows[i].server, &run->flows[i].client};

		for (size_t e = 0; e < 2; e++) {
			ends[e]->stream_bytes = sb_alloc(plan->flows[i].streams, sizeof(int64_t));
			ends[e]->stream_retransmits =
			    sb_alloc(plan->flows[i].streams, sizeof(int64_t));
		}
	}
	begin_manifest(run);
	run->up.manifest = run->manifest;
}

void sb_run_take_down(struct sb_run *run)
{
	int64_t begin_ns = sb_mono_ns();

	if (!run->up.tb)
		return;
	sb_testbed_down(&run->up);
	run->cost.down_ms += (double)(sb_mono_ns() - begin_ns) / 1e6;
}

void sb_run_fini(struct sb_run *run)
{
	sb_run_take_down(run);
	for (size_t i = 0; i < run->plan->flow_count; i++) {
		struct sb_flow_end *ends[] = {&run->flows[i].server, &run->flows[i].client};

		for (size_t e = 0; e < 2; e++) {
			free(ends[e]->stream_bytes);
			free(ends[e]->stream_retransmits);
			free(ends[e]->error);
		}
	}
	sb_live_free(run->own_live);
	sb_exec_free(run);
	sb_run_free_packets(run);
	sb_session_played_free(run->replay.session);
	free(run->flows);
	free(run->links.late_ns);
	free(run->links.counters);
	free(run->links.bytes);
	free(run->links.rtts);
	sb_run_free_path(run);
	sb_run_cost_free(run);
	sb_testbed_session_fini(&run->up);
	cJSON_Delete(run->manifest);
	free(run->end.cut_off);
	free(run->recovered_engine);
}
