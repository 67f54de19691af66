// SPDX-License-Identifier: MIT
/* compare_text.c - the table of a comparison: a block for each value, a line for each arm */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "result.h"
#include "satbed/analysis.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

struct cell {
	char s[64];
};

static struct cell SB_PRINTF(1, 2) cell(const char *fmt, ...)
{
	struct cell c;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c.s, sizeof(c.s), fmt, ap);
	va_end(ap);
	return c;
}

static void print_clean(FILE *to, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	fputs(clean, to);
}

static void print_coloured(FILE *to, bool colour, const char *code, const char *text)
{
	fprintf(to, "%s%s%s%s%s", colour ? "\033[" : "", colour ? code : "", colour ? "m" : "",
		text, colour ? "\033[0m" : "");
}

static int name_width(const struct sb_comparison *c)
{
	size_t width = 24;

	for (size_t i = 0; i < c->arm_count; i++)
		if (strlen(c->arms[i].name) > width)
			width = strlen(c->arms[i].name);
	return (int)(width < 60 ? width : 60);
}

static struct cell interval_cell(struct sb_interval i, double by)
{
	return isnan(i.low) ? cell("-") : cell("[%.3g, %.3g]", i.low / by, i.high / by);
}

static void print_line(struct sb_text_table *t, const struct sb_compared *r,
		       const struct sb_result_row *row, size_t arm, double by)
{
	const struct sb_paired *p = &row->paired[arm];
	bool differs = arm && row->finding[arm] > SB_NO_DIFFERENCE;
	bool ratio = arm && p->pairs && isfinite(p->ratio);

	sb_text_cell(t, "  %.60s", r->c->arms[arm].name);
	sb_text_cell(t, "%s",
		     row->spread[arm].count ? cell("%.4g", row->spread[arm].median / by).s : "-");
	if (arm && p->pairs) {
		sb_text_cell(t, "%+.3g", p->difference / by);
		sb_text_cell(t, "%-20s%s", interval_cell(p->interval, by).s, differs ? " *" : "");
		sb_text_cell(t, "%s", ratio ? cell("%.3g", p->ratio).s : "-");
	} else {
		sb_text_cell(t, "%s", "");
		sb_text_cell(t, "%s", arm ? "" : "the baseline");
		sb_text_cell(t, "%s", "");
	}
	sb_text_cell(t, "%s", ratio ? interval_cell(p->ratio_interval, 1).s : "");
	sb_text_cell(t, "%zu", row->spread[arm].count);
}

static void print_rows(FILE *to, const struct sb_compared *r, enum sb_pass pass)
{
	struct sb_text_column columns[] = {{"VALUE", 0, -2 - name_width(r->c)},
					   {"MEDIAN", 1, 9},
					   {"DIFFERENCE", 1, 9},
					   {"[95 % INTERVAL]", 1, -22},
					   {"RATIO", 1, 8},
					   {"[95 %]", 1, -18},
					   {"ROUNDS", 1, 3}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};

	fputc('\n', to);
	sb_text_head(&t, pass == SB_SHAPED ? NULL : "VALUE WITHOUT A LINK");
	for (size_t i = 0; i < r->row_count; i++) {
		const struct sb_result_row *row = &r->rows[i];
		struct sb_scale scale = {1, row->unit};
		double largest = 0;

		if (row->pass != pass)
			continue;
		for (size_t arm = 0; arm < r->c->arm_count; arm++)
			largest = fmax(largest, row->spread[arm].median);
		scale = sb_scale_for(row->unit, largest);
		fprintf(to, "%s%s%s\n", row->name, *scale.name ? ", " : "", scale.name);
		for (size_t arm = 0; arm < r->c->arm_count; arm++)
			print_line(&t, r, row, arm, scale.by);
	}
}

/* Once, not in each cell. */
static void print_too_few(FILE *to, const struct sb_compared *r)
{
	for (size_t i = 0; i < r->row_count; i++)
		for (size_t arm = 1; arm < r->c->arm_count; arm++) {
			const struct sb_paired *p = &r->rows[i].paired[arm];

			if (!p->pairs || !isnan(p->interval.low))
				continue;
			fprintf(to,
				"- too few rounds for an interval: it takes %zu in which both arms "
				"have a value\n",
				sb_pairs_needed(1));
			return;
		}
}

static const cJSON *get(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static void print_syn(FILE *to, const char *name, const cJSON *syn)
{
	const cJSON *mss = get(syn, "mss"), *scale = get(syn, "window_scale");

	fprintf(to, "%s", name);
	if (!cJSON_IsObject(syn)) {
		fputs(" not seen", to);
		return;
	}
	if (cJSON_IsNumber(mss))
		fprintf(to, " mss %.0f", mss->valuedouble);
	if (cJSON_IsNumber(scale))
		fprintf(to, " wscale %.0f", scale->valuedouble);
	fprintf(to, "%s%s%s", cJSON_IsTrue(get(syn, "sack")) ? " sack" : "",
		cJSON_IsTrue(get(syn, "timestamps")) ? " timestamps" : "",
		cJSON_IsTrue(get(syn, "ecn")) ? " ecn" : "");
}

/* The first flow with a handshake stands for all of its arm: they have the same two ends. */
static const cJSON *handshake(const cJSON *facts)
{
	const cJSON *flow;

	cJSON_ArrayForEach(flow, get(facts, "flows"))
	{
		if (cJSON_IsObject(get(cJSON_GetArrayItem(get(flow, "legs"), 0), "syn")))
			return flow;
	}
	return NULL;
}

static void print_cap(FILE *to, const struct sb_compared *r, size_t arm, const cJSON *flow)
{
	const cJSON *cap = get(flow, "window_cap_bps"), *name = get(flow, "flow");

	if (!cJSON_IsNumber(cap) || !cJSON_IsString(name))
		return;
	for (size_t i = 0; i < r->row_count; i++) {
		const struct sb_result_row *row = &r->rows[i];

		if (row->pass != SB_SHAPED || strncmp(row->name, "settled.", 8) ||
		    strcmp(row->name + 8, name->valuestring))
			continue;
		fprintf(to,
			"    %s: no window scale on the satellite leg: %d B a stream and round "
			"trip allow %.3g Mbit/s, measured %.3g in the second half\n",
			row->name + 8, SB_UNSCALED_WINDOW, cap->valuedouble / 1e6,
			row->spread[arm].median / 1e6);
	}
}

static void print_path(FILE *to, const struct sb_compared *r, size_t arm)
{
	const cJSON *facts = sb_compared_facts(r, SB_SHAPED, arm), *flow, *leg;
	const cJSON *backend = get(facts, "link_backend"), *mtu = get(facts, "mtu");
	const cJSON *ends = get(get(facts, "split"), "tcp_terminated_by");

	fprintf(to, "  %s: ", r->c->arms[arm].name);
	if (!facts) {
		fputs("no usable run\n", to);
		return;
	}
	fprintf(to, "links by %s, MTU %.0f%s%s\n",
		cJSON_IsString(backend) ? backend->valuestring : "?",
		cJSON_IsNumber(mtu) ? mtu->valuedouble : NAN,
		cJSON_IsString(ends) ? ", TCP split by " : ", one TCP connection end to end",
		cJSON_IsString(ends) ? ends->valuestring : "");
	cJSON_ArrayForEach(leg, get(handshake(facts), "legs"))
	{
		const cJSON *name = get(leg, "leg");

		fprintf(to, "    %s leg: ", cJSON_IsString(name) ? name->valuestring : "?");
		print_syn(to, "SYN", get(leg, "syn"));
		print_syn(to, ", SYN-ACK", get(leg, "syn_ack"));
		fputc('\n', to);
	}
	cJSON_ArrayForEach(flow, get(facts, "flows"))
	{
		print_cap(to, r, arm, flow);
	}
}

static void print_runs(FILE *to, const struct sb_compared *r, bool colour)
{
	const struct sb_comparison *c = r->c;
	size_t runs = c->rounds * c->arm_count * c->passes;

	fprintf(to, "\n%zu of %zu runs usable", runs - r->missing, runs);
	if (r->invalid)
		fprintf(to, "; %zu INVALID and %s not counted", r->invalid,
			r->invalid == 1 ? "is" : "are");
	if (r->broken)
		fprintf(to, "; %zu broke", r->broken);
	fputc('\n', to);
	if (r->missing && r->complete)
		print_coloured(to, colour, "31",
			       "some rounds have no usable run after all retries\n");
	else if (r->missing)
		fprintf(to, "continue with: satbed compare --resume %s\n", c->directory);
}

static void print_verdicts(FILE *to, const struct sb_compared *r, enum sb_pass pass)
{
	for (size_t arm = 1; arm < r->c->arm_count; arm++) {
		sb_auto_free char *text = sb_compared_verdict(r, pass, arm);

		fprintf(to, "%s against %s%s: ", r->c->arms[arm].name, r->c->arms[0].name,
			pass == SB_UNSHAPED ? ", without a link" : "");
		print_clean(to, text);
		fputc('\n', to);
	}
}

static void print_expects(FILE *to, const struct sb_compared *r, bool colour)
{
	for (size_t i = 0; i < r->judged_count; i++) {
		const struct sb_judged *j = &r->judged[i];

		fprintf(to, "%s: expected ", r->c->arms[j->arm].name);
		print_clean(to, j->expect->what);
		fputc(' ', to);
		print_clean(to, j->expect->text);
		if (j->expect->word[0])
			fprintf(to, ": at worst %s, ", sb_fate_name((enum sb_fate)(int)j->value));
		else if (isfinite(j->value))
			fprintf(to, ": median %.6g, ", j->value);
		else
			fputs(": not measured in every round, ", to);
		print_coloured(to, colour, j->met ? "32" : "31", j->met ? "met" : "FAILED");
		fputc('\n', to);
	}
}

void sb_compared_text(FILE *to, const struct sb_compared *r, bool colour)
{
	const struct sb_comparison *c = r->c;
	const struct sb_plan *plan = c->arms[0].plan;

	print_clean(to, plan->name);
	fprintf(to,
		": %zu arm%s, %zu round%s of %.1f s, seed %" PRIu64 ", timeline %016" PRIx64 "\n",
		c->arm_count, c->arm_count == 1 ? "" : "s", c->rounds, c->rounds == 1 ? "" : "s",
		(double)plan->duration_ns / 1e9, c->seed, sb_plan_timeline_hash(plan));
	for (size_t i = 0; i < c->left_out_count; i++) {
		fprintf(to, "left out %s: ", c->left_out[i].name);
		print_clean(to, c->left_out[i].why);
		fputc('\n', to);
	}
	for (size_t pass = 0; pass < c->passes; pass++)
		print_rows(to, r, (enum sb_pass)pass);
	fputs("\n* significant: the simultaneous interval over all values of the arm excludes "
	      "zero\n",
	      to);
	print_too_few(to, r);
	fputs("\nPATHS\n", to);
	for (size_t arm = 0; arm < c->arm_count; arm++)
		print_path(to, r, arm);
	print_runs(to, r, colour);
	fputs("results: ", to);
	print_clean(to, c->directory);
	fputs("\n\n", to);
	for (size_t pass = 0; pass < c->passes; pass++)
		print_verdicts(to, r, (enum sb_pass)pass);
	print_expects(to, r, colour);
}
