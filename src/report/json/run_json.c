// SPDX-License-Identifier: MIT
/* run_json.c - a run as run.json: every value there is, null for what was not measured */
#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"
#include "satbed/report_format.h"

/* Exact as a number up to 2^53, where cJSON's (and every JavaScript's) doubles end. */
static void add_seed(cJSON *to, uint64_t seed)
{
	if (seed < UINT64_C(1) << 53)
		sb_put_count(to, "seed", seed);
	else
		sb_json_add_u64(to, "seed", seed);
}

static void add_captures(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "captures");
	bool known = r->captures_known || !r->cut_off;
	size_t i;

	for (i = 0; i < r->capture_count; i++) {
		const struct sb_capture_report *c = &r->captures[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		sb_put_text(obj, "file", c->file);
		sb_put_known(obj, "received", known ? (int64_t)c->stats.received : -1);
		sb_put_known(obj, "dropped", known ? (int64_t)c->stats.dropped : -1);
		sb_put_known(obj, "interface_dropped",
			     known ? (int64_t)c->stats.interface_dropped : -1);
		sb_put_known(obj, "written", known ? (int64_t)c->stats.written : -1);
	}
}

/* Who ends TCP connections on the way, and on which side of it the satellite is. */
static void add_split(cJSON *to, const struct sb_plan *plan)
{
	cJSON *obj;

	if (!sb_plan_is_split(plan)) {
		cJSON_AddNullToObject(to, "split");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "split");
	sb_json_add_str(obj, "tcp_terminated_by", sb_plan_relay_name(plan));
	if (plan->pep)
		sb_json_add_str(obj, "pep", sb_pep_name(plan->pep));
	else
		sb_json_add_str(obj, "placement", sb_placement_name(plan->placement));
}

static void add_cut_off(cJSON *to, const struct sb_report *r)
{
	cJSON *obj;

	if (!r->cut_off) {
		cJSON_AddNullToObject(to, "cut_off");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "cut_off");
	sb_put_rounded(obj, "at_s", r->measured_s, 1e9);
	sb_put_rounded(obj, "unix_s", r->cut_off_unix_s, 1e6);
	sb_put_text(obj, "why", r->cut_off);
}

cJSON *sb_report_values_json(const struct sb_report *r)
{
	cJSON *top = cJSON_CreateObject(), *obj;

	sb_put_count(top, "format", SB_RESULTS_FORMAT);
	sb_put_text(top, "scenario", r->plan->name);
	sb_put_text(top, "about", r->plan->about);
	add_seed(top, r->plan->seed);
	obj = cJSON_AddObjectToObject(top, "engine");
	sb_put_text(obj, "kind", r->engine_kind);
	sb_put_text(top, "link_backend", r->link_backend);
	sb_put_text(top, "link_backend_why", r->backend_why);
	sb_json_add_str(top, "path", sb_path_name(r->plan->path));
	add_split(top, r->plan);
	sb_put_text(top, "directory", r->directory);
	sb_json_add_str(top, "verdict", sb_verdict_name(r->result->verdict));
	sb_put_reasons(top, &r->result->reasons);
	sb_json_add_bool(top, "interrupted", r->interrupted);
	add_cut_off(top, r);
	obj = cJSON_AddObjectToObject(top, "timings");
	sb_json_add_num(obj, "planned_s", (double)r->plan->duration_ns / 1e9);
	sb_put_rounded(obj, "measured_s", r->measured_s, 1e9);
	sb_put_ms(obj, "up_ms", r->up_ms);
	sb_put_ms(obj, "down_ms", r->down_ms);
	sb_report_flows_json(top, r);
	sb_report_links_json(top, r);
	sb_report_replay_json(top, r);
	sb_report_session_json(top, r);
	add_captures(top, r);
	sb_report_timeline_json(top, r);
	sb_report_events_json(top, r);
	if (r->cpu)
		cJSON_AddItemToObject(top, "cpu", cJSON_Duplicate(r->cpu, true));
	else
		cJSON_AddNullToObject(top, "cpu");
	sb_report_host_json(top, r);
	if (r->manifest)
		cJSON_AddItemToObject(top, "manifest", cJSON_Duplicate(r->manifest, true));
	else
		cJSON_AddNullToObject(top, "manifest");
	return top;
}
