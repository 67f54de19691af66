// SPDX-License-Identifier: MIT
/* json.c - cJSON read with errors that name the place */
#include "satbed/base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int not_a(const char *path, const char *key, const char *kind, struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0, "%s.%s is not %s", path, key, kind);
}

int sb_json_get_double(const cJSON *obj, const char *path, const char *key, double *out,
		       struct sb_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
		return not_a(path, key, "a number", err);
	*out = item->valuedouble;
	return 0;
}

int sb_json_get_i64(const cJSON *obj, const char *path, const char *key, int64_t *out,
		    struct sb_err *err)
{
	double v;

	if (sb_json_get_double(obj, path, key, &v, err) || v != floor(v) || fabs(v) > 0x1p53)
		return not_a(path, key, "an integer", err);
	*out = (int64_t)v;
	return 0;
}

int sb_json_get_u64(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		    struct sb_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);
	int64_t small;
	char *end;

	if (cJSON_IsString(item)) {
		const char *s = item->valuestring;

		errno = 0;
		uint64_t v = strtoull(s, &end, 10);
		/* strtoull takes signs and blanks, which no writer of ours makes. */
		if (s[0] < '0' || s[0] > '9' || *end || errno)
			return not_a(path, key, "an unsigned integer", err);
		*out = v;
		return 0;
	}
	if (sb_json_get_i64(obj, path, key, &small, err) || small < 0)
		return not_a(path, key, "an unsigned integer", err);
	*out = (uint64_t)small;
	return 0;
}

int sb_json_get_bool(const cJSON *obj, const char *path, const char *key, bool *out,
		     struct sb_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsBool(item))
		return not_a(path, key, "true or false", err);
	*out = cJSON_IsTrue(item);
	return 0;
}

int sb_json_get_str(const cJSON *obj, const char *path, const char *key, const char **out,
		    struct sb_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsString(item))
		return not_a(path, key, "a string", err);
	*out = item->valuestring;
	return 0;
}

void sb_json_add_i64(cJSON *obj, const char *key, int64_t value)
{
	cJSON_AddNumberToObject(obj, key, (double)value);
}

void sb_json_add_u64(cJSON *obj, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cJSON_AddStringToObject(obj, key, text);
}

void sb_json_add_num(cJSON *obj, const char *key, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(obj, key, value);
	else
		cJSON_AddNullToObject(obj, key);
}

void sb_json_add_str(cJSON *obj, const char *key, const char *value)
{
	if (value)
		cJSON_AddStringToObject(obj, key, value);
	else
		cJSON_AddNullToObject(obj, key);
}

void sb_json_add_bool(cJSON *obj, const char *key, bool value)
{
	cJSON_AddBoolToObject(obj, key, value);
}
