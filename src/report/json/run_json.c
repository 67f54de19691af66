// SPDX-License-Identifier: MIT
/* run_json.c - a run as run.json: every value there is, null for what was not measured */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/pcap_quic.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"

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
	sb_auto_free char *clean = text ? sb_clean(text) : NULL;

	if (clean)
		sb_json_add_str(to, key, clean);
	else
		cJSON_AddNullToObject(to, key);
}

static void add_reasons(cJSON *to, const struct sb_reasons *reasons)
{
	cJSON *list = cJSON_AddArrayToObject(to, "reasons");
	cJSON *codes = cJSON_AddArrayToObject(to, "reason_codes");
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		sb_auto_free char *clean = sb_clean(reasons->text[i]);

		cJSON_AddItemToArray(list, cJSON_CreateString(clean));
		cJSON_AddItemToArray(codes,
				     cJSON_CreateString(sb_reason_code_name(reasons->code[i])));
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

static void add_configured(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *configured = cJSON_AddObjectToObject(to, "configured");

	add_quantiles(configured, "delay_ms", &d->configured_delay_ms);
	add_fraction(configured, "loss", d->configured_loss);
	sb_json_add_num(configured, "loss_burst", d->configured_burst);
	add_bps(configured, "rate_bps", d->configured_rate_bps > 0 ? d->configured_rate_bps : NAN);
	add_count(configured, "packets", d->sent);
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

static void add_checks(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "checks");

	sb_json_add_str(obj, "delay", sb_check_name(d->delay_check));
	sb_json_add_str(obj, "loss", sb_check_name(d->loss_check));
	sb_json_add_str(obj, "rate",
			d->configured_rate_bps > 0 ? sb_check_name(d->rate_check)
						   : "not configured");
	sb_json_add_str(obj, "order", sb_check_name(d->order_check));
}

#define NO_CHANCE "an engineering limit, not chance"

/*
 * How often a link that is right fails the check by chance, at most: null where that has no closed
 * form, and why not.
 */
static void add_false_alarm(cJSON *to, double false_alarm, const char *because)
{
	sb_json_add_num(to, "false_alarm", false_alarm);
	if (!isfinite(false_alarm))
		sb_json_add_str(to, "because", because);
}

static void add_tolerance(cJSON *to, const char *key, const char *unit, double limit)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	add_rounded(obj, unit, limit, 1e9);
	add_false_alarm(obj, NAN, isfinite(limit) ? NO_CHANCE : "not exercised");
}

/* What each of the checks allows. */
static void add_tolerances(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *top = cJSON_AddObjectToObject(to, "tolerances"), *obj;

	add_tolerance(top, "delay_p50", "limit_ms", d->delay_p50_limit_ms);
	add_tolerance(top, "delay_p99", "limit_ms", d->delay_p99_limit_ms);
	obj = cJSON_AddObjectToObject(top, "loss");
	add_fraction(obj, "limit", isfinite(d->loss_false_alarm) ? d->loss_tolerance : NAN);
	add_false_alarm(obj, d->loss_false_alarm, "not exercised");
	if (d->configured_rate_bps > 0)
		add_tolerance(top, "rate", "limit", d->rate_tolerance);
	add_tolerance(top, "order", "limit_packets", 0);
}

/* Only where it is: a rate that is shared is said of each, and each one's share of it. */
static void add_shared(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *obj;

	if (d->sharers < 2)
		return;
	obj = cJSON_AddObjectToObject(to, "shared");
	add_count(obj, "clients", d->sharers);
	add_fraction(obj, "share", d->share);
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

			add_configured(obj, d);
			add_measured(obj, d);
			add_counters(obj, r->counters ? &r->counters[2 * i + (size_t)dir] : NULL);
			add_checks(obj, d);
			add_tolerances(obj, d);
			add_shared(obj, d);
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

static void add_legs(cJSON *to, const struct sb_flow_result *f)
{
	cJSON *legs = cJSON_AddArrayToObject(to, "legs"), *leg;

	leg = cJSON_CreateObject();
	cJSON_AddItemToArray(legs, leg);
	sb_json_add_str(leg, "leg", "satellite");
	add_syn(leg, "syn", &f->syn);
	add_syn(leg, "syn_ack", &f->syn_ack);
	leg = cJSON_CreateObject();
	cJSON_AddItemToArray(legs, leg);
	sb_json_add_str(leg, "leg", "other");
	add_syn(leg, "syn", &f->other_syn);
	add_syn(leg, "syn_ack", &f->other_syn_ack);
	add_bps(to, "window_cap_bps", f->window_cap_bps);
	sb_json_add_bool(to, "tcp_info_on_satellite_leg", !f->tcp_info_elsewhere);
}

static void add_exec_end(cJSON *to, const char *key, const struct sb_exec_outcome *e)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	add_known(obj, "status", e->started ? e->status : -1);
	add_known(obj, "signal", e->started ? e->signal : -1);
	sb_json_add_bool(obj, "stopped", e->stopped);
	add_text(obj, "error", e->error);
	add_rounded(obj, "seconds", e->ended ? e->seconds : NAN, 1e6);
	add_text(obj, "log", e->started ? e->log : NULL);
}

static void add_interop(cJSON *to, const struct sb_flow_outcome *o, const struct sb_flow *flow)
{
	cJSON *files;

	sb_json_add_str(to, "testcase", flow->testcase);
	sb_json_add_str(to, "server_image", flow->server_image);
	sb_json_add_str(to, "client_image", flow->client_image);
	sb_json_add_str(to, "result", sb_interop_result_name(o->interop));
	add_rounded(to, "completion_s", o->completion_s, 1e9);
	add_rounded(to, "goodput_bps", 8 * (double)flow->size_bytes / o->completion_s, 1);
	files = cJSON_AddArrayToObject(to, "files");
	for (uint32_t i = 0; i < flow->file_count; i++) {
		cJSON *file = cJSON_CreateObject();

		sb_json_add_i64(file, "bytes", (int64_t)flow->file_bytes[i]);
		sb_json_add_bool(file, "intact",
				 o->interop_intact[i] == (int64_t)flow->file_bytes[i]);
		cJSON_AddItemToArray(files, file);
	}
}

/* A member named after the kind, which only flows of that kind have. */
static void add_outcome(cJSON *to, const struct sb_flow_outcome *o, const struct sb_flow *flow)
{
	cJSON *obj;

	if (o->kind == SB_FLOW_FILE) {
		obj = cJSON_AddObjectToObject(to, "file");
		sb_json_add_bool(obj, "complete", o->complete);
		add_rounded(obj, "completion_s", o->completion_s, 1e9);
		add_known(obj, "attempts", o->attempts);
		add_known(obj, "arrived_bytes", o->arrived_bytes);
		add_known(obj, "wasted_bytes", o->wasted_bytes);
		add_known(obj, "damaged_at", o->damaged_at);
	} else if (o->kind == SB_FLOW_RR) {
		obj = cJSON_AddObjectToObject(to, "rr");
		add_known(obj, "requests", o->asked);
		add_known(obj, "answered", o->answered);
		add_known(obj, "timeouts", o->timeouts);
		obj = cJSON_AddObjectToObject(obj, "latency_ms");
		for (size_t i = 0; i < SB_LATENCIES; i++)
			add_ms(obj, sb_latency_names[i], o->latency_ms[i]);
	} else if (o->kind == SB_FLOW_EXEC) {
		obj = cJSON_AddObjectToObject(to, "exec");
		add_exec_end(obj, "server", &o->server);
		add_exec_end(obj, "client", &o->client);
		if (o->interop)
			add_interop(cJSON_AddObjectToObject(to, "interop"), o, flow);
	}
}

/* Of a stream flow: of its datagrams lost.  Null where a capture lost packets of its sender. */
static void add_causes(cJSON *to, const struct sb_flow_result *f, bool known)
{
	cJSON *obj;

	if (!known) {
		cJSON_AddNullToObject(to, "causes");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "causes");
	for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
		add_count(obj, sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
			  f->causes[cause]);
}

/* By direction: programs speak both ways. */
static void add_datagrams(cJSON *to, const struct sb_flow_result *f)
{
	cJSON *top = cJSON_AddObjectToObject(to, "datagrams");

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_datagrams *d = &f->datagrams[dir];
		cJSON *obj = cJSON_AddObjectToObject(top, sb_dir_name((enum sb_dir)dir)), *causes;

		add_count(obj, "sent", d->sent);
		add_count(obj, "arrived_bytes", d->bytes);
		add_count(obj, "lost", d->lost);
		causes = cJSON_AddObjectToObject(obj, "causes");
		for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
			add_count(causes, sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
				  d->causes[cause]);
	}
}

static void add_version(cJSON *to, const char *key, uint32_t version)
{
	char text[SB_QUIC_VERSION_MAX];

	add_text(to, key, version ? sb_quic_version_name(version, text) : NULL);
}

static void add_quic(cJSON *to, const struct sb_quic_result *q)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "quic");

	add_count(obj, "connections", q->connections);
	add_version(obj, "client_version", q->client_version);
	add_version(obj, "version", q->version);
	sb_json_add_bool(obj, "retry", q->retry);
	sb_json_add_bool(obj, "version_negotiation", q->negotiation);
	add_count(obj, "zero_rtt_datagrams", q->zero_rtt);
	add_ms(obj, "handshake_ms", q->handshake_ms);
	add_ms(obj, "round_trip_ms", q->round_trip_ms);
	sb_json_add_bool(obj, "spins", q->spins);
	add_quantiles(obj, "spin_rtt_ms", &q->spin_rtt_ms);
}

static void add_recoveries(cJSON *to, const struct sb_flow_result *f)
{
	cJSON *list = cJSON_AddArrayToObject(to, "recovery");

	for (size_t i = 0; i < f->recovery_count; i++) {
		const struct sb_recovery *r = &f->recoveries[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		add_rounded(obj, "at_s", r->at_s, 1e9);
		add_ms(obj, "outage_ms", r->outage_ms);
		sb_json_add_str(obj, "direction",
				!r->dir[SB_DOWN] ? "up"
				: !r->dir[SB_UP] ? "down"
						 : "both");
		add_ms(obj, "first_new_byte_ms", r->first_byte_ms);
		add_bps(obj, "goodput_before_bps", r->before_bps);
		add_ms(obj, "to_90_percent_ms", r->recovered_ms);
		add_count(obj, "timeouts", r->timeouts);
		add_count(obj, "spurious_timeouts", r->spurious_timeouts);
	}
}

static void add_limits(cJSON *to, const struct sb_limits *l)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "limited");

	add_rounded(obj, "by_receive_window", l->window, 1e4);
	add_rounded(obj, "by_send_buffer", l->buffer, 1e4);
	add_rounded(obj, "by_application", l->application, 1e4);
	add_text(obj, "text", l->text[0] ? l->text : NULL);
}

static void add_flow(cJSON *list, const struct sb_report *r, size_t i)
{
	const struct sb_flow_result *f = &r->result->flows[i];
	const struct sb_flow *flow = &r->plan->flows[i];
	cJSON *obj = cJSON_CreateObject(), *retransmits;
	bool tcp = !sb_report_is_udp(flow, f);
	bool udp = sb_flow_transport(flow) != SB_TRANSPORT_TCP;
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
	add_bps(obj, "goodput_settled_bps", f->settled_bps);
	retransmits = cJSON_AddObjectToObject(obj, "retransmits");
	add_known(retransmits, "pcap", tcp ? f->retransmits : -1);
	add_known(retransmits, "tcp_info", tcp ? f->retransmits_tcp_info : -1);
	add_causes(obj, f, !tcp || f->retransmits >= 0);
	add_known(obj, "timeouts", tcp && f->retransmits >= 0 ? (int64_t)f->timeouts : -1);
	add_known(obj, "spurious_timeouts",
		  tcp && f->retransmits >= 0 ? (int64_t)f->spurious_timeouts : -1);
	add_recoveries(obj, f);
	add_limits(obj, &f->limits);
	add_quantiles(obj, "rtt_ms", &f->rtt_ms);
	add_ms(obj, "handshake_ms", tcp || f->quic.connections ? f->handshake_ms : NAN);
	add_syn(obj, "syn", &f->syn);
	add_syn(obj, "syn_ack", &f->syn_ack);
	if (tcp && r->plan->path != SB_PATH_BRIDGE)
		add_legs(obj, f);
	add_known(obj, "packets", udp ? (int64_t)f->packets : -1);
	add_known(obj, "lost", udp ? (int64_t)f->lost : -1);
	if (flow->kind == SB_FLOW_EXEC)
		add_datagrams(obj, f);
	if (f->quic.connections)
		add_quic(obj, &f->quic);
	if (r->outcomes)
		add_outcome(obj, &r->outcomes[i], flow);
	add_text(obj, "error", r->flow_errors ? r->flow_errors[i] : NULL);
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
		add_text(obj, "file", c->file);
		add_known(obj, "received", known ? (int64_t)c->stats.received : -1);
		add_known(obj, "dropped", known ? (int64_t)c->stats.dropped : -1);
		add_known(obj, "interface_dropped",
			  known ? (int64_t)c->stats.interface_dropped : -1);
		add_known(obj, "written", known ? (int64_t)c->stats.written : -1);
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

static void add_edge(cJSON *to, const char *key, const struct sb_edge *e)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_json_add_str(obj, "check", sb_check_name(e->check));
	add_ms(obj, "error_ms", e->error_ms);
	add_ms(obj, "packets_apart_ms", e->gap_ms);
	add_ms(obj, "limit_ms", e->limit_ms);
	add_false_alarm(obj, e->false_alarm, NO_CHANCE);
}

static void add_event_occurrence(cJSON *list, const struct sb_plan *plan,
				 const struct sb_event_occurrence *h)
{
	cJSON *top = cJSON_CreateObject(), *obj;
	char client[SB_NAME_MAX];

	cJSON_AddItemToArray(list, top);
	add_text(top, "event", plan->events[h->event].name);
	sb_json_add_str(top, "client", sb_node_name(client, h->link + 1u));
	sb_json_add_str(top, "direction", sb_dir_name((enum sb_dir)h->dir));
	add_rounded(top, "at_s", h->at_s, 1e9);
	add_ms(top, "lateness_ms", h->lateness_ms);
	if (h->outage) {
		obj = cJSON_AddObjectToObject(top, "outage");
		add_ms(obj, "asked_ms", h->outage_ms);
		add_edge(obj, "begin", &h->begin);
		add_edge(obj, "end", &h->end);
	}
	if (h->delay) {
		obj = cJSON_AddObjectToObject(top, "delay");
		sb_json_add_str(obj, "check", sb_check_name(h->delay_check));
		add_ms(obj, "asked_ms", h->configured_delay_ms);
		add_ms(obj, "measured_ms", h->delay_ms);
		add_ms(obj, "limit_ms", h->delay_limit_ms);
		add_false_alarm(obj, NAN, NO_CHANCE);
	}
	if (h->rate) {
		obj = cJSON_AddObjectToObject(top, "rate");
		sb_json_add_str(obj, "check", sb_check_name(h->rate_check));
		add_bps(obj, "asked_bps",
			h->configured_rate_bps > 0 ? h->configured_rate_bps : NAN);
		add_bps(obj, "measured_bps", h->rate_bps);
		add_fraction(obj, "limit", h->rate_tolerance);
		add_false_alarm(obj, NAN, NO_CHANCE);
	}
}

static void add_rtt(cJSON *link, const struct sb_path_rtt *rtt)
{
	cJSON *obj;

	if (!rtt || !rtt->answered) {
		cJSON_AddNullToObject(link, "rtt_ms");
		sb_json_add_str(link, "rtt_unknown",
				rtt && rtt->why[0] ? rtt->why : "it was not measured");
		return;
	}
	obj = cJSON_AddObjectToObject(link, "rtt_ms");
	add_ms(obj, "p50", (double)rtt->p50_ns / 1e6);
	add_ms(obj, "p99", (double)rtt->p99_ns / 1e6);
	add_count(obj, "count", (uint64_t)rtt->answered);
}

static void add_host_baseline(cJSON *to, const struct sb_report *r)
{
	const struct sb_host_baseline *s = &r->result->host_baseline;
	cJSON *top = cJSON_AddObjectToObject(to, "host_baseline"), *obj, *links;
	char client[SB_NAME_MAX];

	obj = cJSON_AddObjectToObject(top, "timer_late_ms");
	add_ms(obj, "p50", s->timer_known ? (double)s->timer_p50_ns / 1e6 : NAN);
	add_ms(obj, "max", s->timer_known ? (double)s->timer_max_ns / 1e6 : NAN);
	obj = cJSON_AddObjectToObject(top, "cpu");
	add_rounded(obj, "busy", s->cpu_known ? s->cpu_busy : NAN, 1e4);
	add_rounded(obj, "stolen", s->cpu_known ? s->cpu_stolen : NAN, 1e4);
	links = cJSON_AddArrayToObject(top, "links");
	for (size_t i = 0; i < r->result->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(links, link);
		sb_json_add_str(link, "client", sb_node_name(client, i + 1));
		add_rtt(link, r->rtts ? &r->rtts[i] : NULL);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];

			obj = cJSON_AddObjectToObject(link, sb_dir_name((enum sb_dir)dir));
			add_ms(obj, "path_cost_ms", d->path_cost_ms);
			add_bps(obj, "ceiling_bps", d->ceiling_bps);
			add_count(obj, "probes", d->probes);
			add_count(obj, "probes_arrived", d->probes_arrived);
		}
	}
}

static void add_event_occurrences(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "events");

	for (size_t i = 0; i < r->result->event_occurrence_count; i++)
		add_event_occurrence(list, r->plan, &r->result->event_occurrences[i]);
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
		sb_json_add_bool(obj, "met", results[i].met);
		if (results[i].known && results[i].expect->word[0])
			sb_json_add_str(obj, "value", sb_verdict_name(r->result->verdict));
		else
			sb_json_add_num(obj, "value", results[i].known ? results[i].value : NAN);
	}
	sb_json_add_bool(to, "expects_met", all);
	free(results);
}

/* Who ends TCP connections on the way, and on which side of it the satellite is. */
static void add_split(cJSON *to, const struct sb_plan *plan)
{
	cJSON *obj;

	if (plan->path == SB_PATH_BRIDGE) {
		cJSON_AddNullToObject(to, "split");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "split");
	sb_json_add_str(obj, "tcp_terminated_by", sb_relay_name(plan->path));
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
	add_rounded(obj, "at_s", r->measured_s, 1e9);
	add_rounded(obj, "unix_s", r->cut_off_unix_s, 1e6);
	add_text(obj, "why", r->cut_off);
}

cJSON *sb_report_values_json(const struct sb_report *r)
{
	cJSON *top = cJSON_CreateObject(), *obj;
	size_t i;

	add_count(top, "format", SB_RESULTS_FORMAT);
	add_text(top, "scenario", r->plan->name);
	add_text(top, "about", r->plan->about);
	add_seed(top, r->plan->seed);
	obj = cJSON_AddObjectToObject(top, "engine");
	add_text(obj, "kind", r->engine_kind);
	add_text(top, "link_backend", r->link_backend);
	add_text(top, "link_backend_why", r->backend_why);
	sb_json_add_str(top, "path", sb_path_name(r->plan->path));
	add_split(top, r->plan);
	add_text(top, "directory", r->directory);
	sb_json_add_str(top, "verdict", sb_verdict_name(r->result->verdict));
	add_reasons(top, &r->result->reasons);
	sb_json_add_bool(top, "interrupted", r->interrupted);
	add_cut_off(top, r);
	obj = cJSON_AddObjectToObject(top, "timings");
	sb_json_add_num(obj, "planned_s", (double)r->plan->duration_ns / 1e9);
	add_rounded(obj, "measured_s", r->measured_s, 1e9);
	add_ms(obj, "up_ms", r->up_ms);
	add_ms(obj, "down_ms", r->down_ms);
	obj = cJSON_AddArrayToObject(top, "flows");
	for (i = 0; i < r->result->flow_count; i++)
		add_flow(obj, r, i);
	add_links(top, r);
	sb_report_replay_json(top, r);
	sb_report_session_json(top, r);
	add_captures(top, r);
	add_timeline(top, r);
	add_event_occurrences(top, r);
	if (r->cpu)
		cJSON_AddItemToObject(top, "cpu", cJSON_Duplicate(r->cpu, true));
	else
		cJSON_AddNullToObject(top, "cpu");
	add_host_baseline(top, r);
	if (r->manifest)
		cJSON_AddItemToObject(top, "manifest", cJSON_Duplicate(r->manifest, true));
	else
		cJSON_AddNullToObject(top, "manifest");
	return top;
}

cJSON *sb_report_json(const struct sb_report *r)
{
	cJSON *top = sb_report_values_json(r);

	add_expects(top, r);
	return top;
}
