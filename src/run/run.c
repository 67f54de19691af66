// SPDX-License-Identifier: MIT
/* run.c - a whole run, and everything put away whatever happens */
#include "satbed/run.h"

#include <inttypes.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "state.h"

/* From the order to start to the start: enough for every node to have read it; with what a daemon
 * takes to hand a line on. */
#define START_AHEAD_NS (30 * SB_NS_PER_MS)

static int start_all(struct sb_run *run, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc = 0;

	sb_run_cost_begin(run);
	run->t0_ns = sb_clock_begin(sb_mono_ns() + START_AHEAD_NS + run->up.tb->lag_ns);
	run->real_minus_mono_ns = sb_real_minus_mono_ns();
	sb_json_add_str(request, "op", "start");
	sb_json_add_i64(request, "t0_ns", run->t0_ns);
	/* What satbed does not carry itself is only seen on the links while it runs. */
	if (run->exec)
		sb_json_add_i64(request, "sample_ns", run->plan->sample_ns);
	for (int node = -1; !rc && node < (int)run->up.tb->node_count; node++)
		rc = sb_send(&run->up, node, request, err);
	cJSON_Delete(request);
	return rc;
}

/* Is there anything for which going on would be in vain? */
static int check_run(struct sb_run *run, struct sb_err *err)
{
	struct sb_testbed *tb = run->up.tb;

	if (run->end.broken.code != SB_OK) {
		*err = run->end.broken;
		return -1;
	}
	if (tb->ops->ended && tb->ops->ended(tb, err))
		return -1;
	return sb_events_flush(run, err) || sb_run_room_check(run, err) ? -1 : 0;
}

static bool ends_when_done(const struct sb_run *run)
{
	return run->options->until_done || run->plan->until_done;
}

static int watch_flows(struct sb_run *run, struct sb_err *err)
{
	int64_t planned_end_ns = run->t0_ns + run->plan->duration_ns;
	/* For the screen; on a virtual clock the samples that come are often enough. */
	int64_t look_ms = sb_clock_is_virtual() ? 1000 : 50;
	int rc = 0;

	sb_live_start(run->live, run->plan, run->t0_ns);
	sb_clock_keep(true);
	while (!rc && !sb_interrupted() && sb_mono_ns() < planned_end_ns &&
	       !(ends_when_done(run) && sb_run_all_done(run))) {
		int64_t next_ns = planned_end_ns, left_ms;

		if (sb_exec_tick(run, &next_ns, err)) {
			rc = -1;
			break;
		}
		left_ms = (next_ns - sb_mono_ns()) / SB_NS_PER_MS + 1;
		if (left_ms < 0)
			left_ms = 0;
		rc = sb_listen(&run->up, (int)(left_ms < look_ms ? left_ms : look_ms), err);
		if (!rc)
			rc = check_run(run, err);
		sb_run_show(run);
	}
	sb_clock_keep(false);
	sb_live_phase(run->live, "flows end");
	run->end.interrupted = run->up.ending = sb_interrupted();
	run->end_ns = sb_mono_ns() < planned_end_ns ? sb_mono_ns() : planned_end_ns;
	if (run->end_ns < run->t0_ns)
		run->end_ns = run->t0_ns;
	return rc || sb_exec_stop(run, err) || sb_run_stop_nodes(run, err) ||
		       sb_interop_judge(run, err) || sb_exec_collect_qlog(run, err)
		   ? -1
		   : 0;
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

static size_t steps_until_end(const struct sb_run *run)
{
	const struct sb_plan *plan = run->plan;
	size_t n = 0;

	while (n < plan->step_count && run->t0_ns + plan->steps[n].at_ns <= run->end_ns)
		n++;
	return n;
}

static int write_plan(struct sb_run *run, struct sb_err *err)
{
	cJSON *json = sb_plan_to_json(run->plan);
	int rc = sb_rundir_write_json(&run->dir, "plan.json", json, err);

	cJSON_Delete(json);
	return rc;
}

static int measure(struct sb_run *run, struct sb_err *err)
{
	const struct sb_plan *asked = run->plan;

	sb_info("%s: %zu client%s on engine %s, seed %" PRIu64, run->plan->name,
		run->plan->link_count, run->plan->link_count == 1 ? "" : "s", run->plan->engine,
		run->plan->seed);
	sb_live_phase(run->live, "testbed goes up");
	if (write_plan(run, err) || sb_run_testbed_up(run, err))
		return -1;
	/* As it was built: a daemon gives addresses and names of its own. */
	if (run->plan != asked && write_plan(run, err))
		return -1;
	sb_events_phase(run, "up");
	if (run->options->inside)
		sb_info("link backend %s: %s", run->up.link_backend, run->up.backend_why);
	else
		sb_info("up in %.0f ms; link backend %s: %s", run->cost.up_ms, run->up.link_backend,
			run->up.backend_why);
	if (sb_exec_serve(run, err) || sb_run_timer_probe(run, err) || sb_run_train(run, err) ||
	    start_all(run, err) || sb_run_state_write(run, false, err))
		return -1;
	sb_events_phase(run, "start");
	if (watch_flows(run, err))
		return -1;
	sb_events_phase(run, run->end.interrupted ? "interrupted" : "end");
	if (let_links_drain(run, err) || sb_run_stop_emulator(run, err) || sb_run_collect(run, err))
		return -1;
	sb_run_take_down(run);
	sb_events_phase(run, "down");
	sb_events_steps(run, steps_until_end(run));
	return 0;
}

/* Pages that are open turn into the report. */
static void finish_page(const struct sb_run *run, bool reported)
{
	sb_auto_free char *page = reported ? sb_rundir_path(&run->dir, "report.html") : NULL;

	sb_live_finish(run->own_live, page);
}

/* @broken: @err says why the run did not come to its end; what there is is reported all the same. */
static int finish(struct sb_run *run, int broken, int *exit_status, struct sb_err *err)
{
	struct sb_err why = {0}, *to = broken ? &why : err;
	struct sb_result *result = NULL;
	int rc = sb_run_analyse(run, &result, to);

	if (run->own_live)
		sb_live_leave(run->own_live);
	if (!rc) {
		sb_samples_captured(run, result);
		rc = sb_run_report(run, result, exit_status, to);
	}
	if (run->own_live)
		finish_page(run, rc == 0);
	if (sb_rundir_close(&run->dir, rc ? NULL : to))
		rc = -1;
	if (rc && broken)
		sb_warn("of what was measured until then: %s", why.msg);
	sb_result_free(result);
	sb_run_fini(run);
	return rc || broken ? -1 : 0;
}

/*
 * In a guest the analysis is left to who started it, which reads captures several times faster; but for what
 * is known here alone.
 */
static bool is_analysed_outside(const struct sb_run *run)
{
	return run->options->inside && !run->exec && !run->replay.frames && !run->replay.session;
}

static int leave(struct sb_run *run, int *exit_status, struct sb_err *err)
{
	int rc = sb_run_state_write(run, true, err);

	if (sb_rundir_close(&run->dir, rc ? NULL : err))
		rc = -1;
	sb_run_fini(run);
	*exit_status = 0;
	return rc;
}

int sb_run(const struct sb_plan *plan, const struct sb_run_options *options, int *exit_status,
	   struct sb_err *err)
{
	struct sb_run run;
	int rc;

	if (plan->clock == SB_CLOCK_VIRTUAL && !options->inside)
		return sb_run_in_guest(plan, options, exit_status, err);
	sb_run_init(&run, plan, options);
	if (sb_run_open_live(run.options, run.plan, &run.live, &run.own_live, err) ||
	    sb_rundir_open(&run.dir, options->out_dir, plan, err)) {
		sb_run_fini(&run);
		return -1;
	}
	sb_samples_header(run.dir.samples);
	rc = sb_run_room_begin(&run, err) || sb_exec_load(&run, err);
	if (!rc)
		rc = measure(&run, err);
	if (rc && !run.t0_ns) {
		/* Nothing was measured: no directory is better than one that looks like a result.
		 */
		sb_run_take_down(&run);
		sb_rundir_remove(&run.dir);
		sb_run_fini(&run);
		return -1;
	}
	if (rc)
		sb_run_salvage(&run, err);
	sb_run_take_down(&run);
	if (!rc && is_analysed_outside(&run))
		return leave(&run, exit_status, err);
	sb_live_phase(run.live, "captures are read");
	return finish(&run, rc, exit_status, err);
}
