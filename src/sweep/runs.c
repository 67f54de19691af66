// SPDX-License-Identifier: MIT
/* runs.c - one run of a sweep: its plan, what it is called, its directory */
#include "runs.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "satbed/base/clean.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/version.h"
#include "satbed/kernel.h"
#include "satbed/batch.h"
#include "satbed/scenario.h"

#define ATTEMPTS_MAX 1000

int sb_sweep_plan(const struct sb_sweep_spec *s, size_t run, struct sb_plan **out,
		  struct sb_err *err)
{
	struct sb_scenario *scenario = NULL;
	size_t count;
	char **sets = sb_spec_sets(s, run, &count);
	int rc = sb_scenario_load(s->scenario, (const char *const *)sets, count, &scenario, err);

	if (!rc)
		rc = sb_plan_make(scenario, out, err);
	sb_scenario_free(scenario);
	sb_spec_sets_free(sets, count);
	return rc;
}

int sb_sweep_hash(const struct sb_plan *plan, char out[SB_SWEEP_HASH_LEN + 1], struct sb_err *err)
{
	cJSON *json = sb_plan_to_json(plan);
	struct sb_kernel kernel = {0};
	sb_auto_free char *text = NULL;
	XXH128_hash_t hash;

	if (plan->clock == SB_CLOCK_VIRTUAL && sb_kernel_find(plan->kernel, &kernel, err)) {
		cJSON_Delete(json);
		return -1;
	}
	sb_json_add_str(json, "satbed", sb_version);
	sb_json_add_str(json, "kernel_name", kernel.name ? kernel.name : "");
	if (kernel.name)
		sb_kernel_fini(&kernel);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write a plan as JSON");
	hash = XXH3_128bits(text, strlen(text));
	snprintf(out, SB_SWEEP_HASH_LEN + 1, "%016llx%016llx", (unsigned long long)hash.high64,
		 (unsigned long long)hash.low64);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* runs/HASH.failed-N: N from 1. */
static char *failed_path(const char *directory, const struct sb_sweep_run *r, size_t n)
{
	return sb_asprintf("%s/runs/%s.failed-%zu", directory, r->hash, n);
}

/* Why an attempt came to nothing: what broke it, or the first of the reasons against its result. */
static char *why_of(const char *path)
{
	struct sb_attempt_found found;
	char *why;

	if (sb_attempt_look(path, &found, NULL))
		return sb_strdup("its results cannot be read");
	/* The first line; of a guest what comes before its console. */
	if (found.why)
		found.why[strcspn(found.why, "\n")] = '\0';
	why = found.why			     ? sb_clean(found.why)
	      : found.fate == SB_RUN_INVALID ? sb_strdup("INVALID")
					     : sb_strdup("it left no results");
	sb_attempt_found_fini(&found);
	return why;
}

void sb_sweep_look(const char *directory, struct sb_sweep_run *r)
{
	sb_auto_free char *done = sb_asprintf("%s/runs/%s/run.json", directory, r->hash);

	r->there = !access(done, F_OK);
	free(r->why);
	r->why = NULL;
	for (r->failed = 0; r->failed < ATTEMPTS_MAX; r->failed++) {
		sb_auto_free char *path = failed_path(directory, r, r->failed + 1);

		if (access(path, F_OK))
			break;
	}
	if (r->failed && !r->there) {
		sb_auto_free char *last = failed_path(directory, r, r->failed);

		r->why = why_of(last);
	}
}

static bool is_part(const char *name)
{
	return !strncmp(name, ".part-", 6);
}

size_t sb_sweep_count_there(const char *directory)
{
	sb_auto_free char *path = sb_asprintf("%s/runs", directory);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += strlen(entry->d_name) == SB_SWEEP_HASH_LEN && entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

void sb_sweep_tidy(const char *directory)
{
	sb_auto_free char *path = sb_asprintf("%s/runs", directory);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (is_part(entry->d_name)) {
			sb_auto_free char *part = sb_asprintf("%s/%s", path, entry->d_name);

			remove_tree(part);
		}
	}
	if (dir)
		closedir(dir);
}

static void drop_captures(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len > 5 && !strcmp(entry->d_name + len - 5, ".pcap"))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

/* Whole, and worth something? */
static bool is_usable(const char *path)
{
	struct sb_attempt_found found;
	bool usable = !sb_attempt_look(path, &found, NULL) && found.fate >= SB_RUN_WARN;

	sb_attempt_found_fini(&found);
	return usable;
}

static int settle(const char *directory, const char *part, struct sb_sweep_run *r, bool captures,
		  struct sb_err *err)
{
	bool usable = is_usable(part);
	sb_auto_free char *to = usable ? sb_asprintf("%s/runs/%s", directory, r->hash)
				       : failed_path(directory, r, r->failed + 1);

	if (!captures)
		drop_captures(part);
	if (rename(part, to))
		return sb_fail(err, SB_EENV, errno, "cannot rename %s to %s", part, to);
	sb_sweep_look(directory, r);
	return 0;
}

int sb_sweep_once(const char *directory, const char *scenario, const struct sb_plan *plan,
		  bool captures, struct sb_live *live, struct sb_sweep_run *r, struct sb_err *err)
{
	sb_auto_free char *part = sb_asprintf("%s/runs/.part-%s", directory, r->hash);
	sb_auto_free char *name = sb_asprintf("%s/runs/%s", directory, r->hash);
	struct sb_run_options run = {.out_dir = part,
				     .known_as = name,
				     .scenario = scenario,
				     .live = live,
				     .plain = true,
				     .quiet = true,
				     .silent = true};

	remove_tree(part);
	if (sb_attempt_make(plan, &run, err))
		return -1;
	/* What was cut off does not count as an attempt. */
	if (sb_interrupted() && !is_usable(part)) {
		remove_tree(part);
		return 0;
	}
	return settle(directory, part, r, captures, err);
}
