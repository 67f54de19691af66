// SPDX-License-Identifier: MIT
/* verify.c - a run on the virtual clock made twice, and what differs between the two */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "state.h"

#define FILE_MAX (UINT64_C(4) << 30)

struct verification {
	const char *one, *other;
	size_t files, different;
};

static int read_in(const char *directory, const char *name, char **text, size_t *len,
		   struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, name);

	return sb_read_file(path, FILE_MAX, text, len, err);
}

/* "/manifest/clock/wall_s": not there is fine. */
static void remove_at(cJSON *top, const char *pointer)
{
	sb_auto_free char *copy = sb_strdup(pointer);
	char *save = NULL, *key = strtok_r(copy, "/", &save), *next;

	while (key && (next = strtok_r(NULL, "/", &save))) {
		top = cJSON_GetObjectItemCaseSensitive(top, key);
		key = next;
	}
	if (key)
		cJSON_DeleteItemFromObjectCaseSensitive(top, key);
}

/* run.json without what it says itself may differ. */
static char *what_must_be_same(const char *text, size_t len)
{
	cJSON *json = cJSON_ParseWithLength(text, len), *list;
	const cJSON *item;
	char *rest;

	list = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(
				   cJSON_GetObjectItemCaseSensitive(
				       cJSON_GetObjectItemCaseSensitive(json, "manifest"), "clock"),
				   "may_differ"),
			       true);
	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item))
			remove_at(json, item->valuestring);
	}
	rest = cJSON_Print(json);
	cJSON_Delete(list);
	cJSON_Delete(json);
	return rest ? rest : sb_strdup("");
}

static int compare_file(struct verification *v, const char *name, struct sb_err *err)
{
	sb_auto_free char *a = NULL, *b = NULL;
	size_t a_len, b_len;
	bool same;

	/* It is made of run.json and series.json. */
	if (!strcmp(name, "report.html"))
		return 0;
	if (read_in(v->one, name, &a, &a_len, err) || read_in(v->other, name, &b, &b_len, err))
		return -1;
	if (!strcmp(name, "run.json")) {
		sb_auto_free char *one = what_must_be_same(a, a_len);
		sb_auto_free char *other = what_must_be_same(b, b_len);

		same = !strcmp(one, other);
	} else {
		same = a_len == b_len && !memcmp(a, b, a_len);
	}
	v->files++;
	if (!same) {
		size_t at = 0;

		while (at < a_len && at < b_len && a[at] == b[at])
			at++;
		v->different++;
		sb_warn("%s differs from byte %zu on: %s and %s", name, at + 1, v->one, v->other);
	}
	return 0;
}

static int each_file(const char *directory,
		     int (*take)(void *arg, const char *name, struct sb_err *err), void *arg,
		     struct sb_err *err)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort), rc = 0;

	if (count < 0)
		return sb_fail(err, SB_EINPUT, 0, "cannot read the directory %s", directory);
	for (int i = 0; i < count; i++) {
		if (!rc && entries[i]->d_name[0] != '.')
			rc = take(arg, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int take_file(void *arg, const char *name, struct sb_err *err)
{
	return compare_file(arg, name, err);
}

static int remove_file(void *arg, const char *name, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", (const char *)arg, name);

	(void)err;
	unlink(path);
	return 0;
}

static int run_again(const struct sb_plan *plan, const struct sb_run_options *options,
		     const char *one, int *exit_status, struct sb_err *err)
{
	struct sb_run_options again = *options;
	sb_auto_free char *other = sb_asprintf("%s-again", one);
	struct verification v = {.one = one, .other = other};
	int status = 0;

	again.out_dir = other;
	again.silent = again.quiet = true;
	again.junit = again.summary = again.metrics = again.serve = NULL;
	if (sb_run(plan, &again, &status, err))
		return sb_wrap(err, "the second run");
	if (status == 130) {
		*exit_status = status;
		return 0;
	}
	if (each_file(one, take_file, &v, err))
		return sb_wrap(err, "comparing the two runs");
	if (v.different) {
		*exit_status = 1;
		return 0;
	}
	sb_info("verified: a second run is the same to the byte in %zu files", v.files);
	if (each_file(other, remove_file, other, err))
		return -1;
	rmdir(other);
	return 0;
}

int sb_run_verify(const struct sb_plan *plan, const struct sb_run_options *options,
		  int *exit_status, struct sb_err *err)
{
	struct sb_run_options first = *options;
	struct sb_rundir dir;
	int rc;

	if (plan->clock != SB_CLOCK_VIRTUAL)
		return sb_fail(err, SB_EINPUT, 0,
			       "--verify: on the real clock no two runs are the same; use --clock "
			       "virtual");
	if (sb_rundir_reserve(&dir, options->out_dir, plan, err))
		return -1;
	first.out_dir = dir.path;
	rc = sb_run(plan, &first, exit_status, err);
	if (!rc && *exit_status != 130)
		rc = run_again(plan, options, dir.path, exit_status, err);
	free(dir.path);
	return rc;
}
