// SPDX-License-Identifier: MIT
/* daemon_json.c - Docker's settings file, read as dockerd reads it */
#include "daemon_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"

/* Keys that people mistype; dockerd refuses to start when it finds one that it does not know. */
static const char *const keys[] = {"registry-mirrors",
				   "insecure-registries",
				   "data-root",
				   "storage-driver",
				   "exec-opts",
				   "hosts",
				   "log-driver",
				   "dns",
				   "mtu",
				   NULL};

char *sb_mirror_name(const char *url)
{
	char *copy = sb_strdup(url);
	size_t len = strlen(copy);

	while (len && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static char *syntax_error(const char *text)
{
	const char *at = cJSON_GetErrorPtr();
	char near[24] = "";
	size_t len;

	if (!at || at < text || at > text + strlen(text))
		return sb_strdup("is no JSON");
	at += strspn(at, " \t\r\n");
	len = strcspn(at, "\r\n");
	snprintf(near, sizeof(near), "%.*s", (int)(len < 20 ? len : 20), at);
	return sb_asprintf(
	    "line %d is no JSON, near \"%s\" (a comma too many or too few, a quote?)",
	    line_of(text, at), near[0] ? near : "the end");
}

static char *read_mirrors(const cJSON *list, cJSON *into)
{
	const cJSON *item;

	if (!list)
		return NULL;
	if (!cJSON_IsArray(list))
		return sb_strdup("registry-mirrors must be a list: [\"https://mirror.example\"]");
	cJSON_ArrayForEach(item, list)
	{
		const char *url = cJSON_GetStringValue(item);
		sb_auto_free char *name = url ? sb_mirror_name(url) : NULL;

		if (!url)
			return sb_strdup("registry-mirrors must hold addresses in quotes");
		if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8))
			return sb_asprintf("registry-mirrors: \"%s\" must begin with https:// or "
					   "http://",
					   url);
		cJSON_AddItemToArray(into, cJSON_CreateString(name));
	}
	return NULL;
}

static char *resembling_key(const cJSON *tree)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, tree)
	{
		const char *close;
		bool known = false;

		for (const char *const *k = keys; *k; k++)
			known |= !strcmp(*k, item->string);
		close = known ? NULL : sb_suggest(item->string, keys);
		if (close)
			return sb_asprintf("\"%s\" is probably meant to be \"%s\"", item->string,
					   close);
	}
	return NULL;
}

static void add_text(cJSON *to, const char *key, char *text)
{
	if (text)
		sb_json_add_str(to, key, text);
	else
		cJSON_AddNullToObject(to, key);
	free(text);
}

/* Go's parser takes no byte order mark, ours would skip it. */
static char *check_text(const char *text, cJSON **tree)
{
	*tree = NULL;
	if (!strncmp(text, "\xef\xbb\xbf", 3))
		return sb_strdup("line 1 begins with a byte order mark, which is no JSON");
	*tree = cJSON_ParseWithOpts(text, NULL, true);
	if (!*tree)
		return syntax_error(text);
	if (!cJSON_IsObject(*tree))
		return sb_strdup("line 1: not an object in {}");
	return NULL;
}

cJSON *sb_daemon_json(const struct sb_machine *m, const char *path)
{
	sb_auto_free char *text = sb_machine_read(m, path);
	int sys = text ? 0 : errno;
	cJSON *out = cJSON_CreateObject(), *tree = NULL, *mirrors;
	char *error = NULL;

	sb_json_add_str(out, "path", path);
	sb_json_add_bool(out, "exists", text || (sys != ENOENT && sys != ENOTDIR));
	mirrors = cJSON_AddArrayToObject(out, "mirrors");
	/* dockerd takes an empty file for an empty object. */
	if (text && text[0])
		error = check_text(text, &tree);
	else if (!text && sys != ENOENT && sys != ENOTDIR)
		error = sb_asprintf("cannot be read: %s", strerror(sys));
	if (!error && tree)
		error = read_mirrors(cJSON_GetObjectItemCaseSensitive(tree, "registry-mirrors"),
				     mirrors);
	add_text(out, "error", error);
	add_text(out, "hint", tree ? resembling_key(tree) : NULL);
	sb_json_add_bool(out, "hosts", tree && cJSON_HasObjectItem(tree, "hosts"));
	cJSON_Delete(tree);
	return out;
}
