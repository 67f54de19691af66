// SPDX-License-Identifier: MIT
/* spec_json.c - what a sweep varies, as sweep.json has it */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "spec.h"

static cJSON *texts_json(char *const *texts, size_t count)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
	return list;
}

/* Most levels are values and called so: a text.  Others have a name, and what they set. */
static cJSON *level_json(const struct sb_factor *f, const struct sb_level *level)
{
	sb_auto_free char *plain = sb_asprintf("%s=%s", f->key, level->name);
	cJSON *item;

	if (level->set_count == 1 && !strcmp(level->sets[0], plain))
		return cJSON_CreateString(level->name);
	item = cJSON_CreateObject();
	sb_json_add_str(item, "name", level->name);
	cJSON_AddItemToObject(item, "sets", texts_json(level->sets, level->set_count));
	return item;
}

cJSON *sb_spec_to_json(const struct sb_sweep_spec *s)
{
	cJSON *json = cJSON_CreateObject(), *list, *item, *levels;

	sb_json_add_str(json, "scenario", s->scenario);
	sb_json_add_str(json, "scenario_hash", s->scenario_hash);
	cJSON_AddItemToObject(json, "sets", texts_json(s->sets, s->set_count));
	list = cJSON_AddArrayToObject(json, "factors");
	for (size_t f = 0; f < s->factor_count; f++) {
		item = cJSON_CreateObject();
		cJSON_AddItemToArray(list, item);
		sb_json_add_str(item, "key", s->factors[f].key);
		levels = cJSON_AddArrayToObject(item, "levels");
		for (size_t i = 0; i < s->factors[f].level_count; i++)
			cJSON_AddItemToArray(levels,
					     level_json(&s->factors[f], &s->factors[f].levels[i]));
	}
	cJSON_AddItemToObject(json, "zips", texts_json(s->zips, s->zip_count));
	cJSON_AddItemToObject(json, "seeds", sb_seeds_to_json(&s->seeds));
	return json;
}

static int read_sets(const cJSON *list, struct sb_level *level, struct sb_err *err)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item) || !strchr(item->valuestring, '='))
			return sb_fail(err, SB_EINPUT, 0,
				       "$.factors[].levels[].sets is not a list of KEY=VALUE");
		sb_level_set(level, sb_strdup(item->valuestring));
	}
	return level->set_count ? 0
				: sb_fail(err, SB_EINPUT, 0, "$.factors[].levels[] sets nothing");
}

static int read_level(const cJSON *item, struct sb_factor *f, struct sb_err *err)
{
	struct sb_level level = {0};
	const char *name;

	if (cJSON_IsString(item)) {
		level.name = sb_strdup(item->valuestring);
		sb_level_set(&level, sb_asprintf("%s=%s", f->key, item->valuestring));
		return sb_spec_add_level(f, &level, err);
	}
	if (sb_json_get_str(item, "$.factors[].levels[]", "name", &name, err))
		return -1;
	level.name = sb_strdup(name);
	if (read_sets(cJSON_GetObjectItemCaseSensitive(item, "sets"), &level, err)) {
		sb_level_fini(&level);
		return -1;
	}
	return sb_spec_add_level(f, &level, err);
}

static int read_factor(const cJSON *item, struct sb_sweep_spec *out, struct sb_err *err)
{
	const char *key;
	const cJSON *level;
	struct sb_factor *f;

	if (sb_json_get_str(item, "$.factors[]", "key", &key, err))
		return -1;
	f = sb_spec_factor(out, key, err);
	if (!f)
		return -1;
	cJSON_ArrayForEach(level, cJSON_GetObjectItemCaseSensitive(item, "levels"))
	{
		if (read_level(level, f, err))
			return -1;
	}
	return 0;
}

static int read_lists(const cJSON *json, struct sb_sweep_spec *out, struct sb_err *err)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "sets"))
	{
		if (!cJSON_IsString(item))
			return sb_fail(err, SB_EINPUT, 0, "$.sets is not a list of texts");
		sb_spec_set(out, item->valuestring);
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "zips"))
	{
		if (!cJSON_IsString(item))
			return sb_fail(err, SB_EINPUT, 0, "$.zips is not a list of texts");
		if (sb_spec_zip(out, item->valuestring, err))
			return -1;
	}
	return sb_seeds_from_json(&out->seeds, cJSON_GetObjectItemCaseSensitive(json, "seeds"),
				  err);
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
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "factors"))
	{
		if (read_factor(item, out, err))
			return -1;
	}
	return read_lists(json, out, err);
}
