// SPDX-License-Identifier: MIT
/* print.c - groups of a sweep as a table and as JSON */
#include "print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static const char *finding(const struct sb_rank_median *ratio)
{
	if (!isfinite(ratio->low))
		return "too few pairs";
	if (ratio->low > 1)
		return "higher";
	return ratio->high < 1 ? "lower" : "no difference";
}

static void print_interval(FILE *to, double low, double high, double by, int digits)
{
	char a[32] = "-", b[32] = "-", both[72];

	if (isfinite(low)) {
		snprintf(a, sizeof(a), "%.*g", digits, low / by);
		snprintf(b, sizeof(b), "%.*g", digits, high / by);
		snprintf(both, sizeof(both), "%s to %s", a, b);
	} else {
		snprintf(both, sizeof(both), "-");
	}
	fprintf(to, "  %20s", both);
}

static size_t column_width(const struct sb_sweep_groups *s, size_t column)
{
	size_t width = strlen(s->factors[s->by[column]]);

	for (size_t g = 0; g < s->group_count; g++) {
		size_t len = strlen(s->groups[g].levels[column]);

		width = len > width ? len : width;
	}
	return width;
}

static void print_level(FILE *to, const char *text, size_t width)
{
	sb_auto_free char *clean = sb_clean(text);

	fprintf(to, "%-*s  ", (int)width, clean);
}

/* Whether an interval is missing, for the line below the table. */
static bool print_row(FILE *to, const struct sb_sweep_groups *s, size_t g, const size_t *widths,
		      double by)
{
	struct sb_rank_median own = sb_sweep_group_median(&s->groups[g]);
	struct sb_rank_median ratio = sb_sweep_group_ratio(&s->groups[0], &s->groups[g]);
	bool few = own.count && !isfinite(own.low);

	for (size_t i = 0; i < s->by_count; i++)
		print_level(to, s->groups[g].levels[i], widths[i]);
	fprintf(to, "%6zu", own.count);
	if (own.count)
		fprintf(to, "  %10.4g", own.median / by);
	else
		fprintf(to, "  %10s", "-");
	print_interval(to, own.low, own.high, by, 4);
	if (g && ratio.count) {
		fprintf(to, "  %8.3f", ratio.median);
		print_interval(to, ratio.low, ratio.high, 1, 4);
		if (isfinite(ratio.low))
			fprintf(to, "  %s", finding(&ratio));
		few |= !isfinite(ratio.low);
	}
	fputc('\n', to);
	return few;
}

void sb_sweep_print_text(FILE *to, const struct sb_sweep_groups *s)
{
	bool rate = !strcmp(s->unit, "bit/s"), few = false;
	size_t *widths = sb_alloc(s->by_count + 1, sizeof(*widths));

	fprintf(to, "%s in %s\n", s->value, rate ? "Mbit/s" : *s->unit ? s->unit : "numbers");
	for (size_t i = 0; i < s->by_count; i++) {
		widths[i] = column_width(s, i);
		print_level(to, s->factors[s->by[i]], widths[i]);
	}
	fprintf(to, "%6s  %10s  %20s  %8s  %20s\n", "RUNS", "MEDIAN", "95 %", "RATIO", "95 %");
	for (size_t g = 0; g < s->group_count; g++)
		few |= print_row(to, s, g, widths, rate ? 1e6 : 1);
	if (s->group_count > 1)
		fprintf(to, "ratio: against the first row, run by run of the same seed\n");
	if (few)
		fprintf(to, "-: too few runs for an interval, it takes %zu\n",
			sb_rank_median_needed());
	free(widths);
}

static void add_median(cJSON *to, const char *key, const struct sb_rank_median *m)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_json_add_i64(obj, "count", (int64_t)m->count);
	sb_json_add_num(obj, "median", m->median);
	sb_json_add_num(obj, "low", m->low);
	sb_json_add_num(obj, "high", m->high);
}

void sb_sweep_print_json(FILE *to, const struct sb_sweep_groups *s)
{
	cJSON *top = cJSON_CreateObject(), *rows, *row, *levels;
	char *text;

	sb_json_add_str(top, "value", s->value);
	sb_json_add_str(top, "unit", s->unit);
	rows = cJSON_AddArrayToObject(top, "rows");
	for (size_t g = 0; g < s->group_count; g++) {
		struct sb_rank_median own = sb_sweep_group_median(&s->groups[g]);
		struct sb_rank_median ratio = sb_sweep_group_ratio(&s->groups[0], &s->groups[g]);

		row = cJSON_CreateObject();
		cJSON_AddItemToArray(rows, row);
		levels = cJSON_AddObjectToObject(row, "levels");
		for (size_t i = 0; i < s->by_count; i++)
			sb_json_add_str(levels, s->factors[s->by[i]], s->groups[g].levels[i]);
		add_median(row, "own", &own);
		add_median(row, "ratio", &ratio);
		sb_json_add_str(row, "finding", g ? finding(&ratio) : "first");
	}
	text = cJSON_Print(top);
	fprintf(to, "%s\n", text ? text : "null");
	free(text);
	cJSON_Delete(top);
}
