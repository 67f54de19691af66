// SPDX-License-Identifier: MIT
/* flows_json.c - "flows" of run.json: what each carried, and what became of it */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"
#include "satbed/pcap_quic.h"

static void add_syn(cJSON *to, const char *key, const struct sb_syn *syn)
{
	cJSON *obj;

	if (!syn->seen) {
		cJSON_AddNullToObject(to, key);
		return;
	}
	obj = cJSON_AddObjectToObject(to, key);
	sb_put_known(obj, "mss", syn->mss);
	sb_put_known(obj, "window_scale", syn->window_scale);
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
	sb_put_bps(to, "window_cap_bps", f->window_cap_bps);
	sb_json_add_bool(to, "tcp_info_on_satellite_leg", !f->tcp_info_elsewhere);
}

static void add_exec_end(cJSON *to, const char *key, const struct sb_exec_outcome *e)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_put_known(obj, "status", e->started ? e->status : -1);
	sb_put_known(obj, "signal", e->started ? e->signal : -1);
	sb_json_add_bool(obj, "stopped", e->stopped);
	sb_put_text(obj, "error", e->error);
	sb_put_rounded(obj, "seconds", e->ended ? e->seconds : NAN, 1e6);
	sb_put_text(obj, "log", e->started ? e->log : NULL);
}

static void add_interop(cJSON *to, const struct sb_flow_outcome *o, const struct sb_flow *flow)
{
	cJSON *files;

	sb_json_add_str(to, "testcase", flow->testcase);
	sb_json_add_str(to, "server_image", flow->server_image);
	sb_json_add_str(to, "client_image", flow->client_image);
	sb_json_add_str(to, "result", sb_interop_result_name(o->interop));
	sb_put_rounded(to, "completion_s", o->completion_s, 1e9);
	sb_put_rounded(to, "goodput_bps", 8 * (double)flow->size_bytes / o->completion_s, 1);
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
		sb_put_rounded(obj, "completion_s", o->completion_s, 1e9);
		sb_put_known(obj, "attempts", o->attempts);
		sb_put_known(obj, "arrived_bytes", o->arrived_bytes);
		sb_put_known(obj, "wasted_bytes", o->wasted_bytes);
		sb_put_known(obj, "damaged_at", o->damaged_at);
	} else if (o->kind == SB_FLOW_RR) {
		obj = cJSON_AddObjectToObject(to, "rr");
		sb_put_known(obj, "requests", o->asked);
		sb_put_known(obj, "answered", o->answered);
		sb_put_known(obj, "timeouts", o->timeouts);
		obj = cJSON_AddObjectToObject(obj, "latency_ms");
		for (size_t i = 0; i < SB_LATENCIES; i++)
			sb_put_ms(obj, sb_latency_names[i], o->latency_ms[i]);
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
		sb_put_count(obj, sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
			     f->causes[cause]);
}

/* By direction: programs speak both ways. */
static void add_datagrams(cJSON *to, const struct sb_flow_result *f)
{
	cJSON *top = cJSON_AddObjectToObject(to, "datagrams");

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_datagrams *d = &f->datagrams[dir];
		cJSON *obj = cJSON_AddObjectToObject(top, sb_dir_name((enum sb_dir)dir)), *causes;

		sb_put_count(obj, "sent", d->sent);
		sb_put_count(obj, "arrived_bytes", d->bytes);
		sb_put_count(obj, "lost", d->lost);
		causes = cJSON_AddObjectToObject(obj, "causes");
		for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
			sb_put_count(causes,
				     sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
				     d->causes[cause]);
	}
}

static void add_version(cJSON *to, const char *key, uint32_t version)
{
	char text[SB_QUIC_VERSION_MAX];

	sb_put_text(to, key, version ? sb_quic_version_name(version, text) : NULL);
}

static void add_quic(cJSON *to, const struct sb_quic_result *q)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "quic");

	sb_put_count(obj, "connections", q->connections);
	add_version(obj, "client_version", q->client_version);
	add_version(obj, "version", q->version);
	sb_json_add_bool(obj, "retry", q->retry);
	sb_json_add_bool(obj, "version_negotiation", q->negotiation);
	sb_put_count(obj, "zero_rtt_datagrams", q->zero_rtt);
	sb_put_ms(obj, "handshake_ms", q->handshake_ms);
	sb_put_ms(obj, "round_trip_ms", q->round_trip_ms);
	sb_json_add_bool(obj, "spins", q->spins);
	sb_put_quantiles(obj, "spin_rtt_ms", &q->spin_rtt_ms);
}

static void add_recoveries(cJSON *to, const struct sb_flow_result *f)
{
	cJSON *list = cJSON_AddArrayToObject(to, "recovery");

	for (size_t i = 0; i < f->recovery_count; i++) {
		const struct sb_recovery *r = &f->recoveries[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		sb_put_rounded(obj, "at_s", r->at_s, 1e9);
		sb_put_ms(obj, "outage_ms", r->outage_ms);
		sb_json_add_str(obj, "direction",
				!r->dir[SB_DOWN] ? "up"
				: !r->dir[SB_UP] ? "down"
						 : "both");
		sb_put_ms(obj, "first_new_byte_ms", r->first_byte_ms);
		sb_put_bps(obj, "goodput_before_bps", r->before_bps);
		sb_put_ms(obj, "to_90_percent_ms", r->recovered_ms);
		sb_put_count(obj, "timeouts", r->timeouts);
		sb_put_count(obj, "spurious_timeouts", r->spurious_timeouts);
	}
}

static void add_limits(cJSON *to, const struct sb_limits *l)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "limited");

	sb_put_rounded(obj, "by_receive_window", l->window, 1e4);
	sb_put_rounded(obj, "by_send_buffer", l->buffer, 1e4);
	sb_put_rounded(obj, "by_application", l->application, 1e4);
	sb_put_text(obj, "text", l->text[0] ? l->text : NULL);
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
	sb_put_count(obj, "streams", flow->streams);
	sb_put_count(obj, "port", flow->port);
	sb_put_text(obj, "cc", r->flow_cc ? r->flow_cc[i] : NULL);
	sb_put_count(obj, "bytes", f->bytes);
	sb_put_rounded(obj, "seconds", f->seconds, 1e9);
	sb_put_bps(obj, "goodput_bps", f->goodput_bps);
	sb_put_bps(obj, "goodput_settled_bps", f->settled_bps);
	retransmits = cJSON_AddObjectToObject(obj, "retransmits");
	sb_put_known(retransmits, "pcap", tcp ? f->retransmits : -1);
	sb_put_known(retransmits, "tcp_info", tcp ? f->retransmits_tcp_info : -1);
	add_causes(obj, f, !tcp || f->retransmits >= 0);
	sb_put_known(obj, "timeouts", tcp && f->retransmits >= 0 ? (int64_t)f->timeouts : -1);
	sb_put_known(obj, "spurious_timeouts",
		     tcp && f->retransmits >= 0 ? (int64_t)f->spurious_timeouts : -1);
	add_recoveries(obj, f);
	add_limits(obj, &f->limits);
	sb_put_quantiles(obj, "rtt_ms", &f->rtt_ms);
	sb_put_ms(obj, "handshake_ms", tcp || f->quic.connections ? f->handshake_ms : NAN);
	add_syn(obj, "syn", &f->syn);
	add_syn(obj, "syn_ack", &f->syn_ack);
	if (tcp && sb_plan_is_split(r->plan))
		add_legs(obj, f);
	sb_put_known(obj, "packets", udp ? (int64_t)f->packets : -1);
	sb_put_known(obj, "lost", udp ? (int64_t)f->lost : -1);
	if (flow->kind == SB_FLOW_EXEC)
		add_datagrams(obj, f);
	if (f->quic.connections)
		add_quic(obj, &f->quic);
	if (r->outcomes)
		add_outcome(obj, &r->outcomes[i], flow);
	sb_put_text(obj, "error", r->flow_errors ? r->flow_errors[i] : NULL);
}

void sb_report_flows_json(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "flows");

	for (size_t i = 0; i < r->result->flow_count; i++)
		add_flow(list, r, i);
}
