// SPDX-License-Identifier: MIT
/*
 * context.c - the contexts of Docker's command line
 *
 * ~/.docker/config.json names the current one; each is a directory contexts/meta/ID/meta.json, its
 * TLS files are in contexts/tls/ID/docker (docs.docker.com, "Docker contexts").
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)

static char *config_directory(void)
{
	const char *set = getenv("DOCKER_CONFIG"), *home = sb_address_home();

	if (set && *set)
		return sb_strdup(set);
	return home ? sb_asprintf("%s/.docker", home) : NULL;
}

static cJSON *read_json(const char *path)
{
	sb_auto_free char *text = NULL;
	struct sb_err err = {0};
	cJSON *tree;

	if (access(path, F_OK))
		return NULL;
	if (sb_read_file(path, FILE_BYTES_MAX, &text, NULL, &err)) {
		sb_warn("docker's contexts: %s", err.msg);
		return NULL;
	}
	tree = cJSON_Parse(text);
	if (!tree)
		sb_warn("docker's contexts: %s is not JSON", path);
	return tree;
}

static const char *string_at(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
}

/* In the order of docker itself: DOCKER_HOST, DOCKER_CONTEXT, the configuration. */
static char *current_name(const char *config)
{
	sb_auto_free char *path = sb_asprintf("%s/config.json", config);
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT"), *name;
	cJSON *tree;
	char *out;

	if (host && *host)
		return NULL;
	if (context && *context)
		return sb_strdup(context);
	tree = read_json(path);
	name = string_at(tree, "currentContext");
	out = name && *name ? sb_strdup(name) : NULL;
	cJSON_Delete(tree);
	return out;
}

static void add_context(struct sb_daemon_list *list, const char *config, const char *id,
			const char *wanted)
{
	sb_auto_free char *path = sb_asprintf("%s/contexts/meta/%s/meta.json", config, id);
	sb_auto_free char *certs = sb_asprintf("%s/contexts/tls/%s/docker", config, id);
	cJSON *tree = read_json(path);
	const cJSON *endpoint = cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(tree, "Endpoints"), "docker");
	const char *name = string_at(tree, "Name"), *host = string_at(endpoint, "Host");

	if (name && host && *host && (!wanted || !strcmp(name, wanted))) {
		sb_auto_free char *clean = sb_clean(name);
		sb_auto_free char *origin = sb_asprintf("context %s", clean);
		struct sb_daemon_address *a = sb_address_add(list, host, origin);

		if (a && !strncmp(host, "tcp://", 6) && !access(certs, F_OK)) {
			a->tls = true;
			sb_copy_str(a->cert_path, sizeof(a->cert_path), certs);
		}
	}
	cJSON_Delete(tree);
}

static int is_id(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void sb_contexts_add(struct sb_daemon_list *list, bool all)
{
	sb_auto_free char *config = config_directory();
	sb_auto_free char *wanted = config && !all ? current_name(config) : NULL;
	sb_auto_free char *meta = NULL;
	struct dirent **entries;
	int count;

	if (!config || (!all && (!wanted || !strcmp(wanted, "default"))))
		return;
	meta = sb_asprintf("%s/contexts/meta", config);
	/* Sorted, so that the order is the same every time. */
	count = scandir(meta, &entries, is_id, alphasort);
	for (int i = 0; i < count; i++) {
		add_context(list, config, entries[i]->d_name, wanted);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
