// SPDX-License-Identifier: MIT
/* state.c - what a comparison is to do, written down before it begins */
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"

#define STATE_FORMAT 1
#define STATE_MAX    (4u << 20)
#define PLAN_MAX     (64u << 20)
#define RETRIES_MAX  100

const char *sb_serving_satellite_name(enum sb_pass pass)
{
	return pass == SB_UNSHAPED ? "unshaped" : "shaped";
}

static int write_json(const char *path, const cJSON *json, struct sb_err *err)
{
	sb_auto_free char *text = cJSON_Print(json), *whole = NULL;

	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "%s does not fit into memory", path);
	whole = sb_asprintf("%s\n", text);
	return sb_replace_file(path, whole, strlen(whole), err);
}

static int make_directory(const char *path, struct sb_err *err)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path);
	return 0;
}

static char *plan_path(const struct sb_comparison *c, size_t arm, enum sb_pass pass)
{
	return sb_asprintf("%s/plans/a%zu%s.json", c->directory, arm + 1,
			   pass == SB_UNSHAPED ? "-unshaped" : "");
}

static int save_plan(const struct sb_comparison *c, size_t arm, enum sb_pass pass,
		     struct sb_err *err)
{
	const struct sb_arm *a = &c->arms[arm];
	sb_auto_free char *path = plan_path(c, arm, pass);
	cJSON *json = sb_plan_to_json(pass == SB_UNSHAPED ? a->unshaped : a->plan);
	int rc = write_json(path, json, err);

	cJSON_Delete(json);
	return rc;
}

static cJSON *to_json(const struct sb_comparison *c)
{
	cJSON *json = cJSON_CreateObject(), *list;

	sb_json_add_i64(json, "format", STATE_FORMAT);
	sb_json_add_str(json, "scenario", c->scenario);
	sb_json_add_i64(json, "rounds", (int64_t)c->rounds);
	sb_json_add_i64(json, "retries", (int64_t)c->retries);
	sb_json_add_bool(json, "unshaped", c->passes > 1);
	sb_json_add_u64(json, "seed", c->seed);
	list = cJSON_AddArrayToObject(json, "arms");
	for (size_t i = 0; i < c->arm_count; i++) {
		cJSON *arm = cJSON_CreateObject(), *sets;

		cJSON_AddItemToArray(list, arm);
		sb_json_add_str(arm, "name", c->arms[i].name);
		sets = cJSON_AddArrayToObject(arm, "sets");
		for (size_t k = 0; k < c->arms[i].set_count; k++)
			cJSON_AddItemToArray(sets, cJSON_CreateString(c->arms[i].sets[k]));
	}
	list = cJSON_AddArrayToObject(json, "left_out");
	for (size_t i = 0; i < c->left_out_count; i++) {
		cJSON *left = cJSON_CreateObject();

		cJSON_AddItemToArray(list, left);
		sb_json_add_str(left, "arm", c->left_out[i].name);
		sb_json_add_str(left, "why", c->left_out[i].why);
	}
	return json;
}

int sb_state_save(const struct sb_comparison *c, struct sb_err *err)
{
	sb_auto_free char *plans = sb_asprintf("%s/plans", c->directory);
	sb_auto_free char *runs = sb_asprintf("%s/runs", c->directory);
	sb_auto_free char *path = sb_asprintf("%s/state.json", c->directory);
	cJSON *json;
	int rc = 0;

	if (make_directory(plans, err) || make_directory(runs, err))
		return -1;
	for (size_t i = 0; i < c->arm_count; i++)
		for (size_t pass = 0; pass < c->passes; pass++)
			if (save_plan(c, i, (enum sb_pass)pass, err))
				return -1;
	/* Last: a directory with this file is a comparison that can be resumed. */
	json = to_json(c);
	rc = write_json(path, json, err);
	cJSON_Delete(json);
	return rc;
}

static int read_json(const char *path, size_t max, cJSON **out, struct sb_err *err)
{
	sb_auto_free char *text = NULL;

	if (sb_read_file(path, max, &text, NULL, err))
		return -1;
	*out = cJSON_Parse(text);
	return *out ? 0
		    : sb_fail(err, SB_EINPUT, 0,
			      "%s is %s, so the comparison cannot be resumed; start it again "
			      "with another --out DIR",
			      path, *text ? "not valid JSON" : "empty");
}

static int load_plan(const struct sb_comparison *c, size_t arm, enum sb_pass pass,
		     struct sb_plan **out, struct sb_err *err)
{
	sb_auto_free char *path = plan_path(c, arm, pass);
	cJSON *json = NULL;
	int rc = read_json(path, PLAN_MAX, &json, err);

	if (!rc && sb_plan_from_json(json, out, err))
		rc = sb_wrap(err, "%s", path);
	cJSON_Delete(json);
	return rc;
}

static int read_count(const cJSON *json, const char *key, size_t max, size_t *out,
		      struct sb_err *err)
{
	int64_t n;

	if (sb_json_get_i64(json, "$", key, &n, err))
		return -1;
	if (n < 0 || n > (int64_t)max)
		return sb_fail(err, SB_EINPUT, 0, "$.%s is not within 0 to %zu", key, max);
	*out = (size_t)n;
	return 0;
}

static int read_arms(const cJSON *json, struct sb_comparison *c, struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "arms"), *obj, *set;

	cJSON_ArrayForEach(obj, list)
	{
		struct sb_arm *arm = &c->arms[c->arm_count];
		const char *name;

		if (c->arm_count == SB_MAX_ARMS)
			return sb_fail(err, SB_EINPUT, 0, "more than %d arms", SB_MAX_ARMS);
		if (sb_json_get_str(obj, "$.arms[]", "name", &name, err))
			return -1;
		arm->name = sb_strdup(name);
		c->arm_count++;
		cJSON_ArrayForEach(set, cJSON_GetObjectItemCaseSensitive(obj, "sets"))
		{
			if (!cJSON_IsString(set))
				return sb_fail(err, SB_EINPUT, 0,
					       "$.arms[].sets is not a list of strings");
			arm->sets = sb_grow(arm->sets, arm->set_count, &arm->set_room,
					    sizeof(arm->sets[0]));
			arm->sets[arm->set_count++] = sb_strdup(set->valuestring);
		}
	}
	return c->arm_count ? 0 : sb_fail(err, SB_EINPUT, 0, "the comparison has no arm");
}

static void read_left_out(const cJSON *json, struct sb_comparison *c)
{
	const cJSON *obj;

	cJSON_ArrayForEach(obj, cJSON_GetObjectItemCaseSensitive(json, "left_out"))
	{
		const char *name, *why;

		if (c->left_out_count == SB_MAX_ARMS ||
		    sb_json_get_str(obj, "$", "arm", &name, NULL) ||
		    sb_json_get_str(obj, "$", "why", &why, NULL))
			continue;
		c->left_out[c->left_out_count++] =
		    (struct sb_left_out){sb_strdup(name), sb_strdup(why)};
	}
}

static int read_state(const cJSON *json, struct sb_comparison *c, struct sb_err *err)
{
	const char *scenario;
	bool unshaped;
	size_t format;

	if (read_count(json, "format", STATE_FORMAT, &format, err) ||
	    read_count(json, "rounds", SB_MAX_ROUNDS, &c->rounds, err) ||
	    read_count(json, "retries", RETRIES_MAX, &c->retries, err) ||
	    sb_json_get_bool(json, "$", "unshaped", &unshaped, err) ||
	    sb_json_get_u64(json, "$", "seed", &c->seed, err) ||
	    sb_json_get_str(json, "$", "scenario", &scenario, err))
		return -1;
	c->scenario = sb_strdup(scenario);
	c->passes = unshaped ? SB_PASSES : 1;
	read_left_out(json, c);
	return read_arms(json, c, err);
}

int sb_state_load(const char *directory, struct sb_comparison *out, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/state.json", directory);
	struct sb_comparison c = {.directory = sb_strdup(directory)};
	cJSON *json = NULL;
	int rc = read_json(path, STATE_MAX, &json, err);

	if (rc)
		sb_wrap(err, "%s is not a comparison that can be resumed", directory);
	else if (read_state(json, &c, err))
		rc = sb_wrap(err, "%s", path);
	cJSON_Delete(json);
	for (size_t i = 0; !rc && i < c.arm_count; i++) {
		rc = load_plan(&c, i, SB_SHAPED, &c.arms[i].plan, err);
		if (!rc && c.passes > 1)
			rc = load_plan(&c, i, SB_UNSHAPED, &c.arms[i].unshaped, err);
	}
	if (rc) {
		sb_comparison_fini(&c);
		return -1;
	}
	*out = c;
	return 0;
}

void sb_comparison_fini(struct sb_comparison *c)
{
	for (size_t i = 0; i < c->arm_count; i++)
		sb_arm_fini(&c->arms[i]);
	for (size_t i = 0; i < c->left_out_count; i++) {
		free(c->left_out[i].name);
		free(c->left_out[i].why);
	}
	free(c->directory);
	free(c->scenario);
	*c = (struct sb_comparison){0};
}

void sb_slots_order(const struct sb_comparison *c, struct sb_slot *out)
{
	size_t each = c->arm_count * c->passes;

	for (size_t round = 0; round < c->rounds; round++) {
		struct sb_slot *block = out + round * each;
		struct sb_rng rng;

		sb_rng_seed(&rng, c->seed, round);
		/* Inside out (Durstenfeld): each place is equally likely for each arm. */
		for (size_t i = 0; i < each; i++) {
			size_t at = (size_t)(sb_rng_unit(&rng) * (double)(i + 1));

			block[i] = block[at];
			block[at] = (struct sb_slot){.round = round,
						     .arm = i % c->arm_count,
						     .pass = (enum sb_pass)(i / c->arm_count)};
		}
	}
}
