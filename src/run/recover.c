// SPDX-License-Identifier: MIT
/*
 * recover.c - the report of a run that was cut off, from what its directory holds
 *
 * plan.json and run-state.json were written before the first packet, events.jsonl and samples.csv
 * line by line, the captures every 200 ms.  The last line of either and the last packet of a capture
 * may be torn.  Nothing in the directory is trusted.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"
#include "state.h"

#define LINE_MAX_BYTES (16u << 20)

/**
 * struct phases - what events.jsonl says of how far the run came; times since its start
 * @end_ns:	of its flows, -1 = they went on
 * @last_ns:	of the last line
 * @collected:	all captures are there, whole
 * @why:	it was cut off while satbed still ran; NULL = it was not
 */
struct phases {
	int64_t end_ns, last_ns;
	bool interrupted, collected;
	char *why;
};

/* --- events.jsonl --- */

static int64_t ns_of(const cJSON *line, const char *key, double unit_ns)
{
	double value;

	if (sb_json_get_double(line, "$", key, &value, NULL) || fabs(value) > 1e12)
		return -1;
	return (int64_t)llround(value * unit_ns);
}

static void take_phase(struct phases *p, const char *phase, const cJSON *line, int64_t t_ns)
{
	const char *why;

	if (!strcmp(phase, "end") || !strcmp(phase, "interrupted") || !strcmp(phase, "cut off"))
		p->end_ns = t_ns > 0 ? t_ns : 0;
	p->interrupted |= !strcmp(phase, "interrupted");
	p->collected |= !strcmp(phase, SB_PHASE_COLLECTED);
	if (!strcmp(phase, "cut off") && !p->why)
		p->why =
		    sb_strdup(sb_json_get_str(line, "$", "why", &why, NULL) ? "it broke" : why);
}

/* Steps stand there in the order of the plan, and each once. */
static void take_step(struct sb_run *run, const cJSON *line)
{
	int64_t late_ns = ns_of(line, "late_us", 1e3);

	if (run->disk.steps < run->plan->step_count)
		run->links.late_ns[run->disk.steps++] = late_ns < 0 ? -1 : late_ns;
}

static void take_event(struct sb_run *run, const cJSON *line, struct phases *p)
{
	const cJSON *done = cJSON_GetObjectItemCaseSensitive(line, "done");
	const cJSON *stopped = cJSON_GetObjectItemCaseSensitive(line, "stopped");
	int64_t t_ns = ns_of(line, "t_ms", SB_NS_PER_MS);
	const char *phase;

	if (t_ns > p->last_ns)
		p->last_ns = t_ns;
	if (!sb_json_get_str(line, "$", "phase", &phase, NULL))
		take_phase(p, phase, line, t_ns);
	if (cJSON_HasObjectItem(line, "cause"))
		take_step(run, line);
	if (cJSON_IsObject(done))
		sb_run_note_done(run, done);
	if (cJSON_IsObject(stopped) && !run->end.stopped)
		sb_run_note_stopped(run, stopped);
}

/* A line without an end was being written when the run was cut off. */
static int read_events(struct sb_run *run, struct phases *p, struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(&run->dir, "events.jsonl"), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;
	ssize_t len;

	if (!f)
		return errno == ENOENT ? 0 : sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	while ((len = getline(&line, &room, f)) > 0 && line[len - 1] == '\n') {
		cJSON *obj = (size_t)len > LINE_MAX_BYTES ? NULL : cJSON_Parse(line);

		if (cJSON_IsObject(obj))
			take_event(run, obj, p);
		cJSON_Delete(obj);
	}
	return sb_close_read(f, path, err);
}

/* --- samples.csv --- */

/* The torn last line goes, and rows from the captures that an earlier attempt wrote. */
static int open_samples(struct sb_run *run, struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(&run->dir, "samples.csv"), *line = NULL;
	FILE *f = fopen(path, "r+e");
	off_t whole = 0;
	size_t room = 0;
	ssize_t len;

	if (!f && errno == ENOENT)
		f = fopen(path, "w+xe");
	if (!f)
		return sb_fail(err, SB_EINPUT, errno, "cannot open %s", path);
	while ((len = getline(&line, &room, f)) > 0 && line[len - 1] == '\n' &&
	       !strstr(line, ",capture,"))
		whole += len;
	/* Only what was seen to be torn goes. */
	if (ferror(f))
		return sb_close_read(f, path, err);
	if (fseeko(f, whole, SEEK_SET) || ftruncate(fileno(f), whole)) {
		fclose(f);
		return sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	}
	run->dir.samples = f;
	if (!whole)
		sb_samples_header(f);
	return 0;
}

/* --- the whole --- */

static void settle_end(struct sb_run *run, const struct phases *p)
{
	int64_t planned_ns = run->t0_ns + run->plan->duration_ns;
	bool ended = p->end_ns >= 0 && run->end.stopped && p->collected;

	if (run->end.in_order && run->end.stopped)
		return;
	run->end.collected = p->collected;
	run->end.interrupted = p->interrupted;
	if (p->why)
		run->end.cut_off = sb_strdup(p->why);
	else if (!ended)
		run->end.cut_off = sb_strdup("satbed itself was killed, or the machine went down");
	if (p->end_ns >= 0)
		run->end_ns = run->t0_ns + p->end_ns;
	else if (!run->end.collected)
		run->end_ns = sb_run_captured_until(run);
	if (!run->end_ns || run->end_ns == INT64_MAX)
		run->end_ns = run->t0_ns + (p->last_ns > 0 ? p->last_ns : 0);
	if (!run->end.collected && p->end_ns >= 0) {
		int64_t until_ns = sb_run_captured_until(run);

		if (until_ns < run->end_ns)
			run->end_ns = until_ns;
	}
	if (run->end_ns > planned_ns)
		run->end_ns = planned_ns;
	if (run->end_ns < run->t0_ns)
		run->end_ns = run->t0_ns;
}

static int recover(struct sb_run *run, int *status, struct sb_err *err)
{
	struct phases p = {.end_ns = -1};
	struct sb_result *result = NULL;
	int rc;

	run->cost.down_ms = NAN;
	rc = sb_run_state_read(run, err) || read_events(run, &p, err) || open_samples(run, err);
	if (!rc) {
		settle_end(run, &p);
		rc = sb_run_analyse(run, &result, err);
	}
	if (!rc) {
		sb_samples_captured(run, result);
		rc = sb_run_report(run, result, status, err);
	}
	if (sb_rundir_close(&run->dir, rc ? NULL : err))
		rc = -1;
	sb_result_free(result);
	free(p.why);
	return rc ? -1 : 0;
}

bool sb_run_is_cut_off(const char *directory)
{
	sb_auto_free char *plan = sb_asprintf("%s/plan.json", directory);
	sb_auto_free char *run = sb_asprintf("%s/run.json", directory);

	return !access(plan, F_OK) && access(run, F_OK);
}

static int recover_with(const struct sb_run_options *options, int *status, struct sb_err *err)
{
	struct sb_plan *plan = NULL;
	struct sb_run run;
	int rc;

	if (sb_report_dir_plan(options->out_dir, &plan, err))
		return -1;
	sb_run_init(&run, plan, options);
	sb_rundir_reopen(&run.dir, options->out_dir, plan);
	rc = recover(&run, status, err);
	sb_run_fini(&run);
	sb_plan_free(plan);
	return rc;
}

int sb_run_recover(const char *directory, bool silent, struct sb_err *err)
{
	const struct sb_run_options options = {
	    .out_dir = directory, .plain = true, .silent = silent};
	int status;

	return recover_with(&options, &status, err);
}

int sb_run_analyse_outside(const struct sb_run_options *options, int *exit_status,
			   struct sb_err *err)
{
	return sb_run_is_cut_off(options->out_dir) ? recover_with(options, exit_status, err) : 1;
}
