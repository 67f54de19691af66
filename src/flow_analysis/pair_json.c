/* SPDX-License-Identifier: MIT */
/* pair_json.c - two captures matched, for programs; written as it goes, since there may be many flows */
#include "satbed/base/clean.h"
#include "satbed/base/json_writer.h"
#include "satbed/base/mem.h"
#include "satbed/flow_analysis_pair.h"
#include "show.h"

static void put_file(struct sb_json_writer *w, const struct sb_pair *p, int i, const char *name)
{
	sb_auto_free char *clean = sb_clean(name);

	sb_json_write_begin(w, NULL, '{');
	sb_json_write_str(w, "file", clean);
	sb_json_write_u64(w, "packets", p->facts[i].records);
	sb_json_write_u64(w, "dropped", p->facts[i].dropped);
	sb_json_write_str(w, "damage", p->facts[i].damage[0] ? p->facts[i].damage : NULL);
	sb_json_write_end(w, '}');
}

static void put_ends(struct sb_json_writer *w, const char *key, const struct sb_pair_flow *f,
		     bool second)
{
	sb_json_write_begin(w, key, '[');
	for (int end = 0; end < 2; end++) {
		char text[SB_FLOW_ANALYSIS_END_MAX];

		sb_show_end(f->ip_version, second ? f->addr_at_second[end] : f->addr[end],
			    second ? f->port_at_second[end] : f->port[end], text);
		sb_json_write_str(w, NULL, text);
	}
	sb_json_write_end(w, ']');
}

static void put_dir(struct sb_json_writer *w, const struct sb_pair_dir *d, unsigned end)
{
	sb_json_write_begin(w, NULL, '{');
	sb_json_write_u64(w, "from_end", end);
	sb_json_write_str(w, "sent_in", d->from_first ? "first" : "second");
	sb_json_write_u64(w, "sent", d->sent);
	sb_json_write_u64(w, "arrived", d->arrived);
	sb_json_write_u64(w, "lost", d->lost);
	sb_json_write_u64(w, "duplicated", d->duplicated);
	sb_json_write_u64(w, "reordered", d->reordered);
	sb_json_write_u64(w, "strangers", d->unmatched);
	sb_spread_json(w, "delay_ms", &d->delay);
	sb_json_write_end(w, '}');
}

static void put_flow(struct sb_json_writer *w, const struct sb_pair_flow *f)
{
	sb_json_write_begin(w, NULL, '{');
	sb_json_write_str(w, "proto", f->quic ? "quic" : sb_proto_name(f->proto));
	put_ends(w, "ends", f, false);
	if (f->translated)
		put_ends(w, "ends_in_second", f, true);
	sb_json_write_begin(w, "directions", '[');
	put_dir(w, &f->dir[0], 0);
	put_dir(w, &f->dir[1], 1);
	sb_json_write_end(w, ']');
	sb_json_write_end(w, '}');
}

void sb_pair_json(const struct sb_pair *p, const char *const names[2], FILE *to)
{
	struct sb_json_writer w = {.to = to, .first = true};

	sb_json_write_begin(&w, NULL, '{');
	sb_json_write_begin(&w, "files", '[');
	for (int i = 0; i < 2; i++)
		put_file(&w, p, i, names[i]);
	sb_json_write_end(&w, ']');
	sb_json_write_u64(&w, "matched", p->matched);
	sb_json_write_u64(&w, "gave_up", p->gave_up);
	sb_json_write_bool(&w, "split", sb_pair_is_split(p));
	sb_json_write_bool(&w, "translated", p->translated);
	sb_json_write_num(&w, "offset_ms", (double)p->offset_ns / SB_NS_PER_MS);
	sb_json_write_begin(&w, "flows", '[');
	for (size_t i = 0; i < p->flow_count; i++)
		put_flow(&w, &p->flows[i]);
	sb_json_write_end(&w, ']');
	sb_json_write_end(&w, '}');
	fputc('\n', to);
}
