// SPDX-License-Identifier: MIT
/* at.c - a value of run.json by its place: /flows/bulk/rtt_ms/p95 */
#include <math.h>
#include <string.h>

#include "report/report_priv.h"
#include "satbed/report_format.h"
#include "satbed/base/number.h"

/* What the members of run.json's lists are called by. */
static const char *const names[] = {"name", "client", "leg", "file"};

static bool is_called(const cJSON *item, const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, names[i]);

		if (cJSON_IsString(name))
			return strlen(name->valuestring) == len &&
			       !strncmp(name->valuestring, word, len);
	}
	return false;
}

static const cJSON *enter_list(const cJSON *list, const char *word, size_t len)
{
	const cJSON *item;
	const char *end = word;
	uint64_t n;

	cJSON_ArrayForEach(item, list)
	{
		if (is_called(item, word, len))
			return item;
	}
	if (sb_read_digits(&end, INT32_MAX, &n) || end != word + len)
		return NULL;
	return cJSON_GetArrayItem(list, (int)n);
}

static bool is_word(const char *key, const char *word, size_t len)
{
	return key && strlen(key) == len && !strncmp(key, word, len);
}

/* A scenario may have been written for an older format: then its word is an older name. */
static const cJSON *enter(const cJSON *from, const char *word, size_t len)
{
	const cJSON *item, *renamed = NULL;

	if (cJSON_IsArray(from))
		return enter_list(from, word, len);
	cJSON_ArrayForEach(item, from)
	{
		if (is_word(item->string, word, len))
			return item;
		if (is_word(sb_results_old_name(item->string), word, len))
			renamed = item;
	}
	return renamed;
}

double sb_report_at(const cJSON *run, const char *place)
{
	while (run && *place == '/') {
		size_t len = strcspn(++place, "/");

		run = enter(run, place, len);
		place += len;
	}
	if (cJSON_IsBool(run))
		return cJSON_IsTrue(run) ? 1 : 0;
	return cJSON_IsNumber(run) ? run->valuedouble : NAN;
}
