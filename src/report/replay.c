// SPDX-License-Identifier: MIT
/* replay.c - what a report says of a capture that was replayed */
#include "report_priv.h"

#include <inttypes.h>
#include <math.h>

#include "report/json/put.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static void add_dir(cJSON *to, const struct sb_report *r, enum sb_dir dir)
{
	const struct sb_replayed *d = &r->replayed[dir];
	const struct sb_replay_frames *f = &r->replay_frames[dir];
	cJSON *obj = cJSON_AddObjectToObject(to, sb_dir_name(dir));

	sb_json_add_num(obj, "packets", (double)d->planned);
	sb_json_add_num(obj, "cut", (double)f->cut);
	sb_json_add_num(obj, "too_long", (double)f->too_long);
	sb_json_add_num(obj, "too_short", (double)f->too_short);
	sb_json_add_num(obj, "sent", (double)d->sent);
	sb_json_add_num(obj, "arrived", (double)d->arrived);
	sb_json_add_num(obj, "duplicated", (double)d->duplicated);
	sb_json_add_num(obj, "reordered", (double)d->reordered);
	sb_put_quantiles(obj, "timing_error_ms", &d->error_ms);
	sb_put_quantiles(obj, "lateness_ms", &d->lateness_ms);
	sb_put_quantiles(obj, "one_way_delay_ms", &d->owd_ms);
}

void sb_report_replay_json(cJSON *to, const struct sb_report *r)
{
	cJSON *obj;

	if (!r->replayed)
		return;
	obj = cJSON_AddObjectToObject(to, "replay");
	sb_json_add_num(obj, "records", (double)r->replay->records);
	sb_json_add_num(obj, "not_ip", (double)r->replay->not_ip);
	sb_json_add_num(obj, "others", (double)r->replay->others);
	sb_json_add_num(obj, "truncated", (double)r->replay->truncated);
	sb_json_add_num(obj, "backwards", (double)r->replay->backwards);
	add_dir(obj, r, SB_UP);
	add_dir(obj, r, SB_DOWN);
}

static void print_ms(FILE *to, const struct sb_quantiles *q, double value, int width)
{
	if (q->count)
		fprintf(to, " %*.3f ms", width - 3, value);
	else
		fprintf(to, " %*s", width, "-");
}

static void print_dir(FILE *to, const struct sb_report *r, enum sb_dir dir)
{
	const struct sb_replayed *d = &r->replayed[dir];

	fprintf(to, "%-14s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64, sb_dir_name(dir),
		d->planned, d->sent, d->arrived, d->reordered);
	print_ms(to, &d->error_ms, d->error_ms.p50, 12);
	print_ms(to, &d->error_ms, d->error_ms.p99, 12);
	print_ms(to, &d->owd_ms, d->owd_ms.p50, 12);
	print_ms(to, &d->owd_ms, d->owd_ms.p99, 12);
	fputc('\n', to);
}

void sb_report_replay_text(FILE *to, const struct sb_report *r)
{
	const struct sb_replay *c = r->replay;

	if (!r->replayed)
		return;
	fprintf(to, "\n%-14s %9s %9s %9s %9s %12s %12s %12s %12s\n", "REPLAYED", "PACKETS", "SENT",
		"ARRIVED", "REORDERED", "TIMING p50", "p99", "DELAY p50", "p99");
	print_dir(to, r, SB_UP);
	print_dir(to, r, SB_DOWN);
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
