// SPDX-License-Identifier: MIT
/* arms_json.c - the arms of a comparison over time, from the series of their runs */
#include "arms_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/analysis_bands.h"
#include "satbed/analysis_series.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"

#define FILE_MAX  (256u << 20)
#define FLOWS_MAX 256 /* 64 clients with four flows each */

/* What is shown of a flow: a member of series.json, and the one in it where it is a spread. */
static const struct shown {
	const char *key, *inner;
} shown[] = {{"goodput_bps", NULL}, {"rtt_ms", "mean"}, {"cwnd", NULL}};

#define SHOWN SB_ARRAY_LEN(shown)

/**
 * struct arm - one arm's bands: [(flow * SHOWN + shown) * bins + bin]
 */
struct arm {
	const char *name;
	size_t runs;
	struct sb_band *bands;
};

/**
 * struct frame - what all runs must have in common, as the first one has it
 * @first:	its series; NULL = none was read yet
 */
struct frame {
	cJSON *first;
	double bin_s;
	size_t bins, flows;
};

static const cJSON *member(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static const char *word(const cJSON *obj, const char *key)
{
	const char *text = cJSON_GetStringValue(member(obj, key));

	return text ? text : "";
}

/* Below the comparison's own directory, and nowhere else. */
static bool is_below(const char *path)
{
	return *path && *path != '/' && !strstr(path, "..");
}

static cJSON *read_series(const char *directory, const char *run)
{
	sb_auto_free char *path = sb_asprintf("%s/%s/series.json", directory, run), *text = NULL;
	cJSON *series;

	if (!is_below(run) || sb_read_file(path, FILE_MAX, &text, NULL, NULL))
		return NULL;
	series = cJSON_Parse(text);
	if (series && sb_results_upgrade(series, path, NULL)) {
		cJSON_Delete(series);
		return NULL;
	}
	return series;
}

static bool same_flow(const cJSON *a, const cJSON *b)
{
	return !strcmp(word(a, "name"), word(b, "name")) &&
	       !strcmp(word(a, "client"), word(b, "client")) &&
	       !strcmp(word(a, "direction"), word(b, "direction"));
}

/* Takes @series over when it is the first one. */
static bool fits(struct frame *f, cJSON *series)
{
	const cJSON *flows = member(series, "flows"), *flow;
	double bins = cJSON_GetNumberValue(member(series, "bins"));
	double bin_s = cJSON_GetNumberValue(member(series, "bin_s"));
	int i = 0;

	if (!(bins >= 1 && bins <= SB_SERIES_BINS && bin_s > 0) || !cJSON_IsArray(flows))
		return false;
	if (!f->first) {
		*f = (struct frame){.first = series,
				    .bin_s = bin_s,
				    .bins = (size_t)bins,
				    .flows = (size_t)cJSON_GetArraySize(flows)};
		return f->flows <= FLOWS_MAX;
	}
	/* A run that was interrupted has fewer bins: as many as there are count. */
	if (fabs(bin_s - f->bin_s) > 1e-9 || (size_t)cJSON_GetArraySize(flows) != f->flows)
		return false;
	cJSON_ArrayForEach(flow, flows)
	{
		if (!same_flow(flow, cJSON_GetArrayItem(member(f->first, "flows"), i++)))
			return false;
	}
	return true;
}

static void add_run(const struct frame *f, struct arm *arm, const cJSON *series)
{
	const cJSON *flow, *v;
	size_t at = 0;

	if (!arm->bands)
		arm->bands = sb_alloc(f->flows * SHOWN * f->bins, sizeof(*arm->bands));
	arm->runs++;
	cJSON_ArrayForEach(flow, member(series, "flows"))
	{
		for (size_t k = 0; k < SHOWN; k++, at++) {
			const cJSON *values = member(flow, shown[k].key);
			size_t bin = 0;

			if (shown[k].inner)
				values = member(values, shown[k].inner);
			cJSON_ArrayForEach(v, values)
			{
				if (bin < f->bins && cJSON_IsNumber(v))
					sb_band_add(&arm->bands[at * f->bins + bin],
						    v->valuedouble);
				bin++;
			}
		}
	}
}

static void read_arm(const char *directory, const cJSON *json, struct frame *f, struct arm *arm)
{
	const cJSON *run;

	arm->name = word(json, "name");
	cJSON_ArrayForEach(run, member(json, "runs"))
	{
		cJSON *series;

		if (!cJSON_IsTrue(member(run, "used")) || strcmp(word(run, "pass"), "shaped"))
			continue;
		series = read_series(directory, word(run, "directory"));
		if (!series)
			continue;
		if (fits(f, series))
			add_run(f, arm, series);
		if (series != f->first)
			cJSON_Delete(series);
	}
}

static void add_number(cJSON *list, double value)
{
	cJSON_AddItemToArray(list, isfinite(value) ? cJSON_CreateNumber(round(value * 1e3) / 1e3)
						   : cJSON_CreateNull());
}

static void put_arm(cJSON *list, const struct frame *f, const struct arm *arm, size_t at)
{
	const struct sb_band *bands = &arm->bands[at * f->bins];
	cJSON *obj, *mean, *low, *high;
	bool any = false;

	for (size_t i = 0; i < f->bins; i++)
		any |= bands[i].count > 0;
	if (!any)
		return;
	obj = cJSON_CreateObject();
	cJSON_AddItemToArray(list, obj);
	sb_json_add_str(obj, "arm", arm->name);
	sb_json_add_i64(obj, "runs", (int64_t)arm->runs);
	mean = cJSON_AddArrayToObject(obj, "mean");
	low = cJSON_AddArrayToObject(obj, "low");
	high = cJSON_AddArrayToObject(obj, "high");
	for (size_t i = 0; i < f->bins; i++) {
		double half = sb_band_half(&bands[i]);

		add_number(mean, bands[i].count ? bands[i].mean : NAN);
		add_number(low, bands[i].mean - half);
		add_number(high, bands[i].mean + half);
	}
}

static cJSON *put_flow(const struct frame *f, const cJSON *flow, const struct arm *arms,
		       size_t arm_count, size_t index)
{
	cJSON *obj = cJSON_CreateObject(), *values;

	sb_json_add_str(obj, "name", word(flow, "name"));
	sb_json_add_str(obj, "client", word(flow, "client"));
	sb_json_add_str(obj, "direction", word(flow, "direction"));
	values = cJSON_AddArrayToObject(obj, "values");
	for (size_t k = 0; k < SHOWN; k++) {
		cJSON *value = cJSON_CreateObject(), *list;

		cJSON_AddItemToArray(values, value);
		sb_json_add_str(value, "key", shown[k].key);
		list = cJSON_AddArrayToObject(value, "arms");
		for (size_t i = 0; i < arm_count; i++)
			if (arms[i].bands)
				put_arm(list, f, &arms[i], index * SHOWN + k);
	}
	return obj;
}

cJSON *sb_arms_json(const char *directory, const cJSON *compare)
{
	const cJSON *list = member(compare, "arms"), *json, *first = NULL;
	size_t count = (size_t)cJSON_GetArraySize(list), i = 0;
	struct arm *arms = sb_alloc(count, sizeof(*arms));
	cJSON *out = cJSON_CreateObject(), *flows;
	struct frame f = {0};

	cJSON_ArrayForEach(json, list)
	{
		read_arm(directory, json, &f, &arms[i++]);
	}
	sb_json_add_num(out, "bin_s", f.bin_s);
	sb_json_add_i64(out, "bins", (int64_t)f.bins);
	flows = cJSON_AddArrayToObject(out, "flows");
	i = 0;
	if (f.first)
		first = member(f.first, "flows");
	cJSON_ArrayForEach(json, first)
	{
		cJSON_AddItemToArray(flows, put_flow(&f, json, arms, count, i++));
	}
	for (i = 0; i < count; i++)
		free(arms[i].bands);
	free(arms);
	cJSON_Delete(f.first);
	return out;
}
