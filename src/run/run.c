// SPDX-License-Identifier: MIT
/* run.c - a whole run, and everything put away whatever happens */
#include "satbed/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/version.h"
#include "state.h"

/* From the order to start to the start: enough for every node to have read it; with what a daemon
 * takes to hand a line on. */
#define START_AHEAD_NS (30 * SB_NS_PER_MS)
#define DONE_GRACE_NS  (3 * SB_NS_PER_S)
#define STOP_MS	       20000

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
}

static void init_run(struct sb_run *run, const struct sb_plan *plan,
		     const struct sb_run_options *options)
{
	*run = (struct sb_run){.plan = plan,
			       .options = options,
			       .flows = sb_alloc(plan->flow_count, sizeof(run->flows[0])),
			       .late_ns = sb_alloc(plan->step_count, sizeof(run->late_ns[0])),
			       .counters = sb_alloc(2 * plan->link_count, sizeof(run->counters[0])),
			       .rtts = sb_alloc(plan->link_count, sizeof(run->rtts[0])),
			       .relays = sb_alloc(plan->link_count, sizeof(run->relays[0])),
			       .up = {.unshaped = sb_run_rtt, .note = sb_run_note, .arg = run}};
	for (size_t i = 0; i < plan->step_count; i++)
		run->late_ns[i] = -1;
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

static void take_down(struct sb_run *run)
{
	int64_t begin_ns = sb_mono_ns();

	if (!run->up.tb)
		return;
	sb_testbed_down(&run->up);
	run->down_ms += (double)(sb_mono_ns() - begin_ns) / 1e6;
}

static void fini_run(struct sb_run *run)
{
	take_down(run);
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
	sb_session_played_free(run->session);
	free(run->flows);
	free(run->late_ns);
	free(run->counters);
	free(run->rtts);
	sb_run_free_path(run);
	sb_run_cost_free(run);
	sb_testbed_session_fini(&run->up);
	cJSON_Delete(run->manifest);
}

static int start_all(struct sb_run *run, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc = 0;

	sb_run_cost_begin(run);
	run->t0_ns = sb_mono_ns() + START_AHEAD_NS + run->up.tb->lag_ns;
	run->real_minus_mono_ns = sb_real_minus_mono_ns();
	sb_json_add_str(request, "op", "start");
	sb_json_add_i64(request, "t0_ns", run->t0_ns);
	for (int node = -1; !rc && node < (int)run->up.tb->node_count; node++)
		rc = sb_send(&run->up, node, request, err);
	cJSON_Delete(request);
	return rc;
}

static bool all_done(const struct sb_run *run)
{
	for (size_t i = 0; i < run->plan->flow_count; i++)
		if (!run->flows[i].server.done || !run->flows[i].client.done)
			return false;
	return true;
}

static int stop_nodes(struct sb_run *run, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + DONE_GRACE_NS;

	for (size_t i = 0; i < run->up.tb->node_count; i++)
		if (sb_send_op(&run->up, (int)i, "stop", err))
			return -1;
	while (!all_done(run) && sb_mono_ns() < deadline_ns)
		if (sb_listen(&run->up, 100, err))
			return -1;
	return 0;
}

static int watch_flows(struct sb_run *run, struct sb_err *err)
{
	int64_t planned_end_ns = run->t0_ns + run->plan->duration_ns;
	int rc = 0;

	sb_live_start(run->live, run->plan, run->t0_ns);
	while (!rc && !sb_interrupted() && sb_mono_ns() < planned_end_ns &&
	       !(run->options->until_done && all_done(run))) {
		int64_t next_ns = planned_end_ns, left_ms;

		if (sb_exec_tick(run, &next_ns, err)) {
			rc = -1;
			break;
		}
		left_ms = (next_ns - sb_mono_ns()) / SB_NS_PER_MS + 1;
		if (left_ms < 0)
			left_ms = 0;
		rc = sb_listen(&run->up, left_ms < 50 ? (int)left_ms : 50, err);
		sb_run_show(run);
	}
	sb_live_phase(run->live, "flows end");
	run->interrupted = run->up.ending = sb_interrupted();
	run->end_ns = sb_mono_ns() < planned_end_ns ? sb_mono_ns() : planned_end_ns;
	if (run->end_ns < run->t0_ns)
		run->end_ns = run->t0_ns;
	return rc || sb_exec_stop(run, err) || stop_nodes(run, err) ? -1 : 0;
}

/* Packets sent in time may still be under way; they belong to the run. */
static int let_links_drain(struct sb_run *run, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	int64_t longest_ns = 0, until_ns;

	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct sb_link_dir *dir = &plan->links[i / 2].dir[i % 2];
		int64_t ns = dir->max_delay_ns;

		if (dir->initial.rate_bps)
			ns += (int64_t)(dir->queue_bytes * 8 * 1000000 /
					(dir->initial.rate_bps / 1000 + 1));
		longest_ns = ns > longest_ns ? ns : longest_ns;
	}
	if (longest_ns > 2 * SB_NS_PER_S)
		longest_ns = 2 * SB_NS_PER_S;
	until_ns = run->end_ns + longest_ns + 20 * SB_NS_PER_MS;
	while (sb_mono_ns() < until_ns)
		if (sb_listen(&run->up, (int)((until_ns - sb_mono_ns()) / SB_NS_PER_MS) + 1, err))
			return -1;
	return 0;
}

static void read_counters(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *counters = cJSON_GetObjectItemCaseSensitive(stopped, "counters");
	const cJSON *captures = cJSON_GetObjectItemCaseSensitive(stopped, "captures");

	for (size_t i = 0; i < 2 * run->plan->link_count; i++) {
		const cJSON *c = cJSON_GetArrayItem(counters, (int)i);
		struct sb_link_counters *to = &run->counters[i];
		const struct {
			const char *key;
			int64_t *value;
		} fields[] = {{"arrived", &to->arrived},
			      {"sent", &to->sent},
			      {"lost", &to->lost},
			      {"outage", &to->outage},
			      {"queue_dropped", &to->queue_dropped},
			      {"duplicated", &to->duplicated},
			      {"reordered", &to->reordered},
			      {"corrupted", &to->corrupted},
			      {"failed", &to->failed},
			      {"late", &to->late}};

		for (size_t f = 0; f < SB_ARRAY_LEN(fields); f++)
			if (sb_json_get_i64(c, "$", fields[f].key, fields[f].value, NULL))
				*fields[f].value = -1;
	}
	for (size_t i = 0; i < run->dir.capture_count; i++) {
		const cJSON *s = cJSON_GetArrayItem(captures, (int)i);
		struct sb_capture_stats *stats = &run->dir.captures[i].stats;

		sb_json_get_u64(s, "$", "received", &stats->received, NULL);
		sb_json_get_u64(s, "$", "dropped", &stats->dropped, NULL);
		sb_json_get_u64(s, "$", "interface_dropped", &stats->interface_dropped, NULL);
		sb_json_get_u64(s, "$", "written", &stats->written, NULL);
	}
}

static int stop_emulator(struct sb_run *run, struct sb_err *err)
{
	int64_t begin_ns = sb_mono_ns();
	cJSON *stopped;

	if (sb_send_op(&run->up, SB_EMULATOR, "stop", err) ||
	    sb_wait_reply(&run->up, SB_EMULATOR, "stopped", STOP_MS, &stopped, err))
		return -1;
	read_counters(run, stopped);
	sb_run_note_path(run, stopped);
	sb_run_cost_end(run, stopped);
	sb_run_note_cpu(run, stopped);
	cJSON_Delete(stopped);
	run->down_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	return 0;
}

static int collect(struct sb_run *run, struct sb_err *err)
{
	struct sb_testbed *tb = run->up.tb;

	return tb->ops->collect ? tb->ops->collect(tb, err) : 0;
}

static int measure(struct sb_run *run, struct sb_err *err)
{
	sb_info("%s: %zu client%s on engine %s, seed %" PRIu64, run->plan->name,
		run->plan->link_count, run->plan->link_count == 1 ? "" : "s", run->plan->engine,
		run->plan->seed);
	sb_live_phase(run->live, "testbed goes up");
	if (sb_run_testbed_up(run, err))
		return -1;
	sb_events_phase(run, "up");
	sb_info("up in %.0f ms; link backend %s: %s", run->up_ms, run->up.link_backend,
		run->up.backend_why);
	if (sb_exec_serve(run, err) || sb_run_timer_probe(run, err) || sb_run_train(run, err) ||
	    start_all(run, err))
		return -1;
	sb_events_phase(run, "start");
	if (watch_flows(run, err))
		return -1;
	sb_events_phase(run, run->interrupted ? "interrupted" : "end");
	if (let_links_drain(run, err) || stop_emulator(run, err) || collect(run, err))
		return -1;
	take_down(run);
	sb_events_phase(run, "down");
	sb_events_steps(run);
	return 0;
}

static int open_live(struct sb_run *run, struct sb_err *err)
{
	const struct sb_run_options *o = run->options;
	struct sb_live_options own = {.plain = o->plain, .quiet = o->quiet, .metrics = o->metrics};

	run->live = o->live;
	if (run->live)
		return 0;
	if (sb_live_new(&own, &run->own_live, err))
		return -1;
	run->live = run->own_live;
	sb_live_run(run->live, run->plan, 1, 1, NULL);
	return 0;
}

int sb_run(const struct sb_plan *plan, const struct sb_run_options *options, int *exit_status,
	   struct sb_err *err)
{
	struct sb_result *result = NULL;
	struct sb_run run;
	int rc;

	init_run(&run, plan, options);
	if (open_live(&run, err) || sb_rundir_open(&run.dir, options->out_dir, plan, err)) {
		fini_run(&run);
		return -1;
	}
	sb_samples_header(run.dir.samples);
	rc = sb_exec_load(&run, err);
	if (!rc)
		rc = measure(&run, err);
	if (rc && !run.t0_ns) {
		/* Nothing was measured: no directory is better than one that looks like a result.
		 */
		take_down(&run);
		sb_rundir_remove(&run.dir);
		fini_run(&run);
		return -1;
	}
	take_down(&run);
	sb_live_phase(run.live, "captures are read");
	if (!rc)
		rc = sb_run_analyse(&run, &result, err);
	if (run.own_live)
		sb_live_leave(run.own_live);
	if (!rc) {
		sb_samples_captured(&run, result);
		rc = sb_run_report(&run, result, exit_status, err);
	}
	if (sb_rundir_close(&run.dir, rc ? NULL : err))
		rc = -1;
	sb_result_free(result);
	fini_run(&run);
	return rc;
}
