// SPDX-License-Identifier: MIT
/* upgrade.c - results in an older format, with the names of today */
#include "satbed/report_format.h"

#include <stdbool.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static const struct {
	const char *within, *was, *is; /* @within: NULL = in any object */
} renamed[] = {
    {"rr", "asked", "requests"},
    {"up", "asked", "configured"},
    {"down", "asked", "configured"},
    {"cpu", "sky", "emulator"},
    {NULL, "held", "met"},
    {NULL, "expects_held", "expects_met"},
    {NULL, "substrate", "host_baseline"},
    {NULL, "asked_delay_ms", "configured_delay_ms"},
    {NULL, "asked_rate_bps", "configured_rate_bps"},
};

static void rename_key(cJSON *item, const char *within)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(renamed); i++) {
		if (strcmp(item->string, renamed[i].was) ||
		    (renamed[i].within && (!within || strcmp(within, renamed[i].within))))
			continue;
		cJSON_free(item->string);
		item->string = sb_strdup(renamed[i].is);
		return;
	}
}

/* The parser limits how deep objects lie in each other (CJSON_NESTING_LIMIT). */
static void rename_all(cJSON *json, const char *within)
{
	cJSON *item;

	cJSON_ArrayForEach(item, json)
	{
		if (item->string)
			rename_key(item, within);
		rename_all(item, item->string ? item->string : within);
	}
}

/* What a check came to was said in other words. */
static void rename_checks(cJSON *json, bool within)
{
	cJSON *item;

	cJSON_ArrayForEach(item, json)
	{
		bool check = within || (item->string && !strcmp(item->string, "check"));

		if (check && cJSON_IsString(item) && !strcmp(item->valuestring, "held"))
			cJSON_SetValuestring(item, "met");
		else if (check && cJSON_IsString(item) && !strcmp(item->valuestring, "off"))
			cJSON_SetValuestring(item, "failed");
		rename_checks(item, item->string && !strcmp(item->string, "checks"));
	}
}

/* Values that have such a key as their text: readings of a comparison by name. */
static void rename_readings(cJSON *json)
{
	cJSON *item, *name;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "values"))
	{
		name = cJSON_GetObjectItemCaseSensitive(item, "name");
		if (cJSON_IsString(name) && !strcmp(name->valuestring, "cpu.sky"))
			cJSON_SetValuestring(name, "cpu.emulator");
	}
}

int sb_results_upgrade(cJSON *json, const char *path, struct sb_err *err)
{
	cJSON *format = cJSON_GetObjectItemCaseSensitive(json, "format");
	double was = cJSON_IsNumber(format) ? format->valuedouble : 1;

	if (was > SB_RESULTS_FORMAT)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s has format %.0f: a newer satbed made it, this one reads up to "
			       "%d; use the newer one",
			       path, was, SB_RESULTS_FORMAT);
	if (was == SB_RESULTS_FORMAT)
		return 0;
	rename_all(json, NULL);
	rename_checks(json, false);
	rename_readings(json);
	if (format)
		cJSON_SetNumberValue(format, SB_RESULTS_FORMAT);
	return 0;
}

const char *sb_results_old_name(const char *key)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(renamed); i++) {
		if (!strcmp(key, renamed[i].is))
			return renamed[i].was;
	}
	return NULL;
}
