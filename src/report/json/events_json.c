// SPDX-License-Identifier: MIT
/* events_json.c - "timeline" and "events" of run.json: what was planned over time, and whether it came so */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"

void sb_report_timeline_json(cJSON *to, const struct sb_report *r)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "timeline"), *events;
	char hash[20];
	size_t i;

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(r->plan));
	sb_json_add_str(obj, "hash", hash);
	sb_put_count(obj, "steps", r->plan->step_count);
	sb_put_quantiles(obj, "lateness_ms", &r->result->step_lateness_ms);
	events = cJSON_AddArrayToObject(obj, "events");
	for (i = 0; i < r->plan->event_count; i++) {
		cJSON *event = cJSON_CreateObject();

		cJSON_AddItemToArray(events, event);
		sb_put_text(event, "name", r->plan->events[i].name);
		sb_put_count(event, "count", r->plan->events[i].count);
	}
}

static void add_edge(cJSON *to, const char *key, const struct sb_edge *e)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_json_add_str(obj, "check", sb_check_name(e->check));
	sb_put_ms(obj, "error_ms", e->error_ms);
	sb_put_ms(obj, "packets_apart_ms", e->gap_ms);
	sb_put_ms(obj, "limit_ms", e->limit_ms);
	sb_put_false_alarm(obj, e->false_alarm, SB_NO_CHANCE);
}

static void add_event_occurrence(cJSON *list, const struct sb_plan *plan,
				 const struct sb_event_occurrence *h)
{
	cJSON *top = cJSON_CreateObject(), *obj;
	char client[SB_NAME_MAX];

	cJSON_AddItemToArray(list, top);
	sb_put_text(top, "event", plan->events[h->event].name);
	sb_json_add_str(top, "client", sb_node_name(client, h->link + 1u));
	sb_json_add_str(top, "direction", sb_dir_name((enum sb_dir)h->dir));
	sb_put_rounded(top, "at_s", h->at_s, 1e9);
	sb_put_ms(top, "lateness_ms", h->lateness_ms);
	if (h->outage) {
		obj = cJSON_AddObjectToObject(top, "outage");
		sb_put_ms(obj, "asked_ms", h->outage_ms);
		add_edge(obj, "begin", &h->begin);
		add_edge(obj, "end", &h->end);
	}
	if (h->delay) {
		obj = cJSON_AddObjectToObject(top, "delay");
		sb_json_add_str(obj, "check", sb_check_name(h->delay_check));
		sb_put_ms(obj, "asked_ms", h->configured_delay_ms);
		sb_put_ms(obj, "measured_ms", h->delay_ms);
		sb_put_ms(obj, "limit_ms", h->delay_limit_ms);
		sb_put_false_alarm(obj, NAN, SB_NO_CHANCE);
	}
	if (h->rate) {
		obj = cJSON_AddObjectToObject(top, "rate");
		sb_json_add_str(obj, "check", sb_check_name(h->rate_check));
		sb_put_bps(obj, "asked_bps",
			   h->configured_rate_bps > 0 ? h->configured_rate_bps : NAN);
		sb_put_bps(obj, "measured_bps", h->rate_bps);
		sb_put_fraction(obj, "limit", h->rate_tolerance);
		sb_put_false_alarm(obj, NAN, SB_NO_CHANCE);
	}
}

void sb_report_events_json(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "events");

	for (size_t i = 0; i < r->result->event_occurrence_count; i++)
		add_event_occurrence(list, r->plan, &r->result->event_occurrences[i]);
}
