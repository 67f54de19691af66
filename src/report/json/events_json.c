// SPDX-License-Identifier: MIT
/* events_json.c - "timeline" and "events" of run.json: what was planned over time, and whether it came so */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/json/put.h"
#include "report/report_priv.h"

void sb_report_timeline_json(struct sb_put *to, const struct sb_report *r)
{
	sb_put_object(to, "timeline");
	char hash[20];
	size_t i;

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(r->plan));
	sb_put_word(to, "hash", hash);
	sb_put_count(to, "steps", r->plan->step_count);
	sb_put_quantiles(to, "lateness_ms", &r->result->step_lateness_ms);
	sb_put_list(to, "events");
	for (i = 0; i < r->plan->event_count; i++) {
		sb_put_item(to, r->plan->events[i].name);
		sb_put_text(to, "name", r->plan->events[i].name);
		sb_put_count(to, "count", r->plan->events[i].count);
		sb_put_end(to);
	}
	sb_put_end(to);
	sb_put_end(to);
}

static void add_edge(struct sb_put *to, const char *key, const struct sb_edge *e)
{
	sb_put_object(to, key);

	sb_put_word(to, "check", sb_check_name(e->check));
	sb_put_ms(to, "error_ms", e->error_ms);
	sb_put_ms(to, "packets_apart_ms", e->gap_ms);
	sb_put_ms(to, "limit_ms", e->limit_ms);
	sb_put_false_alarm(to, e->false_alarm, SB_NO_CHANCE);
	sb_put_end(to);
}

static void add_event_occurrence(struct sb_put *to, const struct sb_plan *plan,
				 const struct sb_event_occurrence *h)
{
	char client[SB_NAME_MAX];

	sb_put_item(to, sb_link_name(client, plan, h->link));
	sb_put_text(to, "event", plan->events[h->event].name);
	sb_put_word(to, "client", client);
	sb_put_word(to, "direction", sb_dir_name((enum sb_dir)h->dir));
	sb_put_rounded(to, "at_s", h->at_s, 1e9);
	sb_put_ms(to, "lateness_ms", h->lateness_ms);
	if (h->outage) {
		sb_put_object(to, "outage");
		sb_put_ms(to, "asked_ms", h->outage_ms);
		add_edge(to, "begin", &h->begin);
		add_edge(to, "end", &h->end);
		sb_put_end(to);
	}
	if (h->delay) {
		sb_put_object(to, "delay");
		sb_put_word(to, "check", sb_check_name(h->delay_check));
		sb_put_ms(to, "asked_ms", h->configured_delay_ms);
		sb_put_ms(to, "measured_ms", h->delay_ms);
		sb_put_ms(to, "limit_ms", h->delay_limit_ms);
		sb_put_false_alarm(to, NAN, SB_NO_CHANCE);
		sb_put_end(to);
	}
	if (h->rate) {
		sb_put_object(to, "rate");
		sb_put_word(to, "check", sb_check_name(h->rate_check));
		sb_put_bps(to, "asked_bps",
			   h->configured_rate_bps > 0 ? h->configured_rate_bps : NAN);
		sb_put_bps(to, "measured_bps", h->rate_bps);
		sb_put_fraction(to, "limit", h->rate_tolerance);
		sb_put_false_alarm(to, NAN, SB_NO_CHANCE);
		sb_put_end(to);
	}
	sb_put_end(to);
}

void sb_report_events_json(struct sb_put *to, const struct sb_report *r)
{
	sb_put_list(to, "events");

	for (size_t i = 0; i < r->result->event_occurrence_count; i++)
		add_event_occurrence(to, r->plan, &r->result->event_occurrences[i]);
	sb_put_end(to);
}
