// SPDX-License-Identifier: MIT
/* link_table.c - the links of a run: configured and measured under each other, worst first where they are many */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>

#include "short.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

/* A screenful: what is more is counted here and complete in run.json. */
#define MAX_LINKS     6
#define NAME_MIN      14
#define NAME_TERMINAL 22 /* "client1.terminal1 down" */

static void print_dir(struct sb_text_table *t, const struct sb_report *r, size_t link,
		      enum sb_dir dir, bool colour)
{
	const struct sb_dir_result *d = &r->result->links[link][dir];
	const struct sb_quantiles *asked = &d->configured_delay_ms, *got = &d->delay_ms;
	char client[SB_NAME_MAX], name[SB_NAME_MAX + 8];
	bool shaped = d->configured_rate_bps > 0;
	struct sb_short got_rate = isfinite(d->rate_bps)
				       ? sb_short_rate(d->rate_bps)
				       : sb_short("%s", shaped ? "not filled" : "-");

	snprintf(name, sizeof(name), "%s %s", sb_link_name(client, r->plan, link),
		 sb_dir_name(dir));
	sb_text_cell(t, "%s", name);
	sb_text_cell(t, "configured %9s", sb_short_ms(asked->count, asked->p50).s);
	sb_text_cell(t, "%s", sb_short_ms(asked->count, asked->p99).s);
	sb_text_cell(t, "%s", sb_short_loss(d->configured_loss).s);
	sb_text_cell(t, "%s", shaped ? sb_short_rate(d->configured_rate_bps).s : "unlimited");
	sb_text_end(t);
	sb_text_cell(t, "%s", "");
	sb_text_cell(t, "measured %11s", sb_short_ms(got->count, got->p50).s);
	sb_text_cell(t, "%s", sb_short_ms(got->count, got->p99).s);
	sb_text_cell(t, "%s", sb_short_loss(d->loss).s);
	sb_text_cell(t, "%s", got_rate.s);
	sb_text_cell(t, "%" PRIu64, d->sent);
	sb_text_cell(t, colour ? "\033[1;%sm%s\033[0m" : "%.0s%s", sb_verdict_colour(d->verdict),
		     sb_verdict_name(d->verdict));
}

static enum sb_verdict link_verdict(const struct sb_report *r, size_t link)
{
	const struct sb_dir_result *d = r->result->links[link];

	return d[SB_UP].verdict > d[SB_DOWN].verdict ? d[SB_UP].verdict : d[SB_DOWN].verdict;
}

static void print_link(struct sb_text_table *t, const struct sb_report *r, size_t link, bool colour)
{
	print_dir(t, r, link, SB_UP, colour);
	print_dir(t, r, link, SB_DOWN, colour);
}

/* More links than fit: those that are not all right come first, the rest is counted. */
static void print_many_links(struct sb_text_table *t, const struct sb_report *r, bool colour)
{
	size_t i, shown = 0, more[SB_INVALID + 1] = {0};
	int verdict;

	for (verdict = SB_INVALID; verdict >= SB_PASS; verdict--)
		for (i = 0; i < r->result->link_count; i++) {
			if ((int)link_verdict(r, i) != verdict)
				continue;
			if (shown < MAX_LINKS) {
				print_link(t, r, i, colour);
				shown++;
			} else {
				more[verdict]++;
			}
		}
	fprintf(t->to, "... %zu more links in run.json: %zu PASS, %zu WARN, %zu INVALID\n",
		r->result->link_count - shown, more[SB_PASS], more[SB_WARN], more[SB_INVALID]);
}

/* "one beam down: 20.0 Mbit/s for 2 clients: client1 61 %, client2 39 % of what it carried" */
static void print_shared(FILE *to, const struct sb_report *r, enum sb_dir dir)
{
	size_t told = 0, sharers = 0;
	char client[SB_NAME_MAX];

	for (size_t i = 0; i < r->result->link_count; i++) {
		const struct sb_dir_result *d = &r->result->links[i][dir];

		if (d->sharers < 2)
			continue;
		if (!told++) {
			uint64_t asked = r->plan->links[i].dir[dir].initial.rate_bps;

			sharers = d->sharers;
			fprintf(to, "one beam %s: %s for %zu clients", sb_dir_name(dir),
				sb_short_rate((double)asked).s, sharers);
			if (!isfinite(d->share))
				break;
		}
		if (told <= MAX_LINKS)
			fprintf(to, "%s %s %.0f %%", told > 1 ? "," : ":",
				sb_link_name(client, r->plan, i), 100 * d->share);
	}
	if (told && told < sharers)
		fputs(", no traffic\n", to);
	else if (told)
		fprintf(to, "%s of its traffic\n", told > MAX_LINKS ? ", ..." : "");
}

void sb_report_link_table(FILE *to, const struct sb_report *r, bool colour)
{
	struct sb_text_column columns[] = {{"LINK", 0, -NAME_MIN}, {"ONE-WAY DELAY p50", 1, 20},
					   {"p99", 1, 11},	   {"LOSS", 1, 10},
					   {"RATE", 1, 13},	   {"PACKETS", 1, 9},
					   {"VERDICT", 2, 0}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	size_t i;

	if (r->result->link_count == 0)
		return;
	if (r->plan->terminals > 1)
		columns[0].width = -NAME_TERMINAL;
	fputc('\n', to);
	sb_text_head(&t, NULL);
	if (r->result->link_count > MAX_LINKS)
		print_many_links(&t, r, colour);
	for (i = 0; r->result->link_count <= MAX_LINKS && i < r->result->link_count; i++)
		print_link(&t, r, i, colour);
	print_shared(to, r, SB_UP);
	print_shared(to, r, SB_DOWN);
}
