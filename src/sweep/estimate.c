// SPDX-License-Identifier: MIT
/* estimate.c - what a sweep takes of time, disk and memory, before its first run */
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "going.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/plan_room.h"

#define RUN_MAX	  (64u << 20)
#define SHOWN	  20	/* runs of a dry run, by name */
#define GUEST_B	  250e6 /* of a guest: as much as its run uses, of the 2 GiB that it may */
#define FASTER	  15.0	/* than real time, on the virtual clock: leo-lossy on a machine of 2026 */
#define BOOT_S	  0.5
#define PAGE_B	  200e3	 /* of report.html without data; plan_room.h takes a MiB to be safe */
#define FILE_B	  4096.0 /* what a file takes at least */
#define RUN_FILES 12
#define ROW_B	  3000.0 /* of results.sqlite, a run */

/* Of a run's directory without its captures. */
static double size_of_run(const char *path)
{
	static const char *const names[] = {"run.json",	   "report.html",  "series.json",
					    "samples.csv", "events.jsonl", "plan.json"};
	double bytes = RUN_FILES * FILE_B;

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		sb_auto_free char *file = sb_asprintf("%s/%s", path, names[i]);
		struct stat st;

		if (!stat(file, &st))
			bytes += (double)st.st_size;
	}
	return bytes;
}

static double wall_of_run(const char *path)
{
	sb_auto_free char *file = sb_asprintf("%s/run.json", path), *text = NULL;
	const cJSON *clock;
	double wall_s = NAN;
	cJSON *json;

	if (sb_read_file(file, RUN_MAX, &text, NULL, NULL))
		return NAN;
	json = cJSON_Parse(text);
	clock = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "manifest"),
						 "clock");
	if (sb_json_get_double(clock, "$", "wall_s", &wall_s, NULL))
		wall_s = NAN;
	cJSON_Delete(json);
	return wall_s;
}

/* Runs that are there know better than any rule. */
static void learn_from_runs(const struct sb_sweep_going *g, double *run_s, double *run_bytes)
{
	double seconds = 0, bytes = 0;
	size_t timed = 0, sized = 0;

	for (size_t i = 0; i < g->count && sized < 5; i++) {
		sb_auto_free char *path = NULL;
		double wall_s;

		if (!g->runs[i].there || !g->directory.path)
			continue;
		path = sb_asprintf("%s/runs/%s", g->directory.path, g->runs[i].hash);
		wall_s = wall_of_run(path);
		bytes += size_of_run(path);
		sized++;
		if (isfinite(wall_s)) {
			seconds += wall_s;
			timed++;
		}
	}
	if (timed)
		*run_s = seconds / (double)timed;
	if (sized)
		*run_bytes = bytes / (double)sized;
}

int sb_sweep_estimate(const struct sb_sweep_going *g, struct sb_sweep_estimate *out,
		      struct sb_err *err)
{
	double runs = (double)g->progress.to_do, run_bytes, captures;
	double at_once = fmin((double)g->progress.jobs, runs);
	struct sb_plan *plan = NULL;
	struct sb_plan_room room;
	double planned_s;

	if (sb_sweep_plan(&g->spec, 0, &plan, err))
		return -1;
	sb_plan_room(plan, &room);
	planned_s = (double)plan->duration_ns / 1e9;
	sb_plan_free(plan);
	out->run_s = g->is_virtual ? planned_s / FASTER + BOOT_S : planned_s + 1;
	run_bytes = fmax(room.report_bytes - (1 << 20), 0) + PAGE_B;
	learn_from_runs(g, &out->run_s, &run_bytes);
	captures = room.known ? room.capture_bytes : NAN;
	out->seconds = out->run_s * ceil(runs / fmax((double)g->progress.jobs, 1));
	out->result_bytes = runs * (run_bytes + ROW_B) +
			    (g->directory.captures || g->o->captures ? runs * captures : 0);
	out->capture_bytes = g->directory.captures || g->o->captures ? 0 : at_once * captures;
	out->memory_bytes = g->is_virtual ? at_once * GUEST_B : NAN;
	return 0;
}

/* Where the results go: what there is of the way to it. */
static bool free_bytes(const struct sb_sweep_going *g, double *out)
{
	sb_auto_free char *path = sb_strdup(g->directory.path ? g->directory.path
					    : g->o->out_dir   ? g->o->out_dir
							      : "captures");
	struct statvfs fs;

	while (statvfs(path, &fs)) {
		char *slash = strrchr(path, '/');

		if (errno != ENOENT || !strcmp(path, "."))
			return false;
		if (slash == path)
			slash[1] = '\0';
		else if (slash)
			*slash = '\0';
		else
			strcpy(path, ".");
	}
	*out = (double)fs.f_bavail * (double)fs.f_frsize;
	return true;
}

int sb_sweep_check_room(const struct sb_sweep_going *g, struct sb_err *err)
{
	char needs[SB_UNIT_BUF], has[SB_UNIT_BUF];
	struct sb_sweep_estimate e;
	double there, needed;

	if (!g->progress.to_do || !free_bytes(g, &there))
		return 0;
	if (sb_sweep_estimate(g, &e, err))
		return -1;
	needed = (isfinite(e.result_bytes) ? e.result_bytes : 0) +
		 (isfinite(e.capture_bytes) ? e.capture_bytes : 0);
	if (needed <= there)
		return 0;
	return sb_fail(err, SB_EENV, 0, "%zu runs may take %s, and %s are free for %s; %s",
		       g->progress.to_do, sb_format_estimate(needs, 2, needed),
		       sb_format_estimate(has, 2, there),
		       g->directory.path ? g->directory.path
		       : g->o->out_dir	 ? g->o->out_dir
					 : "./captures",
		       g->o->resume ? "make room, or begin fewer runs"
				    : "choose another directory with --out DIR, or fewer runs");
}

static void print_time(double seconds)
{
	if (seconds < 120)
		printf("%.0f s", seconds);
	else if (seconds < 7200)
		printf("%.0f min", seconds / 60);
	else
		printf("%.1f h", seconds / 3600);
}

static void print_runs(const struct sb_sweep_going *g)
{
	for (size_t i = 0; i < g->count && i < SHOWN; i++) {
		size_t n;
		char **sets = sb_spec_sets(&g->spec, i, &n);

		printf("  %.8s%s", g->runs[i].hash, g->runs[i].there ? " there" : "");
		for (size_t k = g->spec.set_count; k < n; k++)
			printf("  %s", sets[k]);
		putchar('\n');
		sb_spec_sets_free(sets, n);
	}
	if (g->count > SHOWN)
		printf("  ... %zu more\n", g->count - SHOWN);
}

int sb_sweep_print_dry(const struct sb_sweep_going *g, struct sb_err *err)
{
	size_t seeds = g->spec.seeds.range_count ? sb_seeds_count(&g->spec.seeds) : 1;
	char buf[SB_UNIT_BUF];
	struct sb_sweep_estimate e;
	double there;

	printf("%zu runs: %zu combinations of %zu factors, %zu seeds; %zu to be made\n", g->count,
	       sb_spec_cases(&g->spec), g->spec.factor_count, seeds, g->progress.to_do);
	print_runs(g);
	if (sb_sweep_estimate(g, &e, err))
		return -1;
	printf("estimates: time ");
	print_time(e.seconds);
	printf(" with %zu at a time; disk ", g->progress.jobs);
	if (isfinite(e.result_bytes))
		printf("%s", sb_format_estimate(buf, 2, e.result_bytes));
	else
		printf("not known, for the captures have no limit");
	if (e.capture_bytes > 0)
		printf(" and %s while runs go on", sb_format_estimate(buf, 2, e.capture_bytes));
	if (free_bytes(g, &there))
		printf(", %s free", sb_format_estimate(buf, 2, there));
	if (isfinite(e.memory_bytes))
		printf("; memory %s", sb_format_estimate(buf, 2, e.memory_bytes));
	putchar('\n');
	return sb_sweep_check_room(g, err);
}
