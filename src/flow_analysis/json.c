/* SPDX-License-Identifier: MIT */
/* json.c - a flow_analysis for programs; written as it goes, since there may be many flows */
#include <math.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/json_writer.h"
#include "satbed/base/mem.h"
#include "show.h"

static void add_count(cJSON *o, const char *key, uint64_t n)
{
	/* Exact to 2^53: no capture holds more. */
	sb_json_add_num(o, key, (double)n);
}

/* Flows may be thousands: they are written as they are, not made of cJSON's items first. */
static void put_count(struct sb_json_writer *w, const char *key, uint64_t n)
{
	sb_json_write_num(w, key, (double)n);
}

static void put_spread(struct sb_json_writer *w, const char *key,
		       const struct sb_flow_analysis_spread *s)
{
	sb_json_write_begin(w, key, '{');
	put_count(w, "count", s->count);
	if (s->count) {
		sb_json_write_num(w, "p50", s->p50_ms);
		sb_json_write_num(w, "p95", s->p95_ms);
		sb_json_write_num(w, "p99", s->p99_ms);
		sb_json_write_num(w, "min", s->min_ms);
		sb_json_write_num(w, "max", s->max_ms);
	}
	sb_json_write_end(w, '}');
}

static void put_syn(struct sb_json_writer *w, const struct sb_handshake *h)
{
	if (!h->seen) {
		sb_json_write_str(w, "syn", NULL);
		return;
	}
	sb_json_write_begin(w, "syn", '{');
	if (h->mss >= 0)
		sb_json_write_num(w, "mss", h->mss);
	if (h->window_scale >= 0)
		sb_json_write_num(w, "window_scale", h->window_scale);
	sb_json_write_bool(w, "sack", h->sack);
	sb_json_write_bool(w, "timestamps", h->timestamps);
	sb_json_write_bool(w, "ecn", h->ecn);
	sb_json_write_end(w, '}');
}

static void put_tcp(struct sb_json_writer *w, const struct sb_flow_analysis_dir *d)
{
	put_count(w, "retransmits", d->retransmits);
	put_count(w, "retransmits_lost_before", d->lost_before);
	put_count(w, "retransmits_spurious", d->spurious);
	put_count(w, "reordered", d->reordered);
	put_count(w, "duplicated", d->duplicates);
	put_count(w, "duplicate_acks", d->dup_acks);
	put_count(w, "zero_windows", d->zero_windows);
	put_count(w, "unseen_bytes", d->unseen);
	put_count(w, "fin", d->fin);
	put_count(w, "rst", d->rst);
	put_spread(w, "rtt_ms", &d->rtt);
	put_spread(w, "ts_rtt_ms", &d->ts_rtt);
	put_syn(w, &d->syn);
}

static void put_dir(struct sb_json_writer *w, const char *key,
		    const struct sb_flow_analysis_flow *f, int i)
{
	const struct sb_flow_analysis_dir *d = &f->dir[i];
	double seconds = (double)(f->last_ns - f->first_ns) / SB_NS_PER_S;

	sb_json_write_begin(w, key, '{');
	put_count(w, "packets", d->packets);
	put_count(w, "wire_bytes", d->wire_bytes);
	put_count(w, "payload_bytes", d->payload);
	put_count(w, "goodput_bytes", d->goodput_bytes);
	if (seconds > 0)
		sb_json_write_num(w, "goodput_bps", 8 * (double)d->goodput_bytes / seconds);
	if (f->proto == 6)
		put_tcp(w, d);
	if (f->quic.spins)
		put_spread(w, "spin_rtt_ms", &d->rtt);
	sb_json_write_end(w, '}');
}

static void put_ms(struct sb_json_writer *w, const char *key, int64_t ns)
{
	sb_json_write_num(w, key, ns == INT64_MIN ? NAN : (double)ns / SB_NS_PER_MS);
}

static void put_quic(struct sb_json_writer *w, const struct sb_flow_analysis_quic *q)
{
	char text[SB_QUIC_VERSION_MAX];

	sb_json_write_begin(w, "quic", '{');
	sb_json_write_str(w, "client_version", sb_quic_version_name(q->client_version, text));
	sb_json_write_str(w, "version", q->version ? sb_quic_version_name(q->version, text) : NULL);
	sb_json_write_bool(w, "retry", q->retry);
	sb_json_write_bool(w, "version_negotiation", q->negotiation);
	put_count(w, "zero_rtt_datagrams", q->zero_rtt);
	put_ms(w, "handshake_ms", q->handshake_ns);
	put_ms(w, "round_trip_ms", q->round_trip_ns);
	sb_json_write_bool(w, "spins", q->spins);
	sb_json_write_end(w, '}');
}

static void put_flow(struct sb_json_writer *w, const struct sb_flow_analysis_flow *f, bool timed)
{
	char client[SB_FLOW_ANALYSIS_END_MAX], server[SB_FLOW_ANALYSIS_END_MAX];

	sb_flow_analysis_end(f, 0, client);
	sb_flow_analysis_end(f, 1, server);
	sb_json_write_begin(w, NULL, '{');
	sb_json_write_str(w, "proto", sb_flow_analysis_proto(f));
	sb_json_write_str(w, "client", client);
	sb_json_write_str(w, "server", server);
	sb_json_write_bool(w, "saw_start", f->saw_start);
	sb_json_write_num(w, "start_s", timed ? (double)f->first_ns / SB_NS_PER_S : NAN);
	sb_json_write_num(w, "duration_s",
			  timed ? (double)(f->last_ns - f->first_ns) / SB_NS_PER_S : NAN);
	if (f->proto == 6)
		put_ms(w, "handshake_ms", timed ? f->handshake_ns : INT64_MIN);
	if (f->quic.known)
		put_quic(w, &f->quic);
	put_dir(w, "to_server", f, 0);
	put_dir(w, "to_client", f, 1);
	sb_json_write_end(w, '}');
}

static cJSON *capture_object(const struct sb_flow_analysis *s, const char *name)
{
	sb_auto_free char *file = sb_clean(name);
	cJSON *o = cJSON_CreateObject();

	sb_json_add_str(o, "file", file);
	sb_json_add_str(o, "format", s->facts.format);
	add_count(o, "packets", s->packets);
	add_count(o, "wire_bytes", s->wire_bytes);
	if (s->packets && s->facts.untimed == s->packets) {
		cJSON_AddNullToObject(o, "start_s");
		cJSON_AddNullToObject(o, "duration_s");
	} else {
		sb_json_add_num(o, "start_s", (double)s->first_ns / SB_NS_PER_S);
		sb_json_add_num(o, "duration_s", (double)(s->last_ns - s->first_ns) / SB_NS_PER_S);
	}
	add_count(o, "without_time", s->facts.untimed);
	add_count(o, "invalid_times", s->facts.odd_times);
	add_count(o, "snaplen", s->facts.snaplen);
	add_count(o, "dropped", s->facts.dropped);
	add_count(o, "backwards", s->facts.backwards);
	add_count(o, "not_ip", s->not_ip);
	add_count(o, "undecoded", s->undecoded);
	add_count(o, "unknown_link_type", s->unknown_link);
	add_count(o, "fragments", s->fragments);
	add_count(o, "tcp", s->tcp);
	add_count(o, "udp", s->udp);
	if (s->facts.damage[0])
		sb_json_add_str(o, "damage", s->facts.damage);
	else
		cJSON_AddNullToObject(o, "damage");
	return o;
}

void sb_flow_analysis_json(const struct sb_flow_analysis *s, const char *name, FILE *to)
{
	struct sb_json_writer w = {.to = to, .first = true};

	sb_json_write_begin(&w, NULL, '{');
	sb_json_write_tree(&w, "capture", capture_object(s, name));
	w.line = true;
	sb_json_write_begin(&w, "flows", '[');
	for (size_t i = 0; i < s->flow_count; i++) {
		w.line = true;
		put_flow(&w, &s->flows[i], s->facts.untimed < s->packets);
	}
	sb_json_write_end(&w, ']');
	w.line = true;
	sb_json_write_begin(&w, "other", '{');
	put_count(&w, "flows", s->other.flows);
	put_count(&w, "packets", s->other.packets);
	put_count(&w, "wire_bytes", s->other.wire_bytes);
	put_count(&w, "payload_bytes", s->other.payload);
	put_count(&w, "retransmits", s->other.retransmits);
	sb_json_write_end(&w, '}');
	sb_json_write_end(&w, '}');
	fputc('\n', to);
}
