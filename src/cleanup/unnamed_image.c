// SPDX-License-Identifier: MIT
/* unnamed_image.c - an image that a daemon had made when it was killed, and had not given its name yet */
#include "unnamed_image.h"

#include <string.h>

bool sb_image_is_unnamed(const cJSON *item)
{
	const cJSON *tags = cJSON_GetObjectItemCaseSensitive(item, "RepoTags");
	const char *tag = cJSON_GetStringValue(cJSON_GetArrayItem(tags, 0));

	/* As Docker says it up to version 24. */
	return !cJSON_GetArraySize(tags) || (tag && !strcmp(tag, "<none>:<none>"));
}

static bool is_empty(const cJSON *config, const char *key)
{
	return !cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(config, key));
}

bool sb_image_was_imported(const cJSON *inspected)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(inspected, "Config");
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(inspected, "RootFS");

	return cJSON_IsObject(config) && is_empty(config, "Cmd") &&
	       is_empty(config, "Entrypoint") &&
	       cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(files, "Layers")) == 1;
}
