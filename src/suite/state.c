// SPDX-License-Identifier: MIT
/* state.c - what a suite was begun with, in state.json */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define FORMAT	     1
#define STATE_MAX    (1u << 20)
#define RETRIES_MAX  100
#define OPTION_COUNT 10

/* What decides which runs there are; how they are made and shown may be another the next time. */
static void list(struct sb_suite *s, const char *names[OPTION_COUNT],
		 const char **texts[OPTION_COUNT])
{
	struct sb_suite_options *o = &s->o;
	const struct {
		const char *name, **text;
	} all[OPTION_COUNT] = {
	    {"only", &o->only},	       {"sizes", &o->sizes},	   {"cc", &o->ccs},
	    {"loss", &o->loss},	       {"duration", &o->duration}, {"server", &o->server},
	    {"client", &o->client},    {"files", &o->files},	   {"interop", &o->interop},
	    {"testcase", &o->testcase}};

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		names[i] = all[i].name;
		texts[i] = all[i].text;
	}
}

int sb_suite_save(const char *directory, const struct sb_suite *s, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/state.json", directory), *text = NULL;
	cJSON *json = cJSON_CreateObject(), *sets;
	struct sb_suite copy = *s;
	const char *names[OPTION_COUNT], **texts[OPTION_COUNT];

	sb_json_add_i64(json, "format", FORMAT);
	sb_json_add_str(json, "kind", "suite");
	sb_json_add_str(json, "suite", s->name);
	sb_json_add_i64(json, "retries", (int64_t)s->o.retries);
	list(&copy, names, texts);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (*texts[i])
			sb_json_add_str(json, names[i], *texts[i]);
	sets = cJSON_AddArrayToObject(json, "sets");
	for (size_t i = 0; i < s->o.set_count; i++)
		cJSON_AddItemToArray(sets, cJSON_CreateString(s->o.sets[i]));
	text = cJSON_Print(json);
	cJSON_Delete(json);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write %s as JSON", path);
	return sb_replace_file(path, text, strlen(text), err);
}

static int read_sets(struct sb_suite *s, struct sb_err *err)
{
	const cJSON *sets = cJSON_GetObjectItemCaseSensitive(s->json, "sets"), *item;
	size_t n = 0;

	s->sets = sb_alloc((size_t)cJSON_GetArraySize(sets) + 1, sizeof(*s->sets));
	cJSON_ArrayForEach(item, sets)
	{
		if (!cJSON_IsString(item))
			return sb_fail(err, SB_EINPUT, 0, "$.sets is not a list of texts");
		s->sets[n++] = item->valuestring;
	}
	s->o.sets = s->sets;
	s->o.set_count = n;
	return 0;
}

static int read_state(struct sb_suite *s, struct sb_err *err)
{
	const char *kind = "", *names[OPTION_COUNT], **texts[OPTION_COUNT];
	int64_t format = 0, retries = 0;

	sb_json_get_str(s->json, "$", "kind", &kind, NULL);
	sb_json_get_i64(s->json, "$", "format", &format, NULL);
	if (strcmp(kind, "suite") != 0 || format != FORMAT)
		return sb_fail(err, SB_EINPUT, 0, "it is not a suite that this satbed knows");
	if (sb_json_get_str(s->json, "$", "suite", &s->name, err) ||
	    sb_json_get_i64(s->json, "$", "retries", &retries, err))
		return -1;
	if (retries < 0 || retries > RETRIES_MAX)
		return sb_fail(err, SB_EINPUT, 0, "$.retries is not within 0 to %d", RETRIES_MAX);
	if (!s->o.retries)
		s->o.retries = (size_t)retries;
	list(s, names, texts);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		*texts[i] =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(s->json, names[i]));
	return read_sets(s, err);
}

int sb_suite_load(struct sb_suite *s, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/state.json", s->o.resume), *text = NULL;

	if (sb_read_file(path, STATE_MAX, &text, NULL, err))
		return sb_wrap(err, "%s is not a suite that can be resumed", s->o.resume);
	s->json = cJSON_Parse(text);
	return read_state(s, err) ? sb_wrap(err, "%s", path) : 0;
}

void sb_suite_fini(struct sb_suite *s)
{
	free(s->sets);
	cJSON_Delete(s->json);
}
