// SPDX-License-Identifier: MIT
/*
 * from_json.c - a plan back from its JSON form
 *
 * The text comes from a file anyone may have edited, or over a channel: every number is checked
 * against the range a scenario could have given it, every index against what it points into, and
 * the timeline against its hash, before anything is handed out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/beam.h"
#include "json_read.h"
#include "plan/plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define MAX_EVENTS  64
#define MAX_EXPECTS 64

/* --- expectations, events --- */

static int read_expects(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = sb_get_list(json, "expects", 0, MAX_EXPECTS, err), *obj;

	if (!list)
		return -1;
	plan->expects = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->expects));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_expect *e = &plan->expects[plan->expect_count];
		char path[32];
		int relation;

		snprintf(path, sizeof(path), "$.expects[%zu]", plan->expect_count);
		if (sb_get_text(obj, path, "what", e->what, sizeof(e->what), err) ||
		    sb_get_word(obj, path, "relation", sb_relation_signs, &relation, err) ||
		    sb_json_get_double(obj, path, "value", &e->value, err) ||
		    sb_get_text(obj, path, "word", e->word, sizeof(e->word), err) ||
		    sb_get_text(obj, path, "text", e->text, sizeof(e->text), err))
			return -1;
		e->relation = (enum sb_relation)relation;
		plan->expect_count++;
	}
	return 0;
}

static int read_events(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = sb_get_list(json, "events", 0, MAX_EVENTS, err), *obj;

	if (!list)
		return -1;
	plan->events = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->events));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_event *e = &plan->events[plan->event_count];
		char path[32];

		snprintf(path, sizeof(path), "$.events[%zu]", plan->event_count);
		if (sb_get_name(obj, path, "name", e->name, sizeof(e->name), err) ||
		    sb_get_u32(obj, path, "count", 0, SB_MAX_STEPS, &e->count, err))
			return -1;
		plan->event_count++;
	}
	return 0;
}
/* --- the timeline --- */

static bool comes_before(const struct sb_step *a, const struct sb_step *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return a->link != b->link ? a->link < b->link : a->dir < b->dir;
}

static int read_step(const cJSON *obj, const char *path, const struct sb_plan *plan,
		     struct sb_link_state before[][2], struct sb_step *s, struct sb_err *err)
{
	int64_t event = -1;
	int dir, cause;

	if (sb_get_range(obj, path, "at_ns", 0, plan->duration_ns, &s->at_ns, err) ||
	    sb_get_u16(obj, path, "link", 0, (uint16_t)(plan->link_count - 1), &s->link, err) ||
	    sb_get_word(obj, path, "dir", sb_dir_names, &dir, err) ||
	    sb_get_word(obj, path, "cause", sb_cause_names, &cause, err))
		return -1;
	s->dir = (uint8_t)dir;
	s->cause = (uint8_t)cause;
	if (sb_cause_is_event((enum sb_step_cause)s->cause) &&
	    sb_get_range(obj, path, "event", 0, (int64_t)plan->event_count - 1, &event, err))
		return -1;
	s->event = (int16_t)event;
	s->state = before[s->link][s->dir];
	if (sb_get_state(obj, path, false, &s->state, err))
		return -1;
	before[s->link][s->dir] = s->state;
	if (plan->step_count && !comes_before(s - 1, s))
		return sb_fail(err, SB_EINPUT, 0, "%s does not come after the step before it",
			       path);
	return 0;
}

static int read_steps(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = sb_get_list(json, "steps", 0, SB_MAX_STEPS, err), *obj;
	struct sb_link_state before[SB_MAX_CLIENTS][2];

	if (!list)
		return -1;
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			before[i][dir] = plan->links[i].dir[dir].initial;
	plan->steps = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->steps));
	cJSON_ArrayForEach(obj, list)
	{
		char path[40];

		snprintf(path, sizeof(path), "$.steps[%zu]", plan->step_count);
		if (read_step(obj, path, plan, before, &plan->steps[plan->step_count], err))
			return -1;
		plan->step_count++;
	}
	sb_plan_index(plan);
	return 0;
}

#define MAX_PASSES 100000

static int read_passes(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list, *obj;

	if (!cJSON_HasObjectItem(json, "passes"))
		return 0;
	list = sb_get_list(json, "passes", 1, MAX_PASSES, err);
	if (!list)
		return -1;
	plan->passes = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->passes));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_serving_satellite *p = &plan->passes[plan->pass_count];
		char path[40];

		snprintf(path, sizeof(path), "$.passes[%zu]", plan->pass_count);
		if (sb_get_range(obj, path, "at_ns", 0, plan->duration_ns, &p->at_ns, err) ||
		    sb_get_text(obj, path, "satellite", p->satellite, sizeof(p->satellite), err))
			return -1;
		plan->pass_count++;
	}
	return 0;
}

static int check_hash(const cJSON *json, const struct sb_plan *plan, struct sb_err *err)
{
	char hash[20], said[20];

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(plan));
	if (sb_get_text(json, "$", "timeline_xxh64", said, sizeof(said), err))
		return -1;
	if (strcmp(hash, said))
		return sb_fail(err, SB_EINPUT, 0,
			       "the timeline was changed: its hash is %s, $.timeline_xxh64 %s",
			       hash, said);
	return 0;
}

/* --- the whole --- */

static int read_run(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	int64_t format, ip;
	static const char *const until_names[] = {"duration", "done", NULL};
	const char *about;
	bool probes = true;
	int path, placement, backend, clock = SB_CLOCK_REAL, until = 0, pep = SB_PEP_NONE;

	if (sb_get_range(json, "$", "format", SB_PLAN_FORMAT, SB_PLAN_FORMAT, &format, err) ||
	    sb_get_name(json, "$", "name", plan->name, sizeof(plan->name), err) ||
	    sb_json_get_str(json, "$", "about", &about, err) ||
	    sb_json_get_u64(json, "$", "seed", &plan->seed, err) ||
	    sb_get_range(json, "$", "duration_ns", 1, SB_PLAN_MAX_TIME_NS, &plan->duration_ns,
			 err) ||
	    sb_get_text(json, "$", "engine", plan->engine, sizeof(plan->engine), err) ||
	    sb_get_text(json, "$", "image", plan->image, sizeof(plan->image), err) ||
	    sb_get_word(json, "$", "path", sb_path_names, &path, err) ||
	    sb_get_word(json, "$", "placement", sb_placement_names, &placement, err) ||
	    sb_get_word(json, "$", "backend", sb_backend_names, &backend, err) ||
	    sb_get_range(json, "$", "ip_version", 4, 6, &ip, err) ||
	    sb_get_u32(json, "$", "mtu", 1280, 65535, &plan->mtu, err) ||
	    sb_get_u32(json, "$", "capture_snaplen", 64, 65535, &plan->capture_snaplen, err) ||
	    sb_get_u32(json, "$", "capture_buffer_bytes", 1u << 16, 1u << 30,
		       &plan->capture_buffer_bytes, err) ||
	    sb_get_range(json, "$", "sample_ns", SB_NS_PER_MS, SB_PLAN_MAX_TIME_NS,
			 &plan->sample_ns, err) ||
	    (cJSON_HasObjectItem(json, "until") &&
	     sb_get_word(json, "$", "until", until_names, &until, err)) ||
	    (cJSON_HasObjectItem(json, "pep") &&
	     sb_get_word(json, "$", "pep", sb_pep_names, &pep, err)) ||
	    (cJSON_HasObjectItem(json, "terminals") &&
	     sb_get_u32(json, "$", "terminals", 1, SB_MAX_TERMINALS, &plan->terminals, err)) ||
	    (cJSON_HasObjectItem(json, "probes") &&
	     sb_json_get_bool(json, "$", "probes", &probes, err)) ||
	    (cJSON_HasObjectItem(json, "clock") &&
	     sb_get_word(json, "$", "clock", sb_clock_names, &clock, err)))
		return -1;
	if (clock == SB_CLOCK_VIRTUAL &&
	    sb_get_text(json, "$", "kernel", plan->kernel, sizeof(plan->kernel), err))
		return -1;
	plan->clock = (enum sb_clock)clock;
	plan->no_probes = !probes;
	plan->until_done = until == 1;
	if (ip == 5)
		return sb_fail(err, SB_EINPUT, 0, "$.ip_version is neither 4 nor 6");
	plan->ip_version = (uint8_t)ip;
	plan->path = (enum sb_path)path;
	plan->pep = (enum sb_pep)pep;
	if (plan->terminals > 1 && (plan->pep || plan->path != SB_PATH_BRIDGE))
		return sb_fail(err, SB_EINPUT, 0,
			       "$.terminals goes with $.path \"bridge\" without $.pep only");
	if (plan->pep && plan->path != SB_PATH_BRIDGE)
		return sb_fail(err, SB_EINPUT, 0, "$.pep goes with $.path \"bridge\" only");
	plan->placement = (enum sb_placement)placement;
	plan->backend = (enum sb_backend)backend;
	plan->about = sb_strdup(about);
	return 0;
}

int sb_plan_from_json(const cJSON *json, struct sb_plan **out, struct sb_err *err)
{
	struct sb_plan *plan = sb_alloc(1, sizeof(*plan));

	if (read_run(json, plan, err) || sb_read_links(json, plan, err) ||
	    sb_read_flows(json, plan, err) || read_expects(json, plan, err) ||
	    read_events(json, plan, err) || read_passes(json, plan, err) ||
	    read_steps(json, plan, err) || sb_beam_check(plan, err) ||
	    check_hash(json, plan, err)) {
		sb_plan_free(plan);
		return -1;
	}
	*out = plan;
	return 0;
}
