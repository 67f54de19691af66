// SPDX-License-Identifier: MIT
/* fuzz_plan_json.c - any JSON is refused with a reason, or is a plan that comes out as it went in
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct sb_plan *plan)
{
	cJSON *json = sb_plan_to_json(plan);
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	MUST(text);
	return text;
}

/* The first form need not be the canonical one; from then on nothing changes. */
static void check_plan(const struct sb_plan *plan)
{
	sb_auto_free char *first = print(plan), *second = NULL, *text = sb_plan_text(plan);
	struct sb_plan *back = NULL;
	struct sb_err err = {0};
	cJSON *json = cJSON_Parse(first);

	MUST(text && json);
	if (sb_plan_from_json(json, &back, &err))
		fprintf(stderr, "%s\n", err.msg);
	MUST(back);
	cJSON_Delete(json);
	second = print(back);
	MUST(!strcmp(first, second));
	sb_plan_free(back);
}

/*
 * The hash in the text would stop every changed timeline: it is put right here, so that what lies
 * behind it is reached.
 */
static int read_plan(cJSON *json, struct sb_plan **out, struct sb_err *err)
{
	static const char said[] = "the timeline was changed: its hash is ";
	char hash[17];

	if (!sb_plan_from_json(json, out, err))
		return 0;
	if (strncmp(err->msg, said, strlen(said)))
		return -1;
	snprintf(hash, sizeof(hash), "%s", err->msg + strlen(said));
	MUST(cJSON_ReplaceItemInObjectCaseSensitive(json, "timeline_xxh64",
						    cJSON_CreateString(hash)));
	return sb_plan_from_json(json, out, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_plan *untouched = (struct sb_plan *)&untouched, *plan = untouched;
	struct sb_err err = {0};
	cJSON *json = cJSON_ParseWithLength((const char *)data, size);

	if (read_plan(json, &plan, &err)) {
		MUST(plan == untouched);
		MUST(err.code == SB_EINPUT && err.msg[0]);
	} else {
		check_plan(plan);
		sb_plan_free(plan);
	}
	cJSON_Delete(json);
	return 0;
}
