// SPDX-License-Identifier: MIT
/* inventory.c - the daemon's lists, and what in them is satbed's by name and by label */
#include "inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "unnamed_image.h"

#define LIST_MS 60000 /* a busy daemon with thousands of containers */

int64_t sb_rfc3339_s(const char *text)
{
	struct tm tm = {0};
	int at = 0, hours, minutes;
	char sign;
	time_t t;

	if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &at) != 6)
		return INT64_MAX;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	t = timegm(&tm);
	if (text[at] == '.')
		at += 1 + (int)strspn(text + at + 1, "0123456789");
	if (!strcmp(text + at, "Z"))
		return t;
	if (sscanf(text + at, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
	    (sign != '+' && sign != '-'))
		return INT64_MAX;
	return t - (sign == '-' ? -1 : 1) * (hours * INT64_C(3600) + minutes * INT64_C(60));
}

static const char *text_at(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
}

/* "localhost/satbed-5f0c91a2-emulator:latest": the part between slash and colon */
static const char *image_name(const cJSON *item, char *buf, size_t room)
{
	const cJSON *tags = cJSON_GetObjectItemCaseSensitive(item, "RepoTags");
	const char *full = cJSON_GetStringValue(cJSON_GetArrayItem(tags, 0)), *colon;

	if (!full || strncmp(full, SB_IMAGE_HOST "/", sizeof(SB_IMAGE_HOST)) != 0)
		return NULL;
	full += sizeof(SB_IMAGE_HOST);
	colon = strchr(full, ':');
	snprintf(buf, room, "%.*s", colon ? (int)(colon - full) : (int)strlen(full), full);
	return buf;
}

/* Containers have names with a slash before them, and may have more than one. */
static const char *name_of(enum sb_thing kind, const cJSON *item, char *buf, size_t room)
{
	const char *name;

	if (kind == SB_THING_IMAGE)
		return image_name(item, buf, room);
	if (kind != SB_THING_CONTAINER)
		return text_at(item, "Name");
	name = cJSON_GetStringValue(
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(item, "Names"), 0));
	return name && name[0] == '/' ? name + 1 : name;
}

/*
 * Docker that died while it removed a container has it as "dead", and has forgotten its name; an image
 * that was being made has none yet.  NULL: it is neither.
 */
static const char *made_up_name(enum sb_thing kind, const cJSON *item, const struct sb_owner *owner,
				char *buf, size_t room)
{
	const char *state = text_at(item, "State"), *what;

	if (kind == SB_THING_CONTAINER && state && !strcmp(state, "dead"))
		what = "dead";
	else if (kind == SB_THING_IMAGE && sb_image_is_unnamed(item))
		what = "unnamed";
	else
		return NULL;
	snprintf(buf, room, "satbed-%s-%s", owner->run, what);
	return buf;
}

static int64_t made_at(enum sb_thing kind, const cJSON *item)
{
	const cJSON *created = cJSON_GetObjectItemCaseSensitive(item, "Created");

	if ((kind == SB_THING_CONTAINER || kind == SB_THING_IMAGE) && cJSON_IsNumber(created) &&
	    created->valuedouble > 0 && created->valuedouble < 0x1p53)
		return (int64_t)created->valuedouble;
	return sb_rfc3339_s(text_at(item, kind == SB_THING_VOLUME ? "CreatedAt" : "Created"));
}

static bool is_running(const cJSON *item)
{
	const char *state = text_at(item, "State");

	return state && (!strcmp(state, "running") || !strcmp(state, "paused") ||
			 !strcmp(state, "restarting") || !strcmp(state, "stopping"));
}

/* An id goes into a path; Docker writes those of images as "sha256:...". */
static bool is_plain(enum sb_thing kind, const char *id)
{
	if (kind == SB_THING_IMAGE && id && !strncmp(id, "sha256:", 7))
		id += 7;
	return id && *id && !id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static void add_item(struct sb_inventory *inv, enum sb_thing kind, const cJSON *item)
{
	char buf[128];
	const char *name = name_of(kind, item, buf, sizeof(buf)), *id;
	struct sb_found found = {.kind = kind, .made_s = made_at(kind, item)};
	struct sb_err err = {0};

	if (sb_owner_from_labels(cJSON_GetObjectItemCaseSensitive(item, "Labels"), &found.owner,
				 &err)) {
		sb_debug("%s %s has a label of satbed, but: %s", sb_journal_thing_name(kind),
			 name ? name : "without a name", err.msg);
		return;
	}
	if (!name) {
		name = made_up_name(kind, item, &found.owner, buf, sizeof(buf));
		found.nameless = true;
	}
	/* Volumes have no other id than their name. */
	id = kind == SB_THING_VOLUME ? name : text_at(item, "Id");
	if (!name || !sb_journal_is_of_run(name, found.owner.run) || !is_plain(kind, id)) {
		sb_debug("%s %s has the labels of satbed, but a foreign name",
			 sb_journal_thing_name(kind), name ? name : "without a name");
		return;
	}
	found.name = sb_strdup(name);
	found.id = sb_strdup(id);
	found.running = kind == SB_THING_CONTAINER && is_running(item);
	inv->things = sb_grow(inv->things, inv->count, &inv->room, sizeof(inv->things[0]));
	inv->things[inv->count++] = found;
}

int sb_inventory_add(struct sb_inventory *inv, enum sb_thing kind, const cJSON *answer,
		     struct sb_err *err)
{
	const cJSON *list =
	    kind == SB_THING_VOLUME ? cJSON_GetObjectItemCaseSensitive(answer, "Volumes") : answer;
	const cJSON *item;

	/* No volumes are "null" to some. */
	if (kind == SB_THING_VOLUME && (cJSON_IsNull(list) || (cJSON_IsObject(answer) && !list)))
		return 0;
	if (!cJSON_IsArray(list))
		return sb_fail(err, SB_EENGINE, 0, "its answer is not a list of %ss",
			       sb_journal_thing_name(kind));
	cJSON_ArrayForEach(item, list)
	{
		add_item(inv, kind, item);
	}
	return 0;
}

/* An image without a name, and not what an emulator's is by what the daemon says of it. */
static bool is_image_of_others(struct sb_daemon *d, const struct sb_found *t)
{
	sb_auto_free char *path = NULL;
	cJSON *answer = NULL;
	bool imported;

	if (t->kind != SB_THING_IMAGE || !t->nameless)
		return false;
	path = sb_asprintf("/images/%s/json", t->id);
	sb_daemon_call(d, "GET", path, NULL, LIST_MS, &answer, NULL);
	imported = sb_image_was_imported(answer);
	cJSON_Delete(answer);
	return !imported;
}

static void drop_images_of_others(struct sb_daemon *d, struct sb_inventory *inv)
{
	size_t kept = 0;

	for (size_t i = 0; i < inv->count; i++) {
		struct sb_found *t = &inv->things[i];

		if (is_image_of_others(d, t)) {
			free(t->name);
			free(t->id);
		} else {
			inv->things[kept++] = *t;
		}
	}
	inv->count = kept;
}

int sb_inventory_take(struct sb_daemon *d, struct sb_inventory *out, struct sb_err *err)
{
	static const struct {
		enum sb_thing kind;
		const char *path;
	} lists[] = {
	    {SB_THING_CONTAINER, "/containers/json?all=1&filters="},
	    {SB_THING_NETWORK, "/networks?filters="},
	    {SB_THING_VOLUME, "/volumes?filters="},
	    {SB_THING_IMAGE, "/images/json?filters="},
	};
	sb_auto_free char *filter = sb_daemon_escape("{\"label\":[\"" SB_LABEL_RUN "\"]}");

	*out = (struct sb_inventory){0};
	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++) {
		sb_auto_free char *path = sb_asprintf("%s%s", lists[i].path, filter);
		cJSON *answer = NULL;
		int status = sb_daemon_call(d, "GET", path, NULL, LIST_MS, &answer, err);
		int rc = status < 0 || status >= 400
			     ? -1
			     : sb_inventory_add(out, lists[i].kind, answer, err);

		cJSON_Delete(answer);
		if (!rc)
			continue;
		sb_wrap(err, "listing the %ss of %s", sb_journal_thing_name(lists[i].kind),
			sb_daemon_info(d)->url);
		/* One broken image hides all of them: no reason to leave the rest. */
		if (lists[i].kind == SB_THING_IMAGE && err->code != SB_EINTERRUPTED) {
			out->unlisted = *err;
			*err = (struct sb_err){0};
			continue;
		}
		sb_inventory_fini(out);
		return -1;
	}
	drop_images_of_others(d, out);
	return 0;
}

void sb_inventory_fini(struct sb_inventory *inv)
{
	for (size_t i = 0; i < inv->count; i++) {
		free(inv->things[i].name);
		free(inv->things[i].id);
	}
	free(inv->things);
	*inv = (struct sb_inventory){0};
}
