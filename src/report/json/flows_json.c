// SPDX-License-Identifier: MIT
/* flows_json.c - "flows" of run.json: what each carried, and what became of it */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/pcap_quic.h"

static void add_syn(struct sb_put *to, const char *key, const struct sb_syn *syn)
{
	if (!syn->seen) {
		sb_put_null(to, key);
		return;
	}
	sb_put_object(to, key);
	sb_put_known(to, "mss", syn->mss);
	sb_put_known(to, "window_scale", syn->window_scale);
	sb_put_bool(to, "sack", syn->sack);
	sb_put_bool(to, "timestamps", syn->timestamps);
	sb_put_bool(to, "ecn", syn->ecn);
	sb_put_end(to);
}

static void add_legs(struct sb_put *to, const struct sb_flow_result *f)
{
	sb_put_list(to, "legs");
	sb_put_item(to, "satellite");
	sb_put_word(to, "leg", "satellite");
	add_syn(to, "syn", &f->syn);
	add_syn(to, "syn_ack", &f->syn_ack);
	sb_put_end(to);
	sb_put_item(to, "other");
	sb_put_word(to, "leg", "other");
	add_syn(to, "syn", &f->other_syn);
	add_syn(to, "syn_ack", &f->other_syn_ack);
	sb_put_end(to);
	sb_put_end(to);
	sb_put_bps(to, "window_cap_bps", f->window_cap_bps);
	sb_put_bool(to, "tcp_info_on_satellite_leg", !f->tcp_info_elsewhere);
}

static void add_exec_end(struct sb_put *to, const char *key, const struct sb_exec_outcome *e)
{
	sb_put_object(to, key);

	sb_put_known(to, "status", e->started ? e->status : -1);
	sb_put_known(to, "signal", e->started ? e->signal : -1);
	sb_put_bool(to, "stopped", e->stopped);
	sb_put_text(to, "error", e->error);
	sb_put_rounded(to, "seconds", e->ended ? e->seconds : NAN, 1e6);
	sb_put_text(to, "log", e->started ? e->log : NULL);
	sb_put_end(to);
}

static void add_interop(struct sb_put *to, const struct sb_flow_outcome *o,
			const struct sb_flow *flow)
{
	sb_put_object(to, "interop");
	sb_put_word(to, "testcase", flow->testcase);
	sb_put_word(to, "server_image", flow->server_image);
	sb_put_word(to, "client_image", flow->client_image);
	sb_put_word(to, "result", sb_interop_result_name(o->interop));
	sb_put_rounded(to, "completion_s", o->completion_s, 1e9);
	sb_put_rounded(to, "goodput_bps", 8 * (double)flow->size_bytes / o->completion_s, 1);
	sb_put_list(to, "files");
	for (uint32_t i = 0; i < flow->file_count; i++) {
		sb_put_item(to, NULL);
		sb_put_count(to, "bytes", flow->file_bytes[i]);
		sb_put_bool(to, "intact", o->interop_intact[i] == (int64_t)flow->file_bytes[i]);
		sb_put_end(to);
	}
	sb_put_end(to);
	sb_put_end(to);
}

/* A member named after the kind, which only flows of that kind have. */
static void add_outcome(struct sb_put *to, const struct sb_flow_outcome *o,
			const struct sb_flow *flow)
{
	if (o->kind == SB_FLOW_FILE) {
		sb_put_object(to, "file");
		sb_put_bool(to, "complete", o->complete);
		sb_put_rounded(to, "completion_s", o->completion_s, 1e9);
		sb_put_known(to, "attempts", o->attempts);
		sb_put_known(to, "arrived_bytes", o->arrived_bytes);
		sb_put_known(to, "wasted_bytes", o->wasted_bytes);
		sb_put_known(to, "damaged_at", o->damaged_at);
		sb_put_end(to);
	} else if (o->kind == SB_FLOW_RR) {
		sb_put_object(to, "rr");
		sb_put_known(to, "requests", o->asked);
		sb_put_known(to, "answered", o->answered);
		sb_put_known(to, "timeouts", o->timeouts);
		sb_put_object(to, "latency_ms");
		for (size_t i = 0; i < SB_LATENCIES; i++)
			sb_put_ms(to, sb_latency_names[i], o->latency_ms[i]);
		sb_put_end(to);
		sb_put_end(to);
	} else if (o->kind == SB_FLOW_EXEC) {
		sb_put_object(to, "exec");
		add_exec_end(to, "server", &o->server);
		add_exec_end(to, "client", &o->client);
		sb_put_end(to);
		if (o->interop)
			add_interop(to, o, flow);
	}
}

/* Of a stream flow: of its datagrams lost.  Null where a capture lost packets of its sender. */
static void add_causes(struct sb_put *to, const struct sb_flow_result *f, bool known)
{
	if (!known) {
		sb_put_null(to, "causes");
		return;
	}
	sb_put_object(to, "causes");
	for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
		sb_put_count(to, sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
			     f->causes[cause]);
	sb_put_end(to);
}

/* By direction: programs speak both ways. */
static void add_datagrams(struct sb_put *to, const struct sb_flow_result *f)
{
	sb_put_object(to, "datagrams");

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_datagrams *d = &f->datagrams[dir];
		sb_put_object(to, sb_dir_name((enum sb_dir)dir));

		sb_put_count(to, "sent", d->sent);
		sb_put_count(to, "arrived_bytes", d->bytes);
		sb_put_count(to, "lost", d->lost);
		sb_put_object(to, "causes");
		for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++)
			sb_put_count(to, sb_retransmit_cause_name((enum sb_retransmit_cause)cause),
				     d->causes[cause]);
		sb_put_end(to);
		sb_put_end(to);
	}
	sb_put_end(to);
}

static void add_version(struct sb_put *to, const char *key, uint32_t version)
{
	char text[SB_QUIC_VERSION_MAX];

	sb_put_text(to, key, version ? sb_quic_version_name(version, text) : NULL);
}

static void add_quic(struct sb_put *to, const struct sb_quic_result *q)
{
	sb_put_object(to, "quic");

	sb_put_count(to, "connections", q->connections);
	add_version(to, "client_version", q->client_version);
	add_version(to, "version", q->version);
	sb_put_bool(to, "retry", q->retry);
	sb_put_bool(to, "version_negotiation", q->negotiation);
	sb_put_count(to, "zero_rtt_datagrams", q->zero_rtt);
	sb_put_count(to, "coalesced_datagrams", q->coalesced);
	sb_put_count(to, "coalesced_packets", q->behind);
	sb_put_count(to, "coalesced_not_captured", q->unread);
	sb_put_ms(to, "handshake_ms", q->handshake_ms);
	sb_put_ms(to, "round_trip_ms", q->round_trip_ms);
	sb_put_bool(to, "spins", q->spins);
	sb_put_quantiles(to, "spin_rtt_ms", &q->spin_rtt_ms);
	sb_put_end(to);
}

static void add_recoveries(struct sb_put *to, const struct sb_flow_result *f)
{
	sb_put_list(to, "recovery");

	for (size_t i = 0; i < f->recovery_count; i++) {
		const struct sb_recovery *r = &f->recoveries[i];

		sb_put_item(to, NULL);
		sb_put_rounded(to, "at_s", r->at_s, 1e9);
		sb_put_ms(to, "outage_ms", r->outage_ms);
		sb_put_word(to, "direction",
			    !r->dir[SB_DOWN] ? "up"
			    : !r->dir[SB_UP] ? "down"
					     : "both");
		sb_put_ms(to, "first_new_byte_ms", r->first_byte_ms);
		sb_put_bps(to, "goodput_before_bps", r->before_bps);
		sb_put_ms(to, "to_90_percent_ms", r->recovered_ms);
		sb_put_count(to, "timeouts", r->timeouts);
		sb_put_count(to, "spurious_timeouts", r->spurious_timeouts);
		sb_put_end(to);
	}
	sb_put_end(to);
}

static void add_limits(struct sb_put *to, const struct sb_limits *l)
{
	sb_put_object(to, "limited");

	sb_put_rounded(to, "by_receive_window", l->window, 1e4);
	sb_put_rounded(to, "by_send_buffer", l->buffer, 1e4);
	sb_put_rounded(to, "by_application", l->application, 1e4);
	sb_put_text(to, "text", l->text[0] ? l->text : NULL);
	sb_put_end(to);
}

/* By path: what its subflows brought.  Beside the flow's bytes, in which each is counted once. */
static void add_mptcp(struct sb_put *to, const struct sb_plan *plan, const struct sb_flow *flow,
		      const struct sb_mptcp_result *m)
{
	size_t terminals = sb_plan_terminals(plan), first = flow->client / terminals * terminals;
	char name[SB_NAME_MAX];

	sb_put_object(to, "mptcp");
	sb_put_count(to, "repeated_bytes", m->repeated);
	sb_put_list(to, "paths");
	for (size_t i = 0; i < terminals; i++) {
		sb_put_item(to, sb_link_name(name, plan, first + i));
		sb_put_word(to, "client", name);
		sb_put_count(to, "subflows", m->path[i].subflows);
		sb_put_count(to, "bytes", m->path[i].bytes);
		sb_put_end(to);
	}
	sb_put_end(to);
	sb_put_end(to);
}

static void add_flow(struct sb_put *to, const struct sb_report *r, size_t i)
{
	const struct sb_flow_result *f = &r->result->flows[i];
	const struct sb_flow *flow = &r->plan->flows[i];
	bool tcp = !sb_report_is_udp(flow, f);
	bool udp = sb_flow_transport(flow) != SB_TRANSPORT_TCP;
	char client[SB_NAME_MAX];

	sb_put_item(to, flow->name);
	sb_put_word(to, "name", flow->name);
	sb_put_word(to, "kind", sb_flow_kind_name(flow->kind));
	sb_put_word(to, "client", sb_flow_client(client, r->plan, flow));
	sb_put_word(to, "direction", sb_dir_name((enum sb_dir)flow->dir));
	sb_put_count(to, "streams", flow->streams);
	sb_put_count(to, "port", flow->port);
	sb_put_text(to, "cc", r->flow_cc ? r->flow_cc[i] : NULL);
	sb_put_count(to, "bytes", f->bytes);
	sb_put_rounded(to, "seconds", f->seconds, 1e9);
	sb_put_bps(to, "goodput_bps", f->goodput_bps);
	sb_put_bps(to, "goodput_settled_bps", f->settled_bps);
	sb_put_object(to, "retransmits");
	sb_put_known(to, "pcap", tcp ? f->retransmits : -1);
	sb_put_known(to, "tcp_info", tcp ? f->retransmits_tcp_info : -1);
	sb_put_end(to);
	add_causes(to, f, !tcp || f->retransmits >= 0);
	sb_put_known(to, "timeouts", tcp && f->retransmits >= 0 ? (int64_t)f->timeouts : -1);
	sb_put_known(to, "spurious_timeouts",
		     tcp && f->retransmits >= 0 ? (int64_t)f->spurious_timeouts : -1);
	add_recoveries(to, f);
	add_limits(to, &f->limits);
	sb_put_quantiles(to, "rtt_ms", &f->rtt_ms);
	sb_put_ms(to, "handshake_ms", tcp || f->quic.connections ? f->handshake_ms : NAN);
	add_syn(to, "syn", &f->syn);
	add_syn(to, "syn_ack", &f->syn_ack);
	if (tcp && sb_plan_is_split(r->plan))
		add_legs(to, f);
	sb_put_known(to, "packets", udp ? (int64_t)f->packets : -1);
	sb_put_known(to, "lost", udp ? (int64_t)f->lost : -1);
	if (flow->kind == SB_FLOW_EXEC)
		add_datagrams(to, f);
	if (f->quic.connections)
		add_quic(to, &f->quic);
	if (f->mptcp.used)
		add_mptcp(to, r->plan, flow, &f->mptcp);
	if (r->outcomes)
		add_outcome(to, &r->outcomes[i], flow);
	sb_put_text(to, "error", r->flow_errors ? r->flow_errors[i] : NULL);
	sb_put_end(to);
}

void sb_report_flows_json(struct sb_put *to, const struct sb_report *r)
{
	sb_put_list(to, "flows");

	for (size_t i = 0; i < r->result->flow_count; i++)
		add_flow(to, r, i);
	sb_put_end(to);
}
