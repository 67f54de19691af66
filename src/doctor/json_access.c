// SPDX-License-Identifier: MIT
/* json_access.c - reading what probes answered, and which engines the request is about */
#include <string.h>

#include "check_context.h"
#include "findings.h"

const cJSON *sb_fact(const cJSON *of, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(of, key);
}

const char *sb_fact_str(const cJSON *of, const char *key)
{
	return cJSON_GetStringValue(sb_fact(of, key));
}

bool sb_fact_true(const cJSON *of, const char *key)
{
	return cJSON_IsTrue(sb_fact(of, key));
}

double sb_fact_num(const cJSON *of, const char *key)
{
	const cJSON *item = sb_fact(of, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool sb_check_context_wants(const struct sb_check_context *x, const char *engine)
{
	return !x->request->engine || !strcmp(x->request->engine, engine);
}

bool sb_check_context_wants_rootless(const struct sb_check_context *x)
{
	return sb_check_context_wants(x, "docker-rootless") ||
	       sb_check_context_wants(x, "podman-rootless");
}

void sb_check_can_fix(const struct sb_check_context *x)
{
	if (x->machine->uid == x->machine->person_uid)
		sb_find_can_fix(x->out);
}
