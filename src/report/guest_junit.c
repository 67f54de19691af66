// SPDX-License-Identifier: MIT
/* guest_junit.c - cases for a CI server, as whoever started the guest reads them, who makes XML of it (in place of
 * junit_file.c) */
#include <cjson/cJSON.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"

int sb_junit_write(const struct sb_junit *j, const char *path, struct sb_err *err)
{
	cJSON *cases = cJSON_CreateArray();
	sb_auto_free char *text = NULL;

	for (size_t i = 0; i < j->count; i++) {
		cJSON *one = cJSON_CreateObject();

		sb_json_add_str(one, "suite", j->cases[i].suite);
		sb_json_add_str(one, "name", j->cases[i].name);
		sb_json_add_bool(one, "failed", j->cases[i].failed);
		sb_json_add_str(one, "message", j->cases[i].message);
		cJSON_AddItemToArray(cases, one);
	}
	text = cJSON_PrintUnformatted(cases);
	cJSON_Delete(cases);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "no memory for %s", path);
	return sb_replace_file(path, text, strlen(text), err);
}
