// SPDX-License-Identifier: MIT
/* result.c - from what a run left behind to its report */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"
#include "satbed/report_summary.h"
#include "satbed/report.h"
#include "state.h"

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
	    .busy_us = from->done ? from->busy_us : -1,
	    .rwnd_us = from->done ? from->rwnd_us : -1,
	    .sndbuf_us = from->done ? from->sndbuf_us : -1,
	    .start_real_ns = (f->client.start_ns ? f->client.start_ns
						 : run->t0_ns + run->plan->flows[i].start_ns) +
			     run->real_minus_mono_ns,
	    .end_real_ns = end_ns + run->real_minus_mono_ns,
	};
}

/* What packets wait for processors, and what those can carry, the virtual clock does not show. */
static void forget_processors(struct sb_result *result)
{
	for (size_t i = 0; i < result->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			result->links[i][dir].path_cost_ms = NAN;
			result->links[i][dir].ceiling_bps = NAN;
		}
}

int sb_run_analyse(struct sb_run *run, struct sb_result **result, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;
	struct sb_link_capture *links = sb_alloc(plan->link_count, sizeof(*links));
	struct sb_flow_report *flows = sb_alloc(plan->flow_count, sizeof(*flows));
	char **paths = sb_alloc(run->dir.capture_count, sizeof(*paths));
	size_t points = sb_plan_points(plan);
	struct sb_analysis_input in = {
	    .plan = plan,
	    .start_real_ns = run->t0_ns + run->real_minus_mono_ns,
	    .end_real_ns = run->end_ns + run->real_minus_mono_ns,
	    .links = links,
	    .relays = sb_plan_is_split(plan) ? run->links.relays : NULL,
	    .flows = flows,
	    .step_lateness_ns = run->links.late_ns,
	    .host_baseline = run->links.host_baseline,
	    .exact_steps = run->up.exact_steps,
	    .cut_off = run->end.cut_off,
	    .spill_dir = run->dir.path,
	    .captures_closed = run->end.collected,
	};
	int rc;

	if (run->train_start_ns) {
		in.train_start_real_ns = run->train_start_ns + run->real_minus_mono_ns;
		in.train_end_real_ns = run->train_end_ns + run->real_minus_mono_ns;
	}
	for (size_t i = 0; i < run->dir.capture_count; i++)
		paths[i] = sb_rundir_path(&run->dir, run->dir.captures[i].file);
	for (size_t i = 0; i < plan->link_count; i++) {
		links[i].counters = run->end.stopped ? &run->links.counters[2 * i] : NULL;
		for (size_t point = 0; point < points; point++) {
			links[i].pcap[point] = paths[points * i + point];
			links[i].stats[point] = run->dir.captures[points * i + point].stats;
		}
	}
	for (size_t i = 0; i < plan->flow_count; i++)
		flows[i] = flow_report(run, i);
	rc = sb_analyse(&in, result, err);
	if (!rc && run->options->inside)
		forget_processors(*result);
	for (size_t i = 0; i < run->dir.capture_count; i++)
		free(paths[i]);
	free(paths);
	free(links);
	free(flows);
	return rc;
}

static const struct sb_flow_end *receiver(const struct sb_run *run, size_t i)
{
	const struct sb_flow_state *f = &run->flows[i];

	return run->plan->flows[i].dir == SB_UP ? &f->server : &f->client;
}

static struct sb_flow_outcome transfer_outcome(const struct sb_run *run, size_t i)
{
	const struct sb_flow_state *f = &run->flows[i];
	const struct sb_flow_end *to = receiver(run, i);
	const struct sb_flow_end *from = to == &f->client ? &f->server : &f->client;
	struct sb_flow_outcome o = {
	    .kind = SB_FLOW_FILE,
	    .complete = to->complete_ns > 0 && to->damaged_at < 0,
	    .damaged_at = to->done ? to->damaged_at : -1,
	    .attempts = f->client.attempts,
	    .arrived_bytes = to->bytes,
	    .wasted_bytes = from->sent_bytes > to->bytes ? from->sent_bytes - to->bytes : 0,
	    .completion_s = NAN,
	};

	if (o.complete)
		o.completion_s = (double)(to->complete_ns - f->client.start_ns) / 1e9;
	return o;
}

static struct sb_flow_outcome outcome(const struct sb_run *run, size_t i)
{
	const struct sb_flow_end *client = &run->flows[i].client;
	struct sb_flow_outcome o = {.kind = run->plan->flows[i].kind, .completion_s = NAN};

	if (o.kind == SB_FLOW_FILE)
		return transfer_outcome(run, i);
	if (o.kind == SB_FLOW_EXEC && run->exec)
		sb_exec_outcome(run, i, &o);
	if (o.kind != SB_FLOW_RR)
		return o;
	o.asked = client->done ? client->asked : -1;
	o.answered = client->done ? client->answered : -1;
	o.timeouts = client->done ? client->timeouts : -1;
	for (size_t k = 0; k < SB_LATENCIES; k++)
		o.latency_ms[k] = client->answered ? (double)client->latency_ns[k] / 1e6 : NAN;
	return o;
}

static const char *flow_error(const struct sb_run *run, size_t i)
{
	const struct sb_flow_state *f = &run->flows[i];
	const struct sb_flow_end *to = receiver(run, i);

	/* What the receiver has whole, the sender need not have been told. */
	if (run->plan->flows[i].kind == SB_FLOW_FILE && to->complete_ns > 0)
		return to->error;
	/* A relay takes what fits into its buffers at once, and nothing for a long time after it.
	 */
	if (run->plan->flows[i].kind == SB_FLOW_BULK && sb_plan_is_split(run->plan))
		return to->error;
	return f->client.error ? f->client.error : f->server.error;
}

/* What no expectation need be written for. */
static bool has_failed(const struct sb_flow_outcome *o)
{
	return o->failed || (o->kind == SB_FLOW_FILE && o->damaged_at >= 0);
}

static bool use_colour(const struct sb_run_options *o)
{
	if (o->inside)
		return o->inside->colour;
	return !o->plain && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

/**
 * struct gathered - what a report says, and what of it is this run's to free
 * @failed:	a flow or a session did not do what it was to
 */
struct gathered {
	struct sb_report report;
	const char **cc, **errors;
	struct sb_flow_outcome *outcomes;
	struct sb_replayed replayed[2];
	struct sb_session_result *session;
	bool failed;
};

static void gather_flows(const struct sb_run *run, struct gathered *g)
{
	const struct sb_plan *plan = run->plan;

	g->cc = sb_alloc(plan->flow_count, sizeof(*g->cc));
	g->errors = sb_alloc(plan->flow_count, sizeof(*g->errors));
	g->outcomes = sb_alloc(plan->flow_count, sizeof(*g->outcomes));
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow_state *f = &run->flows[i];
		const struct sb_flow_end *from =
		    plan->flows[i].dir == SB_UP ? &f->client : &f->server;

		g->cc[i] = from->cc[0] ? from->cc : NULL;
		g->outcomes[i] = outcome(run, i);
		g->errors[i] = flow_error(run, i);
		g->failed |= has_failed(&g->outcomes[i]);
	}
	g->report.flow_cc = g->cc;
	g->report.flow_errors = g->errors;
	g->report.outcomes = g->outcomes;
}

static void gather_replay(struct sb_run *run, struct sb_result *result, struct gathered *g)
{
	struct sb_err why = {0};

	if (!run->replay.frames)
		return;
	if (sb_run_replayed(run, g->replayed, &why)) {
		sb_result_add_reason(result, SB_INVALID, SB_REASON_REPLAY_INCOMPLETE,
				     "what became of the replayed packets is not known: %s",
				     why.msg);
		return;
	}
	g->report.replay = run->options->replay;
	g->report.replay_frames = run->replay.frames;
	g->report.replayed = g->replayed;
	sb_run_judge_replay(run, g->replayed, result);
}

static void gather_session(const struct sb_run *run, struct sb_result *result, struct gathered *g)
{
	const struct sb_session *session = run->options->session;

	if (!run->replay.session)
		return;
	if (session->damage[0])
		sb_result_add_reason(result, SB_WARN, SB_REASON_REPLAY_DAMAGED,
				     "the capture was replayed in part: it is %s", session->damage);
	g->session = sb_alloc(session->flow_count + 1, sizeof(*g->session));
	sb_session_judge(run->replay.session, g->session);
	g->report.session = session;
	g->report.session_results = g->session;
	for (size_t i = 0; i < session->flow_count; i++)
		g->failed |= !g->session[i].complete;
}

static void gather(struct sb_run *run, struct sb_result *result, struct gathered *g)
{
	const struct sb_run_options *o = run->options;

	*g = (struct gathered){
	    .report = {.plan = run->plan,
		       .result = result,
		       .engine_kind = run->up.engine_kind,
		       .link_backend = run->up.link_backend,
		       .backend_why = run->up.backend_why,
		       .manifest = run->manifest,
		       .cpu = run->cost.json,
		       .captures = run->dir.captures,
		       .capture_count = run->dir.capture_count,
		       .captures_known = run->end.stopped,
		       .counters = run->end.stopped ? run->links.counters : NULL,
		       .rtts = run->links.rtts,
		       .up_ms = o->inside ? NAN : run->cost.up_ms,
		       .down_ms = o->inside ? NAN : run->cost.down_ms,
		       .measured_s = (double)(run->end_ns - run->t0_ns) / 1e9,
		       .interrupted = run->end.interrupted,
		       .cut_off = run->end.cut_off,
		       .cut_off_unix_s = (double)(run->end_ns + run->real_minus_mono_ns) / 1e9,
		       .directory = o->inside	  ? o->inside->directory
				    : o->known_as ? o->known_as
						  : run->dir.path}};
	gather_flows(run, g);
	gather_replay(run, result, g);
	gather_session(run, result, g);
}

static void forget(struct gathered *g)
{
	free(g->cc);
	free(g->errors);
	free(g->outcomes);
	free(g->session);
}

static int write_junit(const struct sb_report *report, const char *path, struct sb_err *err)
{
	struct sb_junit junit = {0};
	int rc;

	sb_report_junit(report, &junit);
	rc = sb_junit_write(&junit, path, err);
	sb_junit_fini(&junit);
	return rc;
}

static int write_files(struct sb_run *run, const struct sb_report *report, const cJSON *json,
		       struct sb_err *err)
{
	const struct sb_run_options *o = run->options;

	if (sb_rundir_write_json(&run->dir, "run.json", json, err) ||
	    sb_run_page(run, report->result, err))
		return -1;
	sb_rundir_remove_file(&run->dir, SB_RUN_STATE_FILE);
	if (o->junit && write_junit(report, o->junit, err))
		return -1;
	return o->summary ? sb_report_summary(run->dir.path, o->summary, err) : 0;
}

static void print(const struct sb_run_options *o, const struct sb_report *report, const cJSON *json)
{
	sb_auto_free char *text = NULL;

	if (o->silent)
		return;
	if (!o->json) {
		sb_report_text(stdout, report, use_colour(o));
		return;
	}
	text = cJSON_Print(json);
	puts(text ? text : "null");
}

int sb_run_report(struct sb_run *run, struct sb_result *result, int *exit_status,
		  struct sb_err *err)
{
	struct sb_expect_result *expects = sb_alloc(run->plan->expect_count, sizeof(*expects));
	struct gathered g;
	cJSON *json;
	bool met;
	int rc;

	gather(run, result, &g);
	met = sb_report_expects(&g.report, expects);
	json = sb_report_json(&g.report);
	rc = write_files(run, &g.report, json, err);
	/* Whatever could not be written: what was found is said. */
	print(run->options, &g.report, json);
	*exit_status = run->end.interrupted				   ? 130
		       : met && !g.failed && result->verdict != SB_INVALID ? 0
									   : 1;
	cJSON_Delete(json);
	forget(&g);
	free(expects);
	return rc;
}
