/* SPDX-License-Identifier: MIT */
/* json.c - a flow_analysis for programs; written as it goes, since there may be many flows */
#include <math.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json_writer.h"
#include "satbed/base/mem.h"
#include "show.h"

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
	sb_json_write_u64(w, "retransmits", d->retransmits);
	sb_json_write_u64(w, "retransmits_lost_before", d->lost_before);
	sb_json_write_u64(w, "retransmits_spurious", d->spurious);
	sb_json_write_u64(w, "reordered", d->reordered);
	sb_json_write_u64(w, "duplicated", d->duplicates);
	sb_json_write_u64(w, "duplicate_acks", d->dup_acks);
	sb_json_write_u64(w, "zero_windows", d->zero_windows);
	sb_json_write_u64(w, "unseen_bytes", d->unseen);
	sb_json_write_u64(w, "fin", d->fin);
	sb_json_write_u64(w, "rst", d->rst);
	sb_spread_json(w, "rtt_ms", &d->rtt);
	sb_spread_json(w, "ts_rtt_ms", &d->ts_rtt);
	put_syn(w, &d->syn);
}

static void put_dir(struct sb_json_writer *w, const char *key,
		    const struct sb_flow_analysis_flow *f, int i)
{
	const struct sb_flow_analysis_dir *d = &f->dir[i];
	double seconds = (double)(f->last_ns - f->first_ns) / SB_NS_PER_S;

	sb_json_write_begin(w, key, '{');
	sb_json_write_u64(w, "packets", d->packets);
	sb_json_write_u64(w, "wire_bytes", d->wire_bytes);
	sb_json_write_u64(w, "payload_bytes", d->payload);
	sb_json_write_u64(w, "goodput_bytes", d->goodput_bytes);
	if (seconds > 0)
		sb_json_write_num(w, "goodput_bps", 8 * (double)d->goodput_bytes / seconds);
	if (f->proto == 6)
		put_tcp(w, d);
	if (f->quic.spins)
		sb_spread_json(w, "spin_rtt_ms", &d->rtt);
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
	sb_json_write_u64(w, "zero_rtt_datagrams", q->zero_rtt);
	sb_json_write_u64(w, "coalesced_datagrams", q->coalesced);
	sb_json_write_u64(w, "coalesced_packets", q->behind);
	sb_json_write_u64(w, "coalesced_not_captured", q->unread);
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

static void put_capture(struct sb_json_writer *w, const struct sb_flow_analysis *s,
			const char *name)
{
	sb_auto_free char *file = sb_clean(name);
	bool timed = !s->packets || s->facts.untimed < s->packets;

	sb_json_write_begin(w, "capture", '{');
	sb_json_write_str(w, "file", file);
	sb_json_write_str(w, "format", s->facts.format);
	sb_json_write_u64(w, "packets", s->packets);
	sb_json_write_u64(w, "wire_bytes", s->wire_bytes);
	sb_json_write_num(w, "start_s", timed ? (double)s->first_ns / SB_NS_PER_S : NAN);
	sb_json_write_num(w, "duration_s",
			  timed ? (double)(s->last_ns - s->first_ns) / SB_NS_PER_S : NAN);
	sb_json_write_u64(w, "without_time", s->facts.untimed);
	sb_json_write_u64(w, "invalid_times", s->facts.odd_times);
	sb_json_write_u64(w, "snaplen", s->facts.snaplen);
	sb_json_write_u64(w, "dropped", s->facts.dropped);
	sb_json_write_u64(w, "backwards", s->facts.backwards);
	sb_json_write_u64(w, "not_ip", s->not_ip);
	sb_json_write_u64(w, "undecoded", s->undecoded);
	sb_json_write_u64(w, "unknown_link_type", s->unknown_link);
	sb_json_write_u64(w, "fragments", s->fragments);
	sb_json_write_u64(w, "tcp", s->tcp);
	sb_json_write_u64(w, "udp", s->udp);
	sb_json_write_str(w, "damage", s->facts.damage[0] ? s->facts.damage : NULL);
	sb_json_write_end(w, '}');
}

void sb_flow_analysis_json(const struct sb_flow_analysis *s, const char *name, FILE *to)
{
	struct sb_json_writer w = {.to = to, .first = true};

	sb_json_write_begin(&w, NULL, '{');
	put_capture(&w, s, name);
	w.line = true;
	sb_json_write_begin(&w, "flows", '[');
	for (size_t i = 0; i < s->flow_count; i++) {
		w.line = true;
		put_flow(&w, &s->flows[i], s->facts.untimed < s->packets);
	}
	sb_json_write_end(&w, ']');
	w.line = true;
	sb_json_write_begin(&w, "other", '{');
	sb_json_write_u64(&w, "flows", s->other.flows);
	sb_json_write_u64(&w, "packets", s->other.packets);
	sb_json_write_u64(&w, "wire_bytes", s->other.wire_bytes);
	sb_json_write_u64(&w, "payload_bytes", s->other.payload);
	sb_json_write_u64(&w, "retransmits", s->other.retransmits);
	sb_json_write_end(&w, '}');
	sb_json_write_end(&w, '}');
	fputc('\n', to);
}
