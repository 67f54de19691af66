// SPDX-License-Identifier: MIT
/* json.c - cJSON read with errors that name the place */
#include "satbed/base/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

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
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

	return sb_json_as_i64(item, out) ? not_a(path, key, "an integer", err) : 0;
}

int sb_json_as_i64(const cJSON *item, int64_t *out)
{
	double v = cJSON_IsNumber(item) ? item->valuedouble : NAN;

	if (v != floor(v) || !(fabs(v) <= 0x1p53))
		return -1;
	*out = (int64_t)v;
	return 0;
}

int sb_json_get_u64(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		    struct sb_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);
	int64_t small;

	if (cJSON_IsString(item)) {
		if (sb_parse_digits(item->valuestring, UINT64_MAX, out))
			return not_a(path, key, "an unsigned integer", err);
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

/* Digits of @n, at least @width, before @end; returns the first. */
static char *put_digits(char *end, uint64_t n, int width)
{
	for (; n || width > 0; n /= 10, width--)
		*--end = (char)('0' + n % 10);
	return end;
}

/* Fifteen digits where they say it all, as cJSON compares them, else seventeen. */
static void put_any(double value, char text[SB_JSON_NUMBER_MAX])
{
	double read;

	snprintf(text, SB_JSON_NUMBER_MAX, "%1.15g", value);
	read = strtod(text, NULL);
	if (fabs(read - value) > fmax(fabs(read), fabs(value)) * DBL_EPSILON)
		snprintf(text, SB_JSON_NUMBER_MAX, "%1.17g", value);
}

/* Whole numbers, and those of at most nine digits behind the point: if the nearest such decimal
 * has no more than fifteen digits and is read as @value, then these are the digits of "%.15g". */
void sb_json_number(double value, char text[SB_JSON_NUMBER_MAX])
{
	char digits[SB_JSON_NUMBER_MAX], *end = digits + sizeof(digits) - 1, *at = end;
	double size = fabs(value);
	bool whole = size < 1e15 && size == floor(size);
	uint64_t n;

	if (!isfinite(value)) {
		strcpy(text, "null");
		return;
	}
	*end = '\0';
	if (whole) {
		at = put_digits(end, (uint64_t)size, 1);
	} else {
		n = size >= 1e-4 && size < 1e6 ? (uint64_t)llrint(size * 1e9) : 0;
		if ((double)n / 1e9 != size) {
			put_any(value, text);
			return;
		}
		at = put_digits(end, n % 1000000000, 9);
		*--at = '.';
		at = put_digits(at, n / 1000000000, 1);
		while (end[-1] == '0')
			*--end = '\0';
	}
	if (value < 0)
		*--at = '-';
	memcpy(text, at, (size_t)(digits + sizeof(digits) - at));
}

static void *must_allocate(size_t size)
{
	return sb_realloc(NULL, size, 1);
}

void sb_json_begin(void)
{
	cJSON_Hooks hooks = {.malloc_fn = must_allocate, .free_fn = free};

	cJSON_InitHooks(&hooks);
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
