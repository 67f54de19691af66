// SPDX-License-Identifier: MIT
/* slice.c - the part of a sweep that one task of Slurm does: a file, and carrying it out */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/parallel.h"
#include "sweep/slurm.h"

#define FILE_MAX (64u << 20)
#define JOBS_MAX 64

int sb_slice_write(const char *path, const struct sb_slurm *s, const size_t *runs, size_t count,
		   struct sb_err *err)
{
	cJSON *json = cJSON_CreateObject(), *list, *item;
	sb_auto_free char *text = NULL, *directory = realpath(s->directory->path, NULL);

	sb_json_add_str(json, "directory", directory ? directory : s->directory->path);
	sb_json_add_bool(json, "captures", s->directory->captures);
	sb_json_add_i64(json, "retries", (int64_t)s->directory->retries);
	cJSON_AddItemToObject(json, "spec", sb_spec_to_json(s->spec));
	list = cJSON_AddArrayToObject(json, "runs");
	for (size_t i = 0; i < count; i++) {
		item = cJSON_CreateObject();
		cJSON_AddItemToArray(list, item);
		sb_json_add_i64(item, "run", (int64_t)runs[i]);
		sb_json_add_str(item, "hash", s->runs[runs[i]].hash);
	}
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write %s as JSON", path);
	return sb_replace_file(path, text, strlen(text), err);
}

struct slice {
	const char *directory;
	bool captures;
	int64_t retries;
	struct sb_sweep_spec spec;
	const cJSON *runs;
	size_t there;
	pthread_mutex_t lock;
};

static int do_one(void *arg, size_t i, struct sb_err *err)
{
	struct slice *s = arg;
	const cJSON *item = cJSON_GetArrayItem(s->runs, (int)i);
	struct sb_sweep_run r = {0};
	struct sb_plan *plan = NULL;
	const char *hash;
	int64_t run;
	int rc;

	if (sb_interrupted())
		return 0;
	if (sb_json_get_i64(item, "$.runs[]", "run", &run, err) ||
	    sb_json_get_str(item, "$.runs[]", "hash", &hash, err))
		return -1;
	if (run < 0 || (size_t)run >= sb_spec_runs(&s->spec))
		return sb_fail(err, SB_EINPUT, 0, "$.runs[].run is none of the sweep");
	rc = sb_sweep_plan(&s->spec, (size_t)run, &plan, err);
	if (!rc)
		rc = sb_sweep_hash(plan, r.hash, err);
	/* Another satbed, kernel or scenario would put other results under this name. */
	if (!rc && strcmp(r.hash, hash) != 0)
		rc = sb_fail(
		    err, SB_EENV, 0,
		    "run %s would be %s here: satbed, its kernel or the scenario are not those "
		    "that the sweep was begun with",
		    hash, r.hash);
	if (!rc)
		sb_sweep_look(s->directory, &r);
	while (!rc && !r.there && (int64_t)r.failed <= s->retries && !sb_interrupted())
		rc = sb_sweep_once(s->directory, s->spec.scenario, plan, s->captures, &r, err);
	sb_plan_free(plan);
	free(r.why);
	pthread_mutex_lock(&s->lock);
	s->there += r.there;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* As many as Slurm has given to the task. */
static size_t processors(void)
{
	const char *given = getenv("SLURM_CPUS_ON_NODE");
	uint64_t n = 1;

	if (given && sb_read_digits(&given, UINT64_MAX, &n))
		n = 1;
	return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : n;
}

int sb_slice_carry_out(const char *path, int *exit_status, struct sb_err *err)
{
	struct slice s = {.lock = PTHREAD_MUTEX_INITIALIZER};
	sb_auto_free char *text = NULL;
	cJSON *json;
	size_t count;
	int rc;

	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return -1;
	json = cJSON_Parse(text);
	rc = sb_json_get_str(json, "$", "directory", &s.directory, err) ||
	     sb_json_get_bool(json, "$", "captures", &s.captures, err) ||
	     sb_json_get_i64(json, "$", "retries", &s.retries, err) ||
	     sb_spec_from_json(cJSON_GetObjectItemCaseSensitive(json, "spec"), &s.spec, err);
	if (!rc) {
		sb_log_set_level(SB_LOG_WARN);
		s.runs = cJSON_GetObjectItemCaseSensitive(json, "runs");
		count = (size_t)cJSON_GetArraySize(s.runs);
		rc = sb_parallel_in(processors(), count, do_one, &s, err);
		*exit_status = sb_interrupted() ? 130 : s.there < count;
	}
	if (rc)
		sb_wrap(err, "%s", path);
	sb_spec_fini(&s.spec);
	cJSON_Delete(json);
	return rc ? -1 : 0;
}
