// SPDX-License-Identifier: MIT
/*
 * fuzz_scenario.c - any text is either a plan that survives its JSON form, or a list of findings
 *
 * Lines that begin with "--set " are overrides, the rest is the file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

/* What must hold, or the fuzzer has found something. */
#define MAX_SETS 4
/* Long timelines are right, but slow to look through. */
#define MAX_STEPS 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each finding stands on a line that says where. */
static void check_findings(const struct sb_err *err)
{
	MUST(err->code == SB_EINPUT);
	for (const char *line = err->msg; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		MUST(!strncmp(line, "fuzz.ini:", 9) || !strncmp(line, "--set ", 6) ||
		     !strncmp(line, "... and ", 8) || strlen(err->msg) > sizeof(err->msg) / 2);
	}
}

static void check_steps(const struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->step_count && i < MAX_STEPS; i++) {
		const struct sb_step *s = &plan->steps[i];

		MUST(s->at_ns >= 0 && s->at_ns < plan->duration_ns);
		MUST(s->link < plan->link_count && s->dir <= SB_DOWN);
		MUST(s->state.delay_ns >= 0);
		MUST(s->state.delay_ns <= plan->links[s->link].dir[s->dir].max_delay_ns);
		MUST(sb_plan_state_at(plan, s->link, (enum sb_dir)s->dir, s->at_ns) == &s->state);
		MUST(!i || plan->steps[i - 1].at_ns <= s->at_ns);
	}
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			MUST(plan->links[i].dir[dir].queue_bytes >= plan->mtu &&
			     plan->links[i].dir[dir].queue_packets);
}

static void check_plan(const struct sb_plan *plan)
{
	sb_auto_free char *text = sb_plan_text(plan), *first = NULL, *second = NULL;
	struct sb_plan *back = NULL;
	struct sb_err err = {0};
	cJSON *json;

	MUST(text && *text);
	check_steps(plan);
	if (plan->step_count > MAX_STEPS)
		return;
	json = sb_plan_to_json(plan);
	first = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	json = cJSON_Parse(first);
	MUST(json);
	if (sb_plan_from_json(json, &back, &err))
		fprintf(stderr, "%s\n", err.msg);
	MUST(back);
	cJSON_Delete(json);
	json = sb_plan_to_json(back);
	second = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	MUST(!strcmp(first, second));
	sb_plan_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_scenario *untouched = (struct sb_scenario *)&untouched, *sc = untouched;
	const char *sets[MAX_SETS];
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	size_t set_count = 0;
	char *copy = sb_alloc(size + 1, 1), *text = copy;

	if (size)
		memcpy(copy, data, size);
	while (set_count < MAX_SETS && !strncmp(text, "--set ", 6) && strchr(text, '\n')) {
		sets[set_count++] = text + 6;
		text = strchr(text, '\n');
		*text++ = '\0';
	}
	if (sb_scenario_parse("fuzz.ini", text, size - (size_t)(text - copy), sets, set_count, &sc,
			      &err)) {
		MUST(sc == untouched);
		check_findings(&err);
		free(copy);
		return 0;
	}
	if (sb_plan_make(sc, &plan, &err)) {
		MUST(!plan);
		check_findings(&err);
	} else {
		check_plan(plan);
	}
	sb_plan_free(plan);
	sb_scenario_free(sc);
	free(copy);
	return 0;
}
