// SPDX-License-Identifier: MIT
/* replay.c - what a report says of a capture that was replayed */
#include "report_priv.h"

#include <inttypes.h>
#include <math.h>

#include "report/json/put.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

static void add_dir(struct sb_put *to, const struct sb_report *r, enum sb_dir dir)
{
	const struct sb_replayed *d = &r->replayed[dir];
	const struct sb_replay_frames *f = &r->replay_frames[dir];
	sb_put_object(to, sb_dir_name(dir));

	sb_put_number(to, "packets", (double)d->planned);
	sb_put_number(to, "cut", (double)f->cut);
	sb_put_number(to, "too_long", (double)f->too_long);
	sb_put_number(to, "too_short", (double)f->too_short);
	sb_put_number(to, "sent", (double)d->sent);
	sb_put_number(to, "arrived", (double)d->arrived);
	sb_put_number(to, "duplicated", (double)d->duplicated);
	sb_put_number(to, "reordered", (double)d->reordered);
	sb_put_quantiles(to, "timing_error_ms", &d->error_ms);
	sb_put_quantiles(to, "lateness_ms", &d->lateness_ms);
	sb_put_quantiles(to, "one_way_delay_ms", &d->owd_ms);
	sb_put_end(to);
}

void sb_report_replay_json(struct sb_put *to, const struct sb_report *r)
{
	if (!r->replayed)
		return;
	sb_put_object(to, "replay");
	sb_put_number(to, "records", (double)r->replay->records);
	sb_put_number(to, "not_ip", (double)r->replay->not_ip);
	sb_put_number(to, "others", (double)r->replay->others);
	sb_put_number(to, "truncated", (double)r->replay->truncated);
	sb_put_number(to, "backwards", (double)r->replay->backwards);
	add_dir(to, r, SB_UP);
	add_dir(to, r, SB_DOWN);
	sb_put_end(to);
}

static void put_ms(struct sb_text_table *t, const struct sb_quantiles *q, double value)
{
	if (q->count)
		sb_text_cell(t, "%.3f ms", value);
	else
		sb_text_cell(t, "-");
}

static void print_dir(struct sb_text_table *t, const struct sb_report *r, enum sb_dir dir)
{
	const struct sb_replayed *d = &r->replayed[dir];

	sb_text_cell(t, "%s", sb_dir_name(dir));
	sb_text_cell(t, "%" PRIu64, d->planned);
	sb_text_cell(t, "%" PRIu64, d->sent);
	sb_text_cell(t, "%" PRIu64, d->arrived);
	sb_text_cell(t, "%" PRIu64, d->reordered);
	put_ms(t, &d->error_ms, d->error_ms.p50);
	put_ms(t, &d->error_ms, d->error_ms.p99);
	put_ms(t, &d->owd_ms, d->owd_ms.p50);
	put_ms(t, &d->owd_ms, d->owd_ms.p99);
}

void sb_report_replay_text(FILE *to, const struct sb_report *r)
{
	static const struct sb_text_column columns[] = {
	    {"REPLAYED", 0, -14}, {"PACKETS", 1, 9},	{"SENT", 1, 9},
	    {"ARRIVED", 1, 9},	  {"REORDERED", 1, 9},	{"TIMING p50", 1, 12},
	    {"p99", 1, 12},	  {"DELAY p50", 1, 12}, {"p99", 1, 12}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	const struct sb_replay *c = r->replay;

	if (!r->replayed)
		return;
	fputc('\n', to);
	sb_text_head(&t, NULL);
	print_dir(&t, r, SB_UP);
	print_dir(&t, r, SB_DOWN);
	for (int v6 = 0; v6 < 2; v6++)
		if (c->pivot[v6][0])
			fprintf(to, "  %s in the capture is the %s\n", c->pivot[v6],
				c->is_server[v6] ? "server" : "client");
	if (c->truncated)
		fprintf(to,
			"  %" PRIu64 " packets were not captured whole: what is missing was sent "
			"as zeros\n",
			c->truncated);
	if (c->not_ip + c->others)
		fprintf(to,
			"  %" PRIu64 " of its %" PRIu64 " packets left out: %" PRIu64
			" no IP, %" PRIu64 " of other hosts\n",
			c->not_ip + c->others, c->records, c->not_ip, c->others);
	if (c->damage[0]) {
		sb_auto_free char *clean = sb_clean(c->damage);

		fprintf(to, "  the capture is damaged, and read as far as it goes: %s\n", clean);
	}
}
