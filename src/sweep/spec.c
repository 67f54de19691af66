// SPDX-License-Identifier: MIT
/* spec.c - what a sweep varies, and the runs that makes */
#include "spec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/sweep.h"

#define KEY_MAX	 128
#define TEXT_MAX 4096

/* A key without a section is one of the testbed: path, kernel, clock, engine. */
static char *whole_key(const char *text, size_t len)
{
	return memchr(text, '.', len) ? sb_asprintf("%.*s", (int)len, text)
				      : sb_asprintf("testbed.%.*s", (int)len, text);
}

static struct sb_factor *factor_of(struct sb_sweep_spec *s, char *key, struct sb_err *err)
{
	for (size_t i = 0; i < s->factor_count; i++) {
		if (!strcmp(s->factors[i].key, key)) {
			free(key);
			return &s->factors[i];
		}
	}
	if (s->factor_count == SB_SWEEP_FACTORS) {
		sb_fail(err, SB_EINPUT, 0, "more than %d factors", SB_SWEEP_FACTORS);
		free(key);
		return NULL;
	}
	s->factors[s->factor_count] = (struct sb_factor){.key = key};
	return &s->factors[s->factor_count++];
}

static int add_level(struct sb_factor *f, const char *text, size_t len, struct sb_err *err)
{
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (!len)
		return sb_fail(err, SB_EINPUT, 0, "%s has an empty level; expected LEVEL,LEVEL",
			       f->key);
	for (size_t i = 0; i < f->level_count; i++) {
		if (strlen(f->levels[i]) == len && !strncmp(f->levels[i], text, len))
			return 0;
	}
	if (f->level_count == SB_SWEEP_LEVELS)
		return sb_fail(err, SB_EINPUT, 0, "%s has more than %d levels", f->key,
			       SB_SWEEP_LEVELS);
	f->levels = sb_grow(f->levels, f->level_count, &f->room, sizeof(*f->levels));
	f->levels[f->level_count++] = sb_asprintf("%.*s", (int)len, text);
	return 0;
}

int sb_spec_vary(struct sb_sweep_spec *s, const char *text, struct sb_err *err)
{
	size_t key_len = strcspn(text, "=");
	/* A level with a comma of its own is possible where | separates. */
	char separator = strchr(text, '|') ? '|' : ',';
	const char *at = text + key_len;
	struct sb_factor *f;

	if (!*at || !key_len || key_len > KEY_MAX || strlen(text) > TEXT_MAX)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\": expected KEY=LEVEL,LEVEL such as flow.bulk.cc=cubic,bbr",
			       text);
	f = factor_of(s, whole_key(text, key_len), err);
	if (!f)
		return -1;
	if (!strcmp(f->key, "scenario.seed"))
		return sb_fail(err, SB_EINPUT, 0,
			       "scenario.seed cannot be a factor; use --seeds 1..20");
	do {
		const char *end = strchr(++at, separator);
		size_t len = end ? (size_t)(end - at) : strlen(at);

		if (add_level(f, at, len, err))
			return -1;
		at += len;
	} while (*at);
	return 0;
}

void sb_spec_set(struct sb_sweep_spec *s, const char *text)
{
	s->sets = sb_grow(s->sets, s->set_count, &s->set_room, sizeof(*s->sets));
	s->sets[s->set_count++] = sb_strdup(text);
}

int sb_spec_check(const struct sb_sweep_spec *s, struct sb_err *err)
{
	for (size_t i = 0; i < s->factor_count; i++) {
		if (s->factors[i].level_count < 2)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s has one level; give it another, or use --set %s=%s",
				       s->factors[i].key, s->factors[i].key,
				       s->factors[i].levels[0]);
	}
	if (!s->factor_count && sb_seeds_count(&s->seeds) < 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "nothing varies; give --vary KEY=LEVEL,LEVEL, or --seeds 1..20");
	if (sb_spec_runs(s) > SB_SWEEP_RUNS_MAX)
		return sb_fail(err, SB_EINPUT, 0, "more than %d runs", SB_SWEEP_RUNS_MAX);
	return 0;
}

size_t sb_spec_cases(const struct sb_sweep_spec *s)
{
	size_t cases = 1;

	for (size_t i = 0; i < s->factor_count; i++) {
		if (__builtin_mul_overflow(cases, s->factors[i].level_count, &cases))
			return SIZE_MAX;
	}
	return cases;
}

static size_t seeds(const struct sb_sweep_spec *s)
{
	return s->seeds.range_count ? sb_seeds_count(&s->seeds) : 1;
}

size_t sb_spec_runs(const struct sb_sweep_spec *s)
{
	size_t runs;

	return __builtin_mul_overflow(sb_spec_cases(s), seeds(s), &runs) ? SIZE_MAX : runs;
}

size_t sb_spec_level(const struct sb_sweep_spec *s, size_t c, size_t f)
{
	for (size_t i = s->factor_count; i-- > f + 1;)
		c /= s->factors[i].level_count;
	return c % s->factors[f].level_count;
}

/* All cases of one seed before the next seed: what is there early compares all of them. */
size_t sb_spec_case_of(const struct sb_sweep_spec *s, size_t run)
{
	return run % sb_spec_cases(s);
}

uint64_t sb_spec_seed_of(const struct sb_sweep_spec *s, size_t run)
{
	return s->seeds.range_count ? sb_seeds_at(&s->seeds, run / sb_spec_cases(s)) : 0;
}

char **sb_spec_sets(const struct sb_sweep_spec *s, size_t run, size_t *count)
{
	char **out = sb_alloc(s->set_count + s->factor_count + 1, sizeof(*out));
	size_t n = 0, c = sb_spec_case_of(s, run);

	for (size_t i = 0; i < s->set_count; i++)
		out[n++] = sb_strdup(s->sets[i]);
	for (size_t f = 0; f < s->factor_count; f++)
		out[n++] = sb_asprintf("%s=%s", s->factors[f].key,
				       s->factors[f].levels[sb_spec_level(s, c, f)]);
	if (s->seeds.range_count)
		out[n++] = sb_asprintf("scenario.seed=%" PRIu64, sb_spec_seed_of(s, run));
	*count = n;
	return out;
}

void sb_spec_sets_free(char **sets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(sets[i]);
	free(sets);
}

cJSON *sb_spec_to_json(const struct sb_sweep_spec *s)
{
	cJSON *json = cJSON_CreateObject(), *list, *item, *levels;

	sb_json_add_str(json, "scenario", s->scenario);
	sb_json_add_str(json, "scenario_hash", s->scenario_hash);
	list = cJSON_AddArrayToObject(json, "sets");
	for (size_t i = 0; i < s->set_count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(s->sets[i]));
	list = cJSON_AddArrayToObject(json, "factors");
	for (size_t f = 0; f < s->factor_count; f++) {
		item = cJSON_CreateObject();
		cJSON_AddItemToArray(list, item);
		sb_json_add_str(item, "key", s->factors[f].key);
		levels = cJSON_AddArrayToObject(item, "levels");
		for (size_t i = 0; i < s->factors[f].level_count; i++)
			cJSON_AddItemToArray(levels, cJSON_CreateString(s->factors[f].levels[i]));
	}
	cJSON_AddItemToObject(json, "seeds", sb_seeds_to_json(&s->seeds));
	return json;
}

static int read_factor(const cJSON *item, struct sb_sweep_spec *out, struct sb_err *err)
{
	const char *key;
	const cJSON *level;
	struct sb_factor *f;

	if (sb_json_get_str(item, "$.factors[]", "key", &key, err))
		return -1;
	f = factor_of(out, sb_strdup(key), err);
	if (!f)
		return -1;
	cJSON_ArrayForEach(level, cJSON_GetObjectItemCaseSensitive(item, "levels"))
	{
		const char *text = cJSON_GetStringValue(level);

		if (!text)
			return sb_fail(err, SB_EINPUT, 0,
				       "$.factors[].levels is not a list of texts");
		if (add_level(f, text, strlen(text), err))
			return -1;
	}
	return f->level_count ? 0 : sb_fail(err, SB_EINPUT, 0, "%s has no level", f->key);
}

int sb_spec_from_json(const cJSON *json, struct sb_sweep_spec *out, struct sb_err *err)
{
	const char *scenario, *hash;
	const cJSON *item;

	if (sb_json_get_str(json, "$", "scenario", &scenario, err) ||
	    sb_json_get_str(json, "$", "scenario_hash", &hash, err))
		return -1;
	out->scenario = sb_strdup(scenario);
	out->scenario_hash = sb_strdup(hash);
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "sets"))
	{
		if (!cJSON_IsString(item))
			return sb_fail(err, SB_EINPUT, 0, "$.sets is not a list of texts");
		sb_spec_set(out, item->valuestring);
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "factors"))
	{
		if (read_factor(item, out, err))
			return -1;
	}
	return sb_seeds_from_json(&out->seeds, cJSON_GetObjectItemCaseSensitive(json, "seeds"),
				  err);
}

void sb_spec_fini(struct sb_sweep_spec *s)
{
	sb_spec_sets_free(s->sets, s->set_count);
	for (size_t f = 0; f < s->factor_count; f++) {
		sb_spec_sets_free(s->factors[f].levels, s->factors[f].level_count);
		free(s->factors[f].key);
	}
	sb_seeds_fini(&s->seeds);
	free(s->scenario);
	free(s->scenario_hash);
	*s = (struct sb_sweep_spec){0};
}
