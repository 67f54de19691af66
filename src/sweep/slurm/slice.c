// SPDX-License-Identifier: MIT
/* slice.c - the part of a sweep that one task of Slurm does: a file, and carrying it out */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/batch.h"
#include "slurm.h"

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

/** struct slice - @runs: as they are in the directory; those not yet looked at have no hash */
struct slice {
	const char *directory;
	bool captures;
	int64_t retries;
	struct sb_sweep_spec spec;
	const cJSON **items;
	struct sb_sweep_run *runs;
};

static int plan_of(const struct slice *s, size_t slot, struct sb_plan **out, struct sb_err *err)
{
	int64_t run;

	if (sb_json_get_i64(s->items[slot], "$.runs[]", "run", &run, err))
		return -1;
	if (run < 0 || (size_t)run >= sb_spec_runs(&s->spec))
		return sb_fail(err, SB_EINPUT, 0, "$.runs[].run is not a run of the sweep");
	return sb_sweep_plan(&s->spec, (size_t)run, out, err);
}

static int find_run(struct slice *s, size_t slot, struct sb_err *err)
{
	struct sb_sweep_run *r = &s->runs[slot];
	struct sb_plan *plan = NULL;
	const char *hash;
	int rc;

	if (sb_json_get_str(s->items[slot], "$.runs[]", "hash", &hash, err) ||
	    plan_of(s, slot, &plan, err))
		return -1;
	rc = sb_sweep_hash(plan, r->hash, err);
	sb_plan_free(plan);
	/* Another satbed, kernel or scenario would put other results under this name. */
	if (!rc && strcmp(r->hash, hash) != 0)
		rc = sb_fail(
		    err, SB_EENV, 0,
		    "run %s would be %s here: satbed, its kernel or the scenario are not those "
		    "that the sweep was begun with",
		    hash, r->hash);
	if (!rc)
		sb_sweep_look(s->directory, r);
	return rc;
}

static int look(void *arg, size_t slot, struct sb_slot_state *out, struct sb_err *err)
{
	struct slice *s = arg;
	struct sb_sweep_run *r = &s->runs[slot];

	if (!*r->hash && find_run(s, slot, err))
		return -1;
	*out = (struct sb_slot_state){.usable = r->there, .spent = r->failed};
	return 0;
}

static int attempt(void *arg, size_t slot, size_t spent, struct sb_err *err)
{
	struct slice *s = arg;
	struct sb_plan *plan = NULL;
	int rc;

	(void)spent;
	if (plan_of(s, slot, &plan, err))
		return -1;
	rc = sb_sweep_once(s->directory, s->spec.scenario, plan, s->captures, NULL, &s->runs[slot],
			   err);
	sb_plan_free(plan);
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

static int make_runs(struct slice *s, const cJSON *list, int *exit_status, struct sb_err *err)
{
	struct sb_batch batch = {.count = (size_t)cJSON_GetArraySize(list),
				 .jobs = processors(),
				 .retries = (size_t)s->retries,
				 .look = look,
				 .attempt = attempt,
				 .arg = s};
	const cJSON *item;
	size_t there = 0, n = 0;
	int rc;

	s->items = sb_alloc(batch.count + 1, sizeof(*s->items));
	s->runs = sb_alloc(batch.count + 1, sizeof(*s->runs));
	cJSON_ArrayForEach(item, list)
	{
		s->items[n++] = item;
	}
	rc = sb_batch_fill(&batch, err);
	for (size_t i = 0; i < batch.count; i++) {
		there += s->runs[i].there;
		free(s->runs[i].why);
	}
	free(s->items);
	free(s->runs);
	*exit_status = sb_interrupted() ? 130 : there < batch.count;
	return rc;
}

int sb_slice_carry_out(const char *path, int *exit_status, struct sb_err *err)
{
	struct slice s = {0};
	sb_auto_free char *text = NULL;
	cJSON *json;
	int rc;

	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return -1;
	json = cJSON_Parse(text);
	rc = sb_json_get_str(json, "$", "directory", &s.directory, err) ||
	     sb_json_get_bool(json, "$", "captures", &s.captures, err) ||
	     sb_json_get_i64(json, "$", "retries", &s.retries, err) ||
	     sb_spec_from_json(cJSON_GetObjectItemCaseSensitive(json, "spec"), &s.spec, err);
	if (!rc && (s.retries < 0 || s.retries > SB_SWEEP_RETRIES_MAX))
		rc = sb_fail(err, SB_EINPUT, 0, "$.retries is not within 0 to %d",
			     SB_SWEEP_RETRIES_MAX);
	if (!rc)
		rc = sb_spec_check(&s.spec, err);
	if (!rc) {
		sb_log_set_level(SB_LOG_WARN);
		rc =
		    make_runs(&s, cJSON_GetObjectItemCaseSensitive(json, "runs"), exit_status, err);
	}
	if (rc)
		sb_wrap(err, "%s", path);
	sb_spec_fini(&s.spec);
	cJSON_Delete(json);
	return rc ? -1 : 0;
}
