// SPDX-License-Identifier: MIT
/* run_json.c - a run as run.json: every value there is, null for what was not measured */
#include "report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* Doubles are written to the ns, the ppb, the bit/s: further digits only look exact. */
static void add_rounded(cJSON *to, const char *key, double value, double steps_per_unit)
{
	sb_json_add_num(to, key, round(value * steps_per_unit) / steps_per_unit);
}

static void add_ms(cJSON *to, const char *key, double ms)
{
	add_rounded(to, key, ms, 1e6);
}

static void add_fraction(cJSON *to, const char *key, double fraction)
{
	add_rounded(to, key, fraction, 1e9);
}

static void add_bps(cJSON *to, const char *key, double bps)
{
	add_rounded(to, key, bps, 1);
}

static void add_count(cJSON *to, const char *key, uint64_t count)
{
	sb_json_add_num(to, key, (double)count);
}

/* -1 and below stand for "not known". */
static void add_known(cJSON *to, const char *key, int64_t count)
{
	sb_json_add_num(to, key, count < 0 ? NAN : (double)count);
}

static void add_text(cJSON *to, const char *key, const char *text)
{
	sb_auto_free char *clean = text ? sb_report_clean(text) : NULL;

	if (clean)
		sb_json_add_str(to, key, clean);
	else
		cJSON_AddNullToObject(to, key);
}

static void add_reasons(cJSON *to, const struct sb_reasons *reasons)
{
	cJSON *list = cJSON_AddArrayToObject(to, "reasons");
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		sb_auto_free char *clean = sb_report_clean(reasons->text[i]);

		cJSON_AddItemToArray(list, cJSON_CreateString(clean));
	}
}

/* Exact as a number up to 2^53, where cJSON's (and every JavaScript's) doubles end. */
static void add_seed(cJSON *to, uint64_t seed)
{
	if (seed < UINT64_C(1) << 53)
		add_count(to, "seed", seed);
	else
		sb_json_add_u64(to, "seed", seed);
}

static void add_quantiles(cJSON *to, const char *key, const struct sb_quantiles *q)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);
	bool any = q->count > 0;

	add_ms(obj, "p50", any ? q->p50 : NAN);
	add_ms(obj, "p95", any ? q->p95 : NAN);
	add_ms(obj, "p99", any ? q->p99 : NAN);
	add_ms(obj, "mean", any ? q->mean : NAN);
	add_ms(obj, "max", any ? q->max : NAN);
	add_count(obj, "count", q->count);
}

static void add_asked(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *asked = cJSON_AddObjectToObject(to, "asked");

	add_quantiles(asked, "delay_ms", &d->asked_delay_ms);
	add_fraction(asked, "loss", d->asked_loss);
	sb_json_add_num(asked, "loss_burst", d->asked_burst);
	add_bps(asked, "rate_bps", d->asked_rate_bps > 0 ? d->asked_rate_bps : NAN);
	add_count(asked, "packets", d->sent);
}

static void add_measured(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *measured = cJSON_AddObjectToObject(to, "measured"), *lost;

	add_quantiles(measured, "delay_ms", &d->delay_ms);
	add_quantiles(measured, "delay_error_ms", &d->delay_error_ms);
	add_quantiles(measured, "one_way_delay_ms", &d->owd_ms);
	add_fraction(measured, "loss", d->loss);
	add_fraction(measured, "loss_tolerance", d->loss_tolerance);
	sb_json_add_num(measured, "loss_burst", d->measured_burst);
	add_bps(measured, "rate_bps", d->rate_bps);
	add_text(measured, "rate_source",
		 d->rate_source && *d->rate_source ? d->rate_source : NULL);
	add_count(measured, "packets", d->sent);
	add_count(measured, "arrived", d->arrived);
	lost = cJSON_AddObjectToObject(measured, "lost");
	add_count(lost, "link", d->lost_link);
	add_count(lost, "queue", d->lost_queue);
	add_count(lost, "outage", d->lost_outage);
	add_count(measured, "duplicated", d->duplicated);
	add_count(measured, "reordered", d->reordered);
}

static void add_counters(cJSON *to, const struct sb_link_counters *c)
{
	cJSON *obj;

	if (!c) {
		cJSON_AddNullToObject(to, "shaper");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "shaper");
	add_known(obj, "arrived", c->arrived);
	add_known(obj, "sent", c->sent);
	add_known(obj, "lost", c->lost);
	add_known(obj, "outage", c->outage);
	add_known(obj, "queue_dropped", c->queue_dropped);
	add_known(obj, "duplicated", c->duplicated);
	add_known(obj, "reordered", c->reordered);
	add_known(obj, "corrupted", c->corrupted);
	add_known(obj, "failed", c->failed);
	add_known(obj, "late", c->late);
}

static void add_links(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "links");
	char client[SB_NAME_MAX];
	size_t i;
	int dir;

	for (i = 0; i < r->result->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(list, link);
		sb_json_add_str(link, "client", sb_node_name(client, i + 1));
		for (dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];
			cJSON *obj = cJSON_AddObjectToObject(link, sb_dir_name((enum sb_dir)dir));

			add_asked(obj, d);
			add_measured(obj, d);
			add_counters(obj, r->counters ? &r->counters[2 * i + (size_t)dir] : NULL);
			sb_json_add_str(obj, "verdict", sb_verdict_name(d->verdict));
			add_reasons(obj, &d->reasons);
		}
	}
}

static void add_syn(cJSON *to, const char *key, const struct sb_syn *syn)
{
	cJSON *obj;

	if (!syn->seen) {
		cJSON_AddNullToObject(to, key);
		return;
	}
	obj = cJSON_AddObjectToObject(to, key);
	add_known(obj, "mss", syn->mss);
	add_known(obj, "window_scale", syn->window_scale);
	sb_json_add_bool(obj, "sack", syn->sack);
	sb_json_add_bool(obj, "timestamps", syn->timestamps);
	sb_json_add_bool(obj, "ecn", syn->ecn);
}

static void add_flow(cJSON *list, const struct sb_report *r, size_t i)
{
	const struct sb_flow_result *f = &r->result->flows[i];
	const struct sb_flow *flow = &r->plan->flows[i];
	cJSON *obj = cJSON_CreateObject(), *retransmits;
	bool tcp = flow->kind == SB_FLOW_BULK;
	char client[SB_NAME_MAX];

	cJSON_AddItemToArray(list, obj);
	sb_json_add_str(obj, "name", flow->name);
	sb_json_add_str(obj, "kind", sb_flow_kind_name(flow->kind));
	sb_json_add_str(obj, "client", sb_node_name(client, (size_t)flow->client + 1));
	sb_json_add_str(obj, "direction", sb_dir_name((enum sb_dir)flow->dir));
	add_count(obj, "streams", flow->streams);
	add_count(obj, "port", flow->port);
	add_text(obj, "cc", r->flow_cc ? r->flow_cc[i] : NULL);
	add_count(obj, "bytes", f->bytes);
	add_rounded(obj, "seconds", f->seconds, 1e9);
	add_bps(obj, "goodput_bps", f->goodput_bps);
	retransmits = cJSON_AddObjectToObject(obj, "retransmits");
	add_known(retransmits, "pcap", tcp ? f->retransmits : -1);
	add_known(retransmits, "tcp_info", tcp ? f->retransmits_tcp_info : -1);
	add_quantiles(obj, "rtt_ms", &f->rtt_ms);
	add_ms(obj, "handshake_ms", tcp ? f->handshake_ms : NAN);
	add_syn(obj, "syn", &f->syn);
	add_syn(obj, "syn_ack", &f->syn_ack);
	add_known(obj, "packets", tcp ? -1 : (int64_t)f->packets);
	add_known(obj, "lost", tcp ? -1 : (int64_t)f->lost);
	add_text(obj, "error", r->flow_errors ? r->flow_errors[i] : NULL);
}

static void add_captures(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "captures");
	size_t i;

	for (i = 0; i < r->capture_count; i++) {
		const struct sb_capture_report *c = &r->captures[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		add_text(obj, "file", c->file);
		add_count(obj, "received", c->stats.received);
		add_count(obj, "dropped", c->stats.dropped);
		add_count(obj, "interface_dropped", c->stats.interface_dropped);
		add_count(obj, "written", c->stats.written);
	}
}

static void add_timeline(cJSON *to, const struct sb_report *r)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "timeline"), *events;
	char hash[20];
	size_t i;

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(r->plan));
	sb_json_add_str(obj, "hash", hash);
	add_count(obj, "steps", r->plan->step_count);
	add_quantiles(obj, "lateness_ms", &r->result->step_lateness_ms);
	events = cJSON_AddArrayToObject(obj, "events");
	for (i = 0; i < r->plan->event_count; i++) {
		cJSON *event = cJSON_CreateObject();

		cJSON_AddItemToArray(events, event);
		add_text(event, "name", r->plan->events[i].name);
		add_count(event, "count", r->plan->events[i].count);
	}
}

static void add_expects(cJSON *to, const struct sb_report *r)
{
	struct sb_expect_result *results =
	    sb_alloc(r->plan->expect_count + 1, sizeof(struct sb_expect_result));
	bool all = sb_report_expects(r, results);
	cJSON *list = cJSON_AddArrayToObject(to, "expects");
	size_t i;

	for (i = 0; i < r->plan->expect_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		add_text(obj, "what", results[i].expect->what);
		add_text(obj, "text", results[i].expect->text);
		sb_json_add_bool(obj, "held", results[i].held);
		if (results[i].known && results[i].expect->word[0])
			sb_json_add_str(obj, "value", sb_verdict_name(r->result->verdict));
		else
			sb_json_add_num(obj, "value", results[i].known ? results[i].value : NAN);
	}
	sb_json_add_bool(to, "expects_held", all);
	free(results);
}

cJSON *sb_report_json(const struct sb_report *r)
{
	cJSON *top = cJSON_CreateObject(), *obj;
	size_t i;

	add_count(top, "format", 1);
	add_text(top, "scenario", r->plan->name);
	add_text(top, "about", r->plan->about);
	add_seed(top, r->plan->seed);
	obj = cJSON_AddObjectToObject(top, "engine");
	add_text(obj, "kind", r->engine_kind);
	add_text(top, "link_backend", r->link_backend);
	add_text(top, "link_backend_why", r->backend_why);
	sb_json_add_str(top, "path", sb_path_name(r->plan->path));
	add_text(top, "directory", r->directory);
	sb_json_add_str(top, "verdict", sb_verdict_name(r->result->verdict));
	add_reasons(top, &r->result->reasons);
	sb_json_add_bool(top, "interrupted", r->interrupted);
	obj = cJSON_AddObjectToObject(top, "timings");
	sb_json_add_num(obj, "planned_s", (double)r->plan->duration_ns / 1e9);
	add_rounded(obj, "measured_s", r->measured_s, 1e9);
	add_ms(obj, "up_ms", r->up_ms);
	add_ms(obj, "down_ms", r->down_ms);
	obj = cJSON_AddArrayToObject(top, "flows");
	for (i = 0; i < r->result->flow_count; i++)
		add_flow(obj, r, i);
	add_links(top, r);
	add_captures(top, r);
	add_timeline(top, r);
	add_expects(top, r);
	if (r->manifest)
		cJSON_AddItemToObject(top, "manifest", cJSON_Duplicate(r->manifest, true));
	else
		cJSON_AddNullToObject(top, "manifest");
	return top;
}
