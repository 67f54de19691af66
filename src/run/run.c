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
#include "satbed/report.h"
#include "state.h"

/* From the order to start to the start: enough for every node to have read it. */
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
			       .sky.fd = -1};
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
}

static void take_down(struct sb_run *run)
{
	int64_t begin_ns = sb_mono_ns();

	if (!run->tb)
		return;
	for (size_t i = 0; run->nodes && i < run->tb->node_count; i++)
		sb_lines_fini(&run->nodes[i]);
	sb_lines_fini(&run->sky);
	run->tb->ops->down(run->tb);
	run->tb = NULL;
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
	free(run->flows);
	free(run->late_ns);
	free(run->counters);
	free(run->nodes);
	free(run->link_backend);
	free(run->backend_why);
	cJSON_Delete(run->manifest);
}

static int start_all(struct sb_run *run, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc = 0;

	run->t0_ns = sb_mono_ns() + START_AHEAD_NS;
	run->real_minus_mono_ns = sb_real_minus_mono_ns();
	sb_json_add_str(request, "op", "start");
	sb_json_add_i64(request, "t0_ns", run->t0_ns);
	for (int node = -1; !rc && node < (int)run->tb->node_count; node++)
		rc = sb_run_tell(run, node, request, err);
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

	for (size_t i = 0; i < run->tb->node_count; i++)
		if (sb_run_tell_op(run, (int)i, "stop", err))
			return -1;
	while (!all_done(run) && sb_mono_ns() < deadline_ns)
		if (sb_run_listen(run, 100, err))
			return -1;
	return 0;
}

static int watch_flows(struct sb_run *run, struct sb_err *err)
{
	int64_t planned_end_ns = run->t0_ns + run->plan->duration_ns;
	struct sb_live live;
	int rc = 0;

	sb_live_start(&live, run);
	while (!rc && !sb_interrupted() && sb_mono_ns() < planned_end_ns) {
		int64_t left_ms = (planned_end_ns - sb_mono_ns()) / SB_NS_PER_MS + 1;

		rc = sb_run_listen(run, left_ms < 50 ? (int)left_ms : 50, err);
		sb_live_tick(&live, run);
	}
	sb_live_end(&live);
	run->interrupted = sb_interrupted();
	run->end_ns = run->interrupted ? sb_mono_ns() : planned_end_ns;
	if (run->end_ns < run->t0_ns)
		run->end_ns = run->t0_ns;
	return rc ? rc : stop_nodes(run, err);
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
		if (sb_run_listen(run, (int)((until_ns - sb_mono_ns()) / SB_NS_PER_MS) + 1, err))
			return -1;
	return 0;
}

static void read_counters(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *counters = cJSON_GetObjectItemCaseSensitive(stopped, "counters");
	const cJSON *captures = cJSON_GetObjectItemCaseSensitive(stopped, "captures");

	for (size_t i = 0; i < 2 * run->plan->link_count; i++) {
		const cJSON *c = cJSON_GetArrayItem(counters, (int)i);
		const cJSON *s = cJSON_GetArrayItem(captures, (int)i);
		struct sb_link_counters *to = &run->counters[i];
		struct sb_capture_stats *stats = &run->dir.captures[i].stats;
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
		sb_json_get_u64(s, "$", "received", &stats->received, NULL);
		sb_json_get_u64(s, "$", "dropped", &stats->dropped, NULL);
		sb_json_get_u64(s, "$", "interface_dropped", &stats->interface_dropped, NULL);
		sb_json_get_u64(s, "$", "written", &stats->written, NULL);
	}
}

static int stop_sky(struct sb_run *run, struct sb_err *err)
{
	int64_t begin_ns = sb_mono_ns();
	cJSON *stopped;

	if (sb_run_tell_op(run, -1, "stop", err) ||
	    sb_run_await(run, -1, "stopped", STOP_MS, &stopped, err))
		return -1;
	read_counters(run, stopped);
	cJSON_Delete(stopped);
	run->down_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	return 0;
}

static int measure(struct sb_run *run, struct sb_err *err)
{
	sb_info("%s: %zu client%s on engine %s, seed %" PRIu64, run->plan->name,
		run->plan->link_count, run->plan->link_count == 1 ? "" : "s", run->plan->engine,
		run->plan->seed);
	if (sb_run_raise(run, err))
		return -1;
	sb_events_phase(run, "up");
	sb_info("up in %.0f ms; link backend %s: %s", run->up_ms, run->link_backend,
		run->backend_why);
	if (sb_run_train(run, err) || start_all(run, err))
		return -1;
	sb_events_phase(run, "start");
	if (watch_flows(run, err))
		return -1;
	sb_events_phase(run, run->interrupted ? "interrupted" : "end");
	if (let_links_drain(run, err) || stop_sky(run, err))
		return -1;
	take_down(run);
	sb_events_phase(run, "down");
	sb_events_steps(run);
	return 0;
}

/* Sending and receiving end of a flow together, as analysis wants them. */
static struct sb_flow_report flow_report(const struct sb_run *run, size_t i)
{
	const struct sb_flow_state *f = &run->flows[i];
	bool up = run->plan->flows[i].dir == SB_UP;
	const struct sb_flow_end *from = up ? &f->client : &f->server,
				 *to = up ? &f->server : &f->client;
	int64_t end_ns = from->end_ns ? from->end_ns : run->end_ns;

	return (struct sb_flow_report){
	    .bytes = to->bytes,
	    .retransmits = from->done ? from->retransmits : -1,
	    .start_real_ns = (f->client.start_ns ? f->client.start_ns
						 : run->t0_ns + run->plan->flows[i].start_ns) +
			     run->real_minus_mono_ns,
	    .end_real_ns = end_ns + run->real_minus_mono_ns,
	};
}

static int analyse(struct sb_run *run, struct sb_result **result, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	struct sb_link_capture *links = sb_alloc(plan->link_count, sizeof(*links));
	struct sb_flow_report *flows = sb_alloc(plan->flow_count, sizeof(*flows));
	char **paths = sb_alloc(run->dir.capture_count, sizeof(*paths));
	struct sb_analysis_input in = {
	    .plan = plan,
	    .start_real_ns = run->t0_ns + run->real_minus_mono_ns,
	    .end_real_ns = run->end_ns + run->real_minus_mono_ns,
	    .links = links,
	    .flows = flows,
	    .step_lateness_ns = run->late_ns,
	    .exact_steps = run->exact_steps,
	};
	int rc;

	if (run->train_start_ns) {
		in.train_start_real_ns = run->train_start_ns + run->real_minus_mono_ns;
		in.train_end_real_ns = run->train_end_ns + run->real_minus_mono_ns;
	}
	for (size_t i = 0; i < run->dir.capture_count; i++)
		paths[i] = sb_rundir_path(&run->dir, run->dir.captures[i].file);
	for (size_t i = 0; i < plan->link_count; i++)
		links[i] =
		    (struct sb_link_capture){.client_pcap = paths[2 * i],
					     .server_pcap = paths[2 * i + 1],
					     .client_stats = run->dir.captures[2 * i].stats,
					     .server_stats = run->dir.captures[2 * i + 1].stats,
					     .counters = &run->counters[2 * i]};
	for (size_t i = 0; i < plan->flow_count; i++)
		flows[i] = flow_report(run, i);
	rc = sb_analyse(&in, result, err);
	for (size_t i = 0; i < run->dir.capture_count; i++)
		free(paths[i]);
	free(paths);
	free(links);
	free(flows);
	return rc;
}

static int tell(struct sb_run *run, const struct sb_result *result, int *exit_status,
		struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	const char **cc = sb_alloc(plan->flow_count, sizeof(*cc));
	const char **errors = sb_alloc(plan->flow_count, sizeof(*errors));
	struct sb_expect_result *expects = sb_alloc(plan->expect_count, sizeof(*expects));
	struct sb_report report = {.plan = plan,
				   .result = result,
				   .engine_kind = run->engine_kind,
				   .link_backend = run->link_backend,
				   .backend_why = run->backend_why,
				   .manifest = run->manifest,
				   .captures = run->dir.captures,
				   .capture_count = run->dir.capture_count,
				   .counters = run->counters,
				   .flow_cc = cc,
				   .flow_errors = errors,
				   .up_ms = run->up_ms,
				   .down_ms = run->down_ms,
				   .measured_s = (double)(run->end_ns - run->t0_ns) / 1e9,
				   .interrupted = run->interrupted,
				   .directory = run->dir.path};
	cJSON *json, *plan_json = sb_plan_to_json(plan);
	bool held;
	int rc;

	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow_state *f = &run->flows[i];
		const struct sb_flow_end *from =
		    plan->flows[i].dir == SB_UP ? &f->client : &f->server;

		cc[i] = from->cc[0] ? from->cc : NULL;
		errors[i] = f->client.error ? f->client.error : f->server.error;
	}
	held = sb_report_expects(&report, expects);
	json = sb_report_json(&report);
	rc = sb_rundir_write_json(&run->dir, "plan.json", plan_json, err);
	if (!rc)
		rc = sb_rundir_write_json(&run->dir, "run.json", json, err);
	if (!rc && run->options->json) {
		sb_auto_free char *text = cJSON_Print(json);

		puts(text ? text : "null");
	} else if (!rc) {
		sb_report_text(stdout, &report,
			       !run->options->plain && isatty(STDOUT_FILENO) &&
				   !getenv("NO_COLOR"));
	}
	*exit_status = run->interrupted ? 130 : held && result->verdict != SB_INVALID ? 0 : 1;
	cJSON_Delete(json);
	cJSON_Delete(plan_json);
	free(cc);
	free(errors);
	free(expects);
	return rc;
}

int sb_run(const struct sb_plan *plan, const struct sb_run_options *options, int *exit_status,
	   struct sb_err *err)
{
	struct sb_result *result = NULL;
	struct sb_run run;
	int rc;

	init_run(&run, plan, options);
	if (sb_rundir_open(&run.dir, options->out_dir, plan, err)) {
		fini_run(&run);
		return -1;
	}
	sb_samples_header(run.dir.samples);
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
	if (!rc)
		rc = analyse(&run, &result, err);
	if (!rc) {
		sb_samples_captured(&run, result);
		rc = tell(&run, result, exit_status, err);
	}
	if (sb_rundir_close(&run.dir, rc ? NULL : err))
		rc = -1;
	sb_result_free(result);
	fini_run(&run);
	return rc;
}
