// SPDX-License-Identifier: MIT
/* page_request.c - what a testbed's page asks for */
#include "page_request.h"

#include "satbed/base/json.h"
#include "satbed/plan_change.h"

static int read_settings(const cJSON *set, cJSON *to, struct sb_err *err)
{
	const char *words[SB_PAGE_SETTINGS_MAX];
	struct sb_link_change change;
	const cJSON *word;
	size_t count = 0;

	cJSON_ArrayForEach(word, set)
	{
		if (!cJSON_IsString(word) || count == SB_PAGE_SETTINGS_MAX)
			return sb_fail(err, SB_EINPUT, 0,
				       "\"set\" takes up to %d settings, such as \"loss=5%%\"",
				       SB_PAGE_SETTINGS_MAX);
		words[count++] = word->valuestring;
	}
	if (!count)
		return sb_fail(err, SB_EINPUT, 0, "nothing is to be set, for example: loss=5%%");
	if (sb_link_change_read(words, count, &change, err))
		return -1;
	cJSON_AddItemToObject(to, "state", sb_link_change_to_json(&change));
	return 0;
}

static int read_place(const cJSON *from, cJSON *to, struct sb_err *err)
{
	const char *dir;
	int64_t link;

	if (cJSON_HasObjectItem(from, "client")) {
		if (sb_json_get_i64(from, "$", "client", &link, err))
			return -1;
		/* The page numbers links, and calls them after their clients. */
		sb_json_add_i64(to, "link", link);
	}
	if (cJSON_HasObjectItem(from, "dir")) {
		if (sb_json_get_str(from, "$", "dir", &dir, err))
			return -1;
		sb_json_add_str(to, "dir", dir);
	}
	return 0;
}

static int read_request(const cJSON *from, cJSON *to, struct sb_err *err)
{
	const cJSON *set = cJSON_GetObjectItemCaseSensitive(from, "set");
	bool reset = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(from, "reset"));

	if (!cJSON_IsObject(from))
		return sb_fail(err, SB_EINPUT, 0, "the request is not a JSON object");
	if (reset == cJSON_IsArray(set))
		return sb_fail(err, SB_EINPUT, 0, "a request has either \"set\" or \"reset\"");
	sb_json_add_str(to, "op", "link");
	if (read_place(from, to, err))
		return -1;
	if (!reset)
		return read_settings(set, to, err);
	sb_json_add_bool(to, "reset", true);
	return 0;
}

int sb_page_request_read(const char *json, size_t len, cJSON **out, struct sb_err *err)
{
	cJSON *from = cJSON_ParseWithLength(json, len), *to = cJSON_CreateObject();
	int rc = read_request(from, to, err);

	cJSON_Delete(from);
	if (rc)
		cJSON_Delete(to);
	else
		*out = to;
	return rc;
}
