// SPDX-License-Identifier: MIT
/* events.c - what happened when, into events.jsonl */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

/* What a killed process takes with it. */
#define FLUSH_NS (200 * SB_NS_PER_MS)

static void write_line(struct sb_run *run, cJSON *obj)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(obj);

	if (text)
		fprintf(run->dir.events, "%s\n", text);
	cJSON_Delete(obj);
}

/* Milliseconds since the start of the timeline, to the microsecond; negative before it. */
static double since_start_ms(const struct sb_run *run, int64_t mono_ns)
{
	return round((double)(mono_ns - run->t0_ns) / 1e3) / 1e3;
}

void sb_events_phase(struct sb_run *run, const char *phase)
{
	int64_t now_ns = sb_mono_ns();
	cJSON *obj = cJSON_CreateObject();

	if (run->t0_ns)
		sb_json_add_num(obj, "t_ms", since_start_ms(run, now_ns));
	sb_json_add_num(obj, "unix_s", round((double)sb_real_ns() / 1e3) / 1e6);
	sb_json_add_str(obj, "phase", phase);
	write_line(run, obj);
}

void sb_events_cut_off(struct sb_run *run)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_num(obj, "t_ms", since_start_ms(run, run->end_ns));
	sb_json_add_num(obj, "unix_s", round((double)sb_real_ns() / 1e3) / 1e6);
	sb_json_add_str(obj, "phase", "cut off");
	sb_json_add_str(obj, "why", run->end.cut_off);
	write_line(run, obj);
}

void sb_events_done(struct sb_run *run, const char *key, const cJSON *said)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_num(obj, "t_ms", since_start_ms(run, sb_mono_ns()));
	cJSON_AddItemToObject(obj, key, cJSON_Duplicate(said, true));
	write_line(run, obj);
}

int sb_events_flush(struct sb_run *run, struct sb_err *err)
{
	int64_t now_ns = sb_mono_ns();

	if (now_ns < run->disk.flushed_ns + FLUSH_NS)
		return 0;
	run->disk.flushed_ns = now_ns;
	if (fflush(run->dir.events) || fflush(run->dir.samples))
		return sb_rundir_no_room(&run->dir, "events.jsonl and samples.csv", errno, err);
	return 0;
}

void sb_events_steps(struct sb_run *run, size_t end)
{
	const struct sb_plan *plan = run->plan;

	for (; run->disk.steps < end && run->disk.steps < plan->step_count; run->disk.steps++) {
		size_t i = run->disk.steps;
		const struct sb_step *step = &plan->steps[i];
		cJSON *obj = cJSON_CreateObject();
		char node[SB_NAME_MAX];

		sb_json_add_num(obj, "t_ms", (double)step->at_ns / 1e6);
		sb_json_add_str(obj, "cause", sb_cause_name((enum sb_step_cause)step->cause));
		if (step->event >= 0)
			sb_json_add_str(obj, "event", plan->events[step->event].name);
		sb_json_add_str(obj, "client", sb_link_name(node, run->plan, step->link));
		sb_json_add_str(obj, "direction", sb_dir_name(step->dir));
		sb_json_add_num(obj, "delay_ms", (double)step->state.delay_ns / 1e6);
		sb_json_add_num(obj, "rate_bps",
				step->state.rate_bps ? (double)step->state.rate_bps : NAN);
		sb_json_add_num(obj, "loss", sb_loss_mean(&step->state.loss));
		sb_json_add_bool(obj, "outage", step->state.outage);
		sb_json_add_num(obj, "late_us",
				run->links.late_ns[i] < 0 ? NAN
							  : (double)run->links.late_ns[i] / 1e3);
		write_line(run, obj);
	}
}
