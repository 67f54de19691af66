// SPDX-License-Identifier: MIT
/* run_state.c - run-state.json: what a later analysis needs of a run that may be killed at any time */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

#define STATE_MAX (16u << 20)

/* Beyond 2^53 as text: a number would lose digits. */
static void add_time(cJSON *to, const char *key, int64_t ns)
{
	sb_json_add_u64(to, key, (uint64_t)ns);
}

static cJSON *rtts_json(const struct sb_run *run)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < run->plan->link_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		sb_json_add_i64(obj, "answered", run->links.rtts[i].answered);
		sb_json_add_i64(obj, "p50_ns", run->links.rtts[i].p50_ns);
		sb_json_add_i64(obj, "p99_ns", run->links.rtts[i].p99_ns);
		sb_json_add_str(obj, "why", run->links.rtts[i].why);
		cJSON_AddItemToArray(list, obj);
	}
	return list;
}

static cJSON *end_json(const struct sb_run *run)
{
	cJSON *end = cJSON_CreateObject();

	add_time(end, "end_mono_ns", run->end_ns);
	sb_json_add_num(end, "down_ms", run->cost.down_ms);
	sb_json_add_bool(end, "interrupted", run->end.interrupted);
	return end;
}

int sb_run_state_write(struct sb_run *run, bool ended, struct sb_err *err)
{
	const struct sb_host_baseline *s = &run->links.host_baseline;
	cJSON *top = cJSON_CreateObject();
	int rc;

	sb_json_add_i64(top, "format", 1);
	add_time(top, "start_unix_ns", run->t0_ns + run->real_minus_mono_ns);
	add_time(top, "start_mono_ns", run->t0_ns);
	if (run->train_start_ns) {
		add_time(top, "train_start_mono_ns", run->train_start_ns);
		add_time(top, "train_end_mono_ns", run->train_end_ns);
	}
	sb_json_add_str(top, "engine", run->up.engine_kind);
	sb_json_add_str(top, "link_backend", run->up.link_backend);
	sb_json_add_str(top, "link_backend_why", run->up.backend_why);
	sb_json_add_bool(top, "exact_steps", run->up.exact_steps);
	sb_json_add_num(top, "up_ms", run->cost.up_ms);
	if (s->timer_known) {
		sb_json_add_i64(top, "timer_late_p50_ns", s->timer_p50_ns);
		sb_json_add_i64(top, "timer_late_max_ns", s->timer_max_ns);
	}
	if (ended)
		cJSON_AddItemToObject(top, "end", end_json(run));
	cJSON_AddItemToObject(top, "rtts", rtts_json(run));
	cJSON_AddItemToObject(top, "manifest", cJSON_Duplicate(run->manifest, true));
	rc = sb_rundir_write_json(&run->dir, SB_RUN_STATE_FILE, top, err);
	cJSON_Delete(top);
	return rc;
}

static int get_time(const cJSON *top, const char *key, int64_t *out, struct sb_err *err)
{
	uint64_t ns;

	if (sb_json_get_u64(top, "$", key, &ns, err))
		return -1;
	if (ns > INT64_MAX / 2)
		return sb_fail(err, SB_EINPUT, 0, "$.%s is not a time", key);
	*out = (int64_t)ns;
	return 0;
}

static void take_rtts(struct sb_run *run, const cJSON *list)
{
	const char *why;

	for (size_t i = 0; i < run->plan->link_count; i++) {
		const cJSON *obj = cJSON_GetArrayItem(list, (int)i);
		struct sb_path_rtt *rtt = &run->links.rtts[i];

		if (sb_json_get_i64(obj, "$", "answered", &rtt->answered, NULL) ||
		    sb_json_get_i64(obj, "$", "p50_ns", &rtt->p50_ns, NULL) ||
		    sb_json_get_i64(obj, "$", "p99_ns", &rtt->p99_ns, NULL))
			rtt->answered = 0;
		if (!sb_json_get_str(obj, "$", "why", &why, NULL))
			sb_copy_str(rtt->why, sizeof(rtt->why), why);
	}
}

static int take_end(struct sb_run *run, const cJSON *end, struct sb_err *err)
{
	if (!end)
		return 0;
	if (get_time(end, "end_mono_ns", &run->end_ns, err) ||
	    sb_json_get_bool(end, "$", "interrupted", &run->end.interrupted, err))
		return -1;
	if (run->end_ns < run->t0_ns || run->end_ns > run->t0_ns + run->plan->duration_ns)
		return sb_fail(err, SB_EINPUT, 0, "$.end.end_mono_ns is not within the run");
	sb_json_get_double(end, "$", "down_ms", &run->cost.down_ms, NULL);
	run->end.in_order = run->end.collected = true;
	return 0;
}

static int take_state(struct sb_run *run, cJSON *top, struct sb_err *err)
{
	struct sb_host_baseline *s = &run->links.host_baseline;
	const char *engine, *backend, *why;
	cJSON *manifest;
	int64_t real_ns = 0;

	if (get_time(top, "start_mono_ns", &run->t0_ns, err) ||
	    get_time(top, "start_unix_ns", &real_ns, err) ||
	    sb_json_get_str(top, "$", "engine", &engine, err) ||
	    sb_json_get_str(top, "$", "link_backend", &backend, err) ||
	    sb_json_get_bool(top, "$", "exact_steps", &run->up.exact_steps, err))
		return -1;
	if (!run->t0_ns)
		return sb_fail(err, SB_EINPUT, 0, "$.start_mono_ns is not a time");
	run->real_minus_mono_ns = real_ns - run->t0_ns;
	if (take_end(run, cJSON_GetObjectItemCaseSensitive(top, "end"), err))
		return -1;
	if (get_time(top, "train_start_mono_ns", &run->train_start_ns, NULL) ||
	    get_time(top, "train_end_mono_ns", &run->train_end_ns, NULL))
		run->train_start_ns = run->train_end_ns = 0;
	run->recovered_engine = sb_strdup(engine);
	run->up.engine_kind = run->recovered_engine;
	run->up.link_backend = sb_strdup(backend);
	if (!sb_json_get_str(top, "$", "link_backend_why", &why, NULL))
		run->up.backend_why = sb_strdup(why);
	sb_json_get_double(top, "$", "up_ms", &run->cost.up_ms, NULL);
	s->timer_known = !sb_json_get_i64(top, "$", "timer_late_p50_ns", &s->timer_p50_ns, NULL) &&
			 !sb_json_get_i64(top, "$", "timer_late_max_ns", &s->timer_max_ns, NULL);
	take_rtts(run, cJSON_GetObjectItemCaseSensitive(top, "rtts"));
	manifest = cJSON_DetachItemFromObjectCaseSensitive(top, "manifest");
	if (!cJSON_IsObject(manifest)) {
		cJSON_Delete(manifest);
		return 0;
	}
	cJSON_Delete(run->manifest);
	run->manifest = run->up.manifest = manifest;
	return 0;
}

int sb_run_state_read(struct sb_run *run, struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(&run->dir, SB_RUN_STATE_FILE), *text = NULL;
	cJSON *top;
	int rc;

	if (access(path, F_OK))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: the run ended before its start: nothing to report",
			       run->dir.path);
	if (sb_read_file(path, STATE_MAX, &text, NULL, err))
		return -1;
	top = cJSON_Parse(text);
	rc = cJSON_IsObject(top) ? take_state(run, top, err)
				 : sb_fail(err, SB_EINPUT, 0, "not a JSON object");
	cJSON_Delete(top);
	return rc ? sb_wrap(err, "%s", path) : 0;
}
