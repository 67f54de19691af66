/* SPDX-License-Identifier: MIT */
/* json.c - a survey for programs; written as it goes, since there may be many flows */
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

static void add_spread(cJSON *o, const char *key, const struct sb_survey_spread *s)
{
	cJSON *to = cJSON_AddObjectToObject(o, key);

	add_count(to, "count", s->count);
	if (!s->count)
		return;
	sb_json_add_num(to, "p50", s->p50_ms);
	sb_json_add_num(to, "p95", s->p95_ms);
	sb_json_add_num(to, "p99", s->p99_ms);
	sb_json_add_num(to, "min", s->min_ms);
	sb_json_add_num(to, "max", s->max_ms);
}

static void add_syn(cJSON *o, const struct sb_handshake *h)
{
	cJSON *to;

	if (!h->seen) {
		cJSON_AddNullToObject(o, "syn");
		return;
	}
	to = cJSON_AddObjectToObject(o, "syn");
	if (h->mss >= 0)
		sb_json_add_i64(to, "mss", h->mss);
	if (h->window_scale >= 0)
		sb_json_add_i64(to, "window_scale", h->window_scale);
	sb_json_add_bool(to, "sack", h->sack);
	sb_json_add_bool(to, "timestamps", h->timestamps);
	sb_json_add_bool(to, "ecn", h->ecn);
}

static void add_dir(cJSON *o, const char *key, const struct sb_survey_flow *f, int i)
{
	const struct sb_survey_dir *d = &f->dir[i];
	double seconds = (double)(f->last_ns - f->first_ns) / SB_NS_PER_S;
	cJSON *to = cJSON_AddObjectToObject(o, key);

	add_count(to, "packets", d->packets);
	add_count(to, "wire_bytes", d->wire_bytes);
	add_count(to, "payload_bytes", d->payload);
	add_count(to, "goodput_bytes", d->goodput_bytes);
	if (seconds > 0)
		sb_json_add_num(to, "goodput_bps", 8 * (double)d->goodput_bytes / seconds);
	if (f->proto != 6)
		return;
	add_count(to, "retransmits", d->retransmits);
	add_count(to, "retransmits_lost_before", d->lost_before);
	add_count(to, "retransmits_spurious", d->spurious);
	add_count(to, "reordered", d->reordered);
	add_count(to, "duplicated", d->duplicates);
	add_count(to, "duplicate_acks", d->dup_acks);
	add_count(to, "zero_windows", d->zero_windows);
	add_count(to, "unseen_bytes", d->unseen);
	add_count(to, "fin", d->fin);
	add_count(to, "rst", d->rst);
	add_spread(to, "rtt_ms", &d->rtt);
	add_spread(to, "ts_rtt_ms", &d->ts_rtt);
	add_syn(to, &d->syn);
}

static void print_object(cJSON *o, FILE *to)
{
	char *text = cJSON_PrintUnformatted(o);

	fputs(text ? text : "null", to);
	free(text);
	cJSON_Delete(o);
}

static void print_flow(const struct sb_survey_flow *f, FILE *to)
{
	char client[SB_SURVEY_END_MAX], server[SB_SURVEY_END_MAX];
	cJSON *o = cJSON_CreateObject();

	sb_survey_end(f, 0, client);
	sb_survey_end(f, 1, server);
	sb_json_add_str(o, "proto", sb_survey_proto(f));
	sb_json_add_str(o, "client", client);
	sb_json_add_str(o, "server", server);
	sb_json_add_bool(o, "saw_start", f->saw_start);
	sb_json_add_num(o, "start_s", (double)f->first_ns / SB_NS_PER_S);
	sb_json_add_num(o, "duration_s", (double)(f->last_ns - f->first_ns) / SB_NS_PER_S);
	add_dir(o, "to_server", f, 0);
	add_dir(o, "to_client", f, 1);
	print_object(o, to);
}

static cJSON *capture_object(const struct sb_survey *s, const char *name)
{
	sb_auto_free char *file = sb_clean(name);
	cJSON *o = cJSON_CreateObject();

	sb_json_add_str(o, "file", file);
	sb_json_add_str(o, "format", s->facts.format);
	add_count(o, "packets", s->packets);
	add_count(o, "wire_bytes", s->wire_bytes);
	sb_json_add_num(o, "start_s", (double)s->first_ns / SB_NS_PER_S);
	sb_json_add_num(o, "duration_s", (double)(s->last_ns - s->first_ns) / SB_NS_PER_S);
	add_count(o, "snaplen", s->facts.snaplen);
	add_count(o, "dropped", s->facts.dropped);
	add_count(o, "backwards", s->facts.backwards);
	add_count(o, "not_ip", s->not_ip);
	add_count(o, "undecoded", s->undecoded);
	add_count(o, "fragments", s->fragments);
	add_count(o, "tcp", s->tcp);
	add_count(o, "udp", s->udp);
	if (s->facts.damage[0])
		sb_json_add_str(o, "damage", s->facts.damage);
	else
		cJSON_AddNullToObject(o, "damage");
	return o;
}

void sb_survey_json(const struct sb_survey *s, const char *name, FILE *to)
{
	cJSON *other = cJSON_CreateObject();

	fputs("{\"capture\":", to);
	print_object(capture_object(s, name), to);
	fputs(",\n\"flows\":[", to);
	for (size_t i = 0; i < s->flow_count; i++) {
		fputs(i ? ",\n" : "\n", to);
		print_flow(&s->flows[i], to);
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
