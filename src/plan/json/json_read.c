// SPDX-License-Identifier: MIT
/* json_read.c - values of a plan out of JSON that is not trusted */
#include "json_read.h"

#include <inttypes.h>
#include <string.h>

#include "plan/plan_priv.h"
#include "satbed/base/json.h"

/* --- one value --- */

int sb_get_range(const cJSON *obj, const char *path, const char *key, int64_t min, int64_t max,
		 int64_t *out, struct sb_err *err)
{
	int64_t v;

	if (sb_json_get_i64(obj, path, key, &v, err))
		return -1;
	if (v < min || v > max)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s.%s is %" PRId64 ", not in %" PRId64 " to %" PRId64, path, key, v,
			       min, max);
	*out = v;
	return 0;
}

int sb_get_u32(const cJSON *obj, const char *path, const char *key, uint32_t min, uint32_t max,
	       uint32_t *out, struct sb_err *err)
{
	int64_t v = 0;

	if (sb_get_range(obj, path, key, min, max, &v, err))
		return -1;
	*out = (uint32_t)v;
	return 0;
}

int sb_get_u16(const cJSON *obj, const char *path, const char *key, uint16_t min, uint16_t max,
	       uint16_t *out, struct sb_err *err)
{
	int64_t v = 0;

	if (sb_get_range(obj, path, key, min, max, &v, err))
		return -1;
	*out = (uint16_t)v;
	return 0;
}

int sb_get_text(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (strlen(s) >= size)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is longer than %zu bytes", path, key,
			       size - 1);
	memcpy(out, s, strlen(s) + 1);
	return 0;
}

/* Names of events, flows and interfaces become names of files and of kernel objects. */
bool sb_is_name(const char *s)
{
	return *s &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

int sb_get_name(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (!sb_is_name(s))
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is not a valid name", path, key);
	return sb_get_text(obj, path, key, out, size, err);
}

/* The place of a word in a list that ends with NULL. */
int sb_get_word(const cJSON *obj, const char *path, const char *key, const char *const *words,
		int *out, struct sb_err *err)
{
	const char *word;

	if (sb_json_get_str(obj, path, key, &word, err))
		return -1;
	for (int n = 0; words[n]; n++) {
		if (strcmp(word, words[n]))
			continue;
		*out = n;
		return 0;
	}
	return sb_fail(err, SB_EINPUT, 0, "%s.%s is \"%.40s\", which is not a known value", path,
		       key, word);
}

const cJSON *sb_get_list(const cJSON *obj, const char *key, int min, int max, struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(obj, key);
	int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;

	if (count < min || count > max) {
		sb_fail(err, SB_EINPUT, 0, "$.%s is not a list of %d to %d elements", key, min,
			max);
		return NULL;
	}
	return list;
}

/* --- states --- */

int sb_get_ppb(const cJSON *obj, const char *path, const char *key, uint32_t *out,
	       struct sb_err *err)
{
	return sb_get_u32(obj, path, key, 0, SB_PPB, out, err);
}

int sb_get_rate(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		struct sb_err *err)
{
	int64_t v = 0;

	if (sb_get_range(obj, path, key, 0, (int64_t)SB_MAX_RATE_BPS, &v, err))
		return -1;
	if (v && v != (int64_t)SB_RATE_STOPPED && v < (int64_t)SB_MIN_RATE_BPS)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is below %" PRIu64, path, key,
			       SB_MIN_RATE_BPS);
	*out = (uint64_t)v;
	return 0;
}
