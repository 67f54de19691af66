// SPDX-License-Identifier: MIT
/*
 * guest.c - a run on the virtual clock: in a guest, with this process as its window
 *
 * The guest's satbed makes the run directory's files, but for what only real time tells: that is
 * added here, and the page is made of it.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watch.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"
#include "satbed/guest.h"
#include "satbed/junit.h"
#include "satbed/kernel.h"
#include "satbed/report_dir.h"
#include "satbed/report_summary.h"
#include "run/state.h"

#define POLL_MS	   50
#define MEMORY_MIB 2048
#define JSON_MAX   (256u << 20)

struct outside {
	const struct sb_plan *plan;
	const struct sb_run_options *options;
	struct sb_live *live, *own_live;
	struct sb_kernel kernel;
	struct sb_rundir dir;
	struct sb_guest *guest;
	struct sb_guest_watch watch;
	bool heard, interrupt_sent, ended;
	int status;
	int64_t begin_ns;
	double wall_s;
};

/* --- the request --- */

static char *absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : sb_strdup(path);
}

/* What commands may look for, where the guest has a directory of its own over it. */
static void add_kept(const struct outside *o, const char *cwd, cJSON *request)
{
	cJSON *keep = cJSON_AddArrayToObject(request, "keep");

	cJSON_AddItemToArray(keep, cJSON_CreateString(cwd));
	if (o->options->scenario) {
		sb_auto_free char *file = absolute(o->options->scenario);
		char *slash = strrchr(file, '/');

		if (slash && slash != file) {
			*slash = '\0';
			cJSON_AddItemToArray(keep, cJSON_CreateString(file));
		}
	}
}

/* umask() would change it for a moment, and there may be other threads. */
static int64_t read_umask(void)
{
	sb_auto_free char *text = sb_proc_read(getpid(), "status", 1 << 16, NULL);
	const char *at = text ? sb_proc_status(text, "Umask") : NULL;

	return at ? strtol(at, NULL, 8) : 022;
}

/* Read once more inside: a capture is larger than what is made of it is long to read. */
static void add_source(const struct sb_run_options *options, cJSON *to)
{
	const struct sb_run_source *s = options->source;
	sb_auto_free char *file = absolute(s->file);

	sb_json_add_str(to, "kind", options->replay ? "packets" : "application");
	sb_json_add_str(to, "file", file);
	if (s->client)
		sb_json_add_str(to, "client", s->client);
	sb_json_add_i64(to, "speed_permille", s->speed_permille);
	sb_json_add_bool(to, "top_speed", s->top_speed);
}

/* splitmix64's increment: neighbouring repeats and seeds share nothing. */
static uint64_t packet_seed(const struct outside *o)
{
	return o->plan->seed + o->options->repeat * UINT64_C(0x9e3779b97f4a7c15);
}

static cJSON *plan_json(const struct outside *o)
{
	struct sb_plan plan = *o->plan;

	plan.seed = packet_seed(o);
	return sb_plan_to_json(&plan);
}

static bool is_coloured(const struct sb_run_options *options)
{
	return !options->plain && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static cJSON *make_request(const struct outside *o)
{
	const struct sb_run_options *options = o->options;
	const char *path = getenv("PATH");
	cJSON *request = cJSON_CreateObject();
	char cwd[PATH_MAX];

	if (!getcwd(cwd, sizeof(cwd)))
		strcpy(cwd, "/");
	cJSON_AddItemToObject(request, "plan", plan_json(o));
	sb_json_add_str(request, "kernel", o->kernel.version);
	sb_json_add_str(request, "kernel_config", o->kernel.hash);
	sb_json_add_str(request, "directory", options->known_as ? options->known_as : o->dir.path);
	sb_json_add_str(request, "cwd", cwd);
	if (path)
		sb_json_add_str(request, "path", path);
	sb_json_add_i64(request, "umask", read_umask());
	sb_json_add_bool(request, "silent", options->silent || options->json);
	sb_json_add_bool(request, "until_done", options->until_done);
	sb_json_add_bool(request, "junit", options->junit != NULL);
	sb_json_add_bool(request, "colour", is_coloured(options));
	if (options->scenario) {
		sb_auto_free char *file = absolute(options->scenario);

		sb_json_add_str(request, "scenario", file);
	}
	if (options->source)
		add_source(options, cJSON_AddObjectToObject(request, "source"));
	add_kept(o, cwd, request);
	return request;
}

/* --- while it runs --- */

/* As sb_log() writes them; what is in no such form is from a program that has something to say. */
static enum sb_log_level level_of(const char *line)
{
	static const struct {
		const char *start;
		enum sb_log_level level;
	} forms[] = {{"satbed: debug: ", SB_LOG_DEBUG},
		     {"satbed: warning: ", SB_LOG_WARN},
		     {"satbed: error: ", SB_LOG_ERROR},
		     {"satbed: ", SB_LOG_INFO}};

	for (size_t i = 0; i < SB_ARRAY_LEN(forms); i++)
		if (!strncmp(line, forms[i].start, strlen(forms[i].start)))
			return forms[i].level;
	return SB_LOG_ERROR;
}

static void log_lines(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (level_of(line) <= sb_log_level())
			sb_log_line(line);
}

/* The cases that the guest has gathered. */
static int write_junit(const char *text, const char *path, struct sb_err *err)
{
	cJSON *cases = cJSON_Parse(text);
	struct sb_junit junit = {0};
	const cJSON *one;
	int rc;

	if (!cJSON_IsArray(cases)) {
		cJSON_Delete(cases);
		return sb_fail(err, SB_EENGINE, 0, "%s: the guest's cases cannot be read", path);
	}
	cJSON_ArrayForEach(one, cases)
	{
		const char *suite = "", *name = "", *message = "";
		bool failed = true;

		sb_json_get_str(one, "$", "suite", &suite, NULL);
		sb_json_get_str(one, "$", "name", &name, NULL);
		sb_json_get_str(one, "$", "message", &message, NULL);
		sb_json_get_bool(one, "$", "failed", &failed, NULL);
		sb_junit_add(&junit, suite, name, failed, message);
	}
	rc = sb_junit_write(&junit, path, err);
	sb_junit_fini(&junit);
	cJSON_Delete(cases);
	return rc;
}

static int take_message(struct outside *o, const cJSON *obj, struct sb_err *err)
{
	const char *event = "", *text = "";
	int64_t number;

	sb_json_get_str(obj, "$", "ev", &event, NULL);
	if (sb_live_take(o->live, o->plan, obj) || !strcmp(event, "computing")) {
		sb_guest_watch_take(&o->watch, obj);
	} else if (!strcmp(event, "stderr") && !sb_json_get_str(obj, "$", "text", &text, NULL)) {
		sb_auto_free char *copy = sb_strdup(text);

		log_lines(copy);
	} else if (!strcmp(event, "stdout") && !sb_json_get_str(obj, "$", "text", &text, NULL)) {
		if (o->own_live)
			sb_live_leave(o->own_live);
		fputs(text, stdout);
	} else if (!strcmp(event, "junit") && !sb_json_get_str(obj, "$", "text", &text, NULL) &&
		   o->options->junit) {
		return write_junit(text, o->options->junit, err);
	} else if (!strcmp(event, "error")) {
		return sb_lines_check(obj, "", err);
	} else if (!strcmp(event, "ended")) {
		o->ended = true;
		if (!sb_json_get_i64(obj, "$", "signal", &number, NULL))
			return sb_fail(err, SB_EENGINE, 0,
				       "satbed in the guest ended by signal %d (%s)", (int)number,
				       strsignal((int)number));
		if (sb_json_get_i64(obj, "$", "status", &number, NULL))
			number = 4;
		o->status = (int)number;
	}
	return 0;
}

static int follow(struct outside *o, struct sb_err *err)
{
	int failed = 0;

	while (!o->ended) {
		cJSON *obj = NULL;
		int rc = sb_guest_receive(o->guest, POLL_MS, &obj, failed ? NULL : err);

		if (rc < 0)
			return -1;
		if (rc > 0 && take_message(o, obj, failed ? NULL : err))
			failed = -1;
		cJSON_Delete(obj);
		sb_live_serve(o->live);
		/* What is told before it listens is lost. */
		o->heard |= rc > 0;
		if (sb_interrupted() && o->heard && !o->interrupt_sent) {
			sb_guest_send(o->guest, SB_GUEST_INTERRUPT);
			o->interrupt_sent = true;
		}
		if (sb_guest_watch_check(&o->watch, o->guest, failed ? NULL : err))
			return -1;
	}
	if (sb_guest_out_of_memory(o->guest))
		return sb_fail(err, SB_EENGINE, 0, "the guest ran out of its %d MiB of memory: %s",
			       MEMORY_MIB, sb_guest_out_of_memory(o->guest));
	return failed ? failed : sb_guest_watch_verdict(&o->watch, err);
}

/* --- afterwards --- */

/* Both are of the whole guest, boot and analysis with it: what the user waited for. */
static void add_speed(const struct outside *o, cJSON *run_json)
{
	cJSON *manifest = cJSON_GetObjectItemCaseSensitive(run_json, "manifest");
	cJSON *clock = cJSON_GetObjectItemCaseSensitive(manifest, "clock");
	const cJSON *timings = cJSON_GetObjectItemCaseSensitive(run_json, "timings");
	double measured_s = 0;

	sb_json_get_double(timings, "$", "measured_s", &measured_s, NULL);
	sb_json_add_num(clock, "wall_s", round(o->wall_s * 1e3) / 1e3);
	sb_json_add_num(clock, "times_faster", round(measured_s / o->wall_s * 10) / 10);
	sb_info("virtual clock, kernel %s: %.1f s in %.1f s, %.1f times real time",
		o->kernel.version, measured_s, o->wall_s, measured_s / o->wall_s);
}

/* What the guest did not analyse itself. */
static int analyse(struct outside *o, struct sb_err *err)
{
	const struct sb_run_options *r = o->options;
	const struct sb_run_inside inside = {
	    .kernel = o->kernel.version,
	    .config_hash = o->kernel.hash,
	    .directory = r->known_as ? r->known_as : o->dir.path,
	    .colour = is_coloured(r),
	};
	const struct sb_run_options options = {.out_dir = o->dir.path,
					       .scenario = r->scenario,
					       .silent = r->silent || r->json,
					       .until_done = r->until_done,
					       .junit = r->junit,
					       .inside = &inside};

	if (!sb_run_is_cut_off(o->dir.path))
		return 0;
	if (o->own_live)
		sb_live_leave(o->own_live);
	else
		sb_live_phase(o->live, "captures are read");
	return sb_run_analyse_outside(&options, &o->status, err) < 0 ? -1 : 0;
}

static int finish_report(struct outside *o, struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(&o->dir, "run.json"), *text = NULL;
	cJSON *json;
	size_t len;
	int rc;

	/* A run that failed before anything was measured has none. */
	if (access(path, F_OK))
		return 0;
	if (sb_read_file(path, JSON_MAX, &text, &len, err))
		return -1;
	json = cJSON_ParseWithLength(text, len);
	if (!json)
		return sb_fail(err, SB_EENGINE, 0, "%s from the guest is no JSON", path);
	add_speed(o, json);
	rc = sb_rundir_write_json(&o->dir, "run.json", json, err);
	if (!rc)
		rc = sb_report_dir(o->dir.path, NULL, err);
	if (!rc && o->options->summary)
		rc = sb_report_summary(o->dir.path, o->options->summary, err);
	if (!rc && o->options->json && !o->options->silent) {
		sb_auto_free char *printed = cJSON_Print(json);

		puts(printed ? printed : "null");
	}
	cJSON_Delete(json);
	return rc;
}

/* Pages that are open turn into the report. */
static void finish_page(const struct outside *o)
{
	sb_auto_free char *page = sb_rundir_path(&o->dir, "report.html");

	sb_live_finish(o->own_live, access(page, R_OK) ? NULL : page);
}

static int start(struct outside *o, struct sb_err *err)
{
	cJSON *request = make_request(o);
	struct sb_guest_options options = {.kernel = o->kernel.program,
					   .seed = packet_seed(o),
					   .directory = o->dir.path,
					   .request = request,
					   .memory_mib = MEMORY_MIB};
	int rc = sb_guest_start(&options, &o->guest, err);

	cJSON_Delete(request);
	return rc;
}

/* A guest that died has not analysed what it measured: its files are here, and report it. */
static void report_remains(const struct outside *o)
{
	struct sb_err err = {0};

	if (!o->dir.path || !sb_run_is_cut_off(o->dir.path))
		return;
	if (sb_run_recover(o->dir.path, o->options->silent || o->options->json, &err))
		sb_warn("of what was measured until then: %s", err.msg);
	else
		sb_warn("what was measured until then is reported in %s", o->dir.path);
}

int sb_run_in_guest(const struct sb_plan *plan, const struct sb_run_options *options,
		    int *exit_status, struct sb_err *err)
{
	struct outside o = {.plan = plan, .options = options, .begin_ns = sb_mono_ns()};
	int rc = sb_kernel_find(plan->kernel, &o.kernel, err);

	if (!rc)
		rc = sb_run_open_live(o.options, o.plan, &o.live, &o.own_live, err);
	if (!rc)
		rc = sb_rundir_reserve(&o.dir, options->out_dir, plan, err);
	if (!rc) {
		sb_live_phase(o.live, "the guest starts");
		rc = start(&o, err) || follow(&o, err) ? -1 : 0;
		sb_guest_end(o.guest);
		if (!rc && o.status == 0)
			rc = analyse(&o, err);
		o.wall_s = (double)(sb_mono_ns() - o.begin_ns) / 1e9;
		if (o.own_live)
			sb_live_leave(o.own_live);
		if (rc && !sb_interrupted())
			report_remains(&o);
		if (finish_report(&o, rc ? NULL : err))
			rc = -1;
		if (o.own_live)
			finish_page(&o);
		/* Nothing is in it when nothing was measured; then it goes. */
		if (rc && o.dir.path)
			rmdir(o.dir.path);
	}
	*exit_status = o.status;
	sb_live_free(o.own_live);
	sb_kernel_fini(&o.kernel);
	free(o.dir.path);
	return rc;
}
