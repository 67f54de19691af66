/* SPDX-License-Identifier: MIT */
/* pair_json.c - two captures matched, for programs */
#include <stdlib.h>

#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/flow_analysis_pair.h"
#include "show.h"

static void add_ends(cJSON *o, const char *key, const struct sb_pair_flow *f, bool second)
{
	cJSON *list = cJSON_AddArrayToObject(o, key);

	for (int end = 0; end < 2; end++) {
		char text[SB_FLOW_ANALYSIS_END_MAX];

		sb_show_end(f->ip_version, second ? f->addr_at_second[end] : f->addr[end],
			    second ? f->port_at_second[end] : f->port[end], text);
		cJSON_AddItemToArray(list, cJSON_CreateString(text));
	}
}

static void add_dir(cJSON *list, const struct sb_pair_dir *d, int end)
{
	cJSON *o = cJSON_CreateObject(), *delay;

	sb_json_add_i64(o, "from_end", end);
	sb_json_add_str(o, "sent_in", d->from_first ? "first" : "second");
	sb_json_add_num(o, "sent", (double)d->sent);
	sb_json_add_num(o, "arrived", (double)d->arrived);
	sb_json_add_num(o, "lost", (double)d->lost);
	sb_json_add_num(o, "duplicated", (double)d->duplicated);
	sb_json_add_num(o, "reordered", (double)d->reordered);
	sb_json_add_num(o, "strangers", (double)d->unmatched);
	delay = cJSON_AddObjectToObject(o, "delay_ms");
	sb_json_add_num(delay, "count", (double)d->delay.count);
	if (d->delay.count) {
		sb_json_add_num(delay, "p50", d->delay.p50_ms);
		sb_json_add_num(delay, "p95", d->delay.p95_ms);
		sb_json_add_num(delay, "p99", d->delay.p99_ms);
		sb_json_add_num(delay, "min", d->delay.min_ms);
		sb_json_add_num(delay, "max", d->delay.max_ms);
	}
	cJSON_AddItemToArray(list, o);
}

void sb_pair_json(const struct sb_pair *p, const char *const names[2], FILE *to)
{
	cJSON *o = cJSON_CreateObject(), *files = cJSON_AddArrayToObject(o, "files"), *flows;
	sb_auto_free char *text = NULL;

	for (int i = 0; i < 2; i++) {
		sb_auto_free char *name = sb_clean(names[i]);
		cJSON *file = cJSON_CreateObject();

		sb_json_add_str(file, "file", name);
		sb_json_add_num(file, "packets", (double)p->facts[i].records);
		sb_json_add_num(file, "dropped", (double)p->facts[i].dropped);
		if (p->facts[i].damage[0])
			sb_json_add_str(file, "damage", p->facts[i].damage);
		else
			cJSON_AddNullToObject(file, "damage");
		cJSON_AddItemToArray(files, file);
	}
	sb_json_add_num(o, "matched", (double)p->matched);
	sb_json_add_num(o, "gave_up", (double)p->gave_up);
	sb_json_add_bool(o, "split", sb_pair_is_split(p));
	sb_json_add_bool(o, "translated", p->translated);
	sb_json_add_num(o, "offset_ms", (double)p->offset_ns / SB_NS_PER_MS);
	flows = cJSON_AddArrayToObject(o, "flows");
	for (size_t i = 0; i < p->flow_count; i++) {
		const struct sb_pair_flow *f = &p->flows[i];
		cJSON *flow = cJSON_CreateObject(), *dirs;

		sb_json_add_str(flow, "proto", f->quic ? "quic" : sb_proto_name(f->proto));
		add_ends(flow, "ends", f, false);
		if (f->translated)
			add_ends(flow, "ends_in_second", f, true);
		dirs = cJSON_AddArrayToObject(flow, "directions");
		add_dir(dirs, &f->dir[0], 0);
		add_dir(dirs, &f->dir[1], 1);
		cJSON_AddItemToArray(flows, flow);
	}
	text = cJSON_PrintUnformatted(o);
	fprintf(to, "%s\n", text ? text : "null");
	cJSON_Delete(o);
}
