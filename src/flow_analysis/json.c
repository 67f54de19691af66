/* SPDX-License-Identifier: MIT */
/* json.c - a flow_analysis for programs; written as it goes, since there may be many flows */
#include <stdlib.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "show.h"

static void add_count(cJSON *o, const char *key, uint64_t n)
{
	/* Exact to 2^53: no capture holds more. */
	sb_json_add_num(o, key, (double)n);
}

static void print_object(cJSON *o, FILE *to)
{
	char *text = cJSON_PrintUnformatted(o);

	fputs(text ? text : "null", to);
	free(text);
	cJSON_Delete(o);
}

/* Flows may be thousands: they are written as they are, not made of cJSON's items first. */
static void put_num(FILE *to, const char *key, double value)
{
	char text[SB_JSON_NUMBER_MAX];

	sb_json_number(value, text);
	fputs_unlocked(",\"", to);
	fputs_unlocked(key, to);
	fputs_unlocked("\":", to);
	fputs_unlocked(text, to);
}

static void put_count(FILE *to, const char *key, uint64_t n)
{
	put_num(to, key, (double)n);
}

static void put_bool(FILE *to, const char *key, bool value)
{
	fprintf(to, ",\"%s\":%s", key, value ? "true" : "false");
}

static void put_spread(FILE *to, const char *key, const struct sb_flow_analysis_spread *s)
{
	char count[SB_JSON_NUMBER_MAX];

	sb_json_number((double)s->count, count);
	fprintf(to, ",\"%s\":{\"count\":%s", key, count);
	if (s->count) {
		put_num(to, "p50", s->p50_ms);
		put_num(to, "p95", s->p95_ms);
		put_num(to, "p99", s->p99_ms);
		put_num(to, "min", s->min_ms);
		put_num(to, "max", s->max_ms);
	}
	fputc('}', to);
}

static void put_syn(FILE *to, const struct sb_handshake *h)
{
	if (!h->seen) {
		fputs(",\"syn\":null", to);
		return;
	}
	fputs(",\"syn\":{", to);
	if (h->mss >= 0)
		fprintf(to, "\"mss\":%d,", h->mss);
	if (h->window_scale >= 0)
		fprintf(to, "\"window_scale\":%d,", h->window_scale);
	fprintf(to, "\"sack\":%s", h->sack ? "true" : "false");
	put_bool(to, "timestamps", h->timestamps);
	put_bool(to, "ecn", h->ecn);
	fputc('}', to);
}

static void put_dir(FILE *to, const char *key, const struct sb_flow_analysis_flow *f, int i)
{
	const struct sb_flow_analysis_dir *d = &f->dir[i];
	double seconds = (double)(f->last_ns - f->first_ns) / SB_NS_PER_S;
	char packets[SB_JSON_NUMBER_MAX];

	sb_json_number((double)d->packets, packets);
	fprintf(to, ",\"%s\":{\"packets\":%s", key, packets);
	put_count(to, "wire_bytes", d->wire_bytes);
	put_count(to, "payload_bytes", d->payload);
	put_count(to, "goodput_bytes", d->goodput_bytes);
	if (seconds > 0)
		put_num(to, "goodput_bps", 8 * (double)d->goodput_bytes / seconds);
	if (f->proto == 6) {
		put_count(to, "retransmits", d->retransmits);
		put_count(to, "retransmits_lost_before", d->lost_before);
		put_count(to, "retransmits_spurious", d->spurious);
		put_count(to, "reordered", d->reordered);
		put_count(to, "duplicated", d->duplicates);
		put_count(to, "duplicate_acks", d->dup_acks);
		put_count(to, "zero_windows", d->zero_windows);
		put_count(to, "unseen_bytes", d->unseen);
		put_count(to, "fin", d->fin);
		put_count(to, "rst", d->rst);
		put_spread(to, "rtt_ms", &d->rtt);
		put_spread(to, "ts_rtt_ms", &d->ts_rtt);
		put_syn(to, &d->syn);
	}
	if (f->quic.spins)
		put_spread(to, "spin_rtt_ms", &d->rtt);
	fputc('}', to);
}

static void put_ms(FILE *to, const char *key, int64_t ns)
{
	if (ns == INT64_MIN)
		fprintf(to, ",\"%s\":null", key);
	else
		put_num(to, key, (double)ns / SB_NS_PER_MS);
}

static void put_quic(FILE *to, const struct sb_flow_analysis_quic *q)
{
	char text[SB_QUIC_VERSION_MAX];

	fprintf(to, ",\"quic\":{\"client_version\":\"%s\"",
		sb_quic_version_name(q->client_version, text));
	if (q->version)
		fprintf(to, ",\"version\":\"%s\"", sb_quic_version_name(q->version, text));
	else
		fputs(",\"version\":null", to);
	put_bool(to, "retry", q->retry);
	put_bool(to, "version_negotiation", q->negotiation);
	put_count(to, "zero_rtt_datagrams", q->zero_rtt);
	put_ms(to, "handshake_ms", q->handshake_ns);
	put_ms(to, "round_trip_ms", q->round_trip_ns);
	put_bool(to, "spins", q->spins);
	fputc('}', to);
}

/* Neither addresses nor names of protocols have anything to be escaped. */
static void put_flow(FILE *to, const struct sb_flow_analysis_flow *f, bool timed)
{
	char client[SB_FLOW_ANALYSIS_END_MAX], server[SB_FLOW_ANALYSIS_END_MAX];

	sb_flow_analysis_end(f, 0, client);
	sb_flow_analysis_end(f, 1, server);
	fprintf(to, "{\"proto\":\"%s\",\"client\":\"%s\",\"server\":\"%s\"",
		sb_flow_analysis_proto(f), client, server);
	put_bool(to, "saw_start", f->saw_start);
	if (timed) {
		put_num(to, "start_s", (double)f->first_ns / SB_NS_PER_S);
		put_num(to, "duration_s", (double)(f->last_ns - f->first_ns) / SB_NS_PER_S);
	} else {
		fputs(",\"start_s\":null,\"duration_s\":null", to);
	}
	if (f->proto == 6)
		put_ms(to, "handshake_ms", timed ? f->handshake_ns : INT64_MIN);
	if (f->quic.known)
		put_quic(to, &f->quic);
	put_dir(to, "to_server", f, 0);
	put_dir(to, "to_client", f, 1);
	fputc('}', to);
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
	cJSON *other = cJSON_CreateObject();

	fputs("{\"capture\":", to);
	print_object(capture_object(s, name), to);
	fputs(",\n\"flows\":[", to);
	for (size_t i = 0; i < s->flow_count; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_flow(to, &s->flows[i], s->facts.untimed < s->packets);
	}
	fputs("],\n\"other\":", to);
	add_count(other, "flows", s->other.flows);
	add_count(other, "packets", s->other.packets);
	add_count(other, "wire_bytes", s->other.wire_bytes);
	add_count(other, "payload_bytes", s->other.payload);
	add_count(other, "retransmits", s->other.retransmits);
	print_object(other, to);
	fputs("}\n", to);
}
