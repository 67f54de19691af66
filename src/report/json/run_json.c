// SPDX-License-Identifier: MIT
/* run_json.c - a run as run.json: every value there is, null for what was not measured */
#include <inttypes.h>
#include <stdio.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"
#include "satbed/report_format.h"

/* As a number where that is exact, else as text. */
static void add_seed(struct sb_put *to, uint64_t seed)
{
	char digits[24];

	if (seed < SB_JSON_EXACT)
		sb_put_count(to, "seed", seed);
	else {
		snprintf(digits, sizeof(digits), "%" PRIu64, seed);
		sb_put_word(to, "seed", digits);
	}
}

static void add_captures(struct sb_put *to, const struct sb_report *r)
{
	sb_put_list(to, "captures");
	bool known = r->captures_known || !r->cut_off;
	size_t i;

	for (i = 0; i < r->capture_count; i++) {
		const struct sb_capture_report *c = &r->captures[i];

		sb_put_item(to, c->file);
		sb_put_text(to, "file", c->file);
		sb_put_known(to, "received", known ? (int64_t)c->stats.received : -1);
		sb_put_known(to, "dropped", known ? (int64_t)c->stats.dropped : -1);
		sb_put_known(to, "interface_dropped",
			     known ? (int64_t)c->stats.interface_dropped : -1);
		sb_put_known(to, "written", known ? (int64_t)c->stats.written : -1);
		sb_put_end(to);
	}
	sb_put_end(to);
}

/* Who ends TCP connections on the way, and on which side of it the satellite is. */
static void add_split(struct sb_put *to, const struct sb_plan *plan)
{
	if (!sb_plan_is_split(plan)) {
		sb_put_null(to, "split");
		return;
	}
	sb_put_object(to, "split");
	sb_put_word(to, "tcp_terminated_by", sb_plan_relay_name(plan));
	if (plan->pep)
		sb_put_word(to, "pep", sb_pep_name(plan->pep));
	else
		sb_put_word(to, "placement", sb_placement_name(plan->placement));
	sb_put_end(to);
}

static void add_cut_off(struct sb_put *to, const struct sb_report *r)
{
	if (!r->cut_off) {
		sb_put_null(to, "cut_off");
		return;
	}
	sb_put_object(to, "cut_off");
	sb_put_rounded(to, "at_s", r->measured_s, 1e9);
	sb_put_rounded(to, "unix_s", r->cut_off_unix_s, 1e6);
	sb_put_text(to, "why", r->cut_off);
	sb_put_end(to);
}

void sb_report_values(struct sb_put *to, const struct sb_report *r)
{
	sb_put_count(to, "format", SB_RESULTS_FORMAT);
	sb_put_text(to, "scenario", r->plan->name);
	sb_put_text(to, "about", r->plan->about);
	add_seed(to, r->plan->seed);
	sb_put_object(to, "engine");
	sb_put_text(to, "kind", r->engine_kind);
	sb_put_end(to);
	sb_put_text(to, "link_backend", r->link_backend);
	sb_put_text(to, "link_backend_why", r->backend_why);
	sb_put_word(to, "path", sb_path_name(r->plan->path));
	add_split(to, r->plan);
	sb_put_text(to, "directory", r->directory);
	sb_put_word(to, "verdict", sb_verdict_name(r->result->verdict));
	sb_put_reasons(to, &r->result->reasons);
	sb_put_bool(to, "interrupted", r->interrupted);
	add_cut_off(to, r);
	sb_put_object(to, "timings");
	sb_put_number(to, "planned_s", (double)r->plan->duration_ns / 1e9);
	sb_put_rounded(to, "measured_s", r->measured_s, 1e9);
	sb_put_ms(to, "up_ms", r->up_ms);
	sb_put_ms(to, "down_ms", r->down_ms);
	sb_put_end(to);
	sb_report_flows_json(to, r);
	sb_report_links_json(to, r);
	sb_report_replay_json(to, r);
	sb_report_session_json(to, r);
	add_captures(to, r);
	sb_report_timeline_json(to, r);
	sb_report_events_json(to, r);
	sb_put_tree(to, "cpu", r->cpu);
	sb_report_host_json(to, r);
	sb_put_tree(to, "manifest", r->manifest);
}
