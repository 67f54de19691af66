// SPDX-License-Identifier: MIT
/*
 * fuzz_emulator_request.c - lines as what satbed asks of the emulator, of which the first byte says whether its links are open
 *
 * Invariant beyond not crashing: what is taken is within the plan's links and can be added up, nothing but what needs no links is
 * taken before these are open, a state that is taken can be written and read again, and a refusal has words.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <string.h>

#include "emulator/emulator_request.h"
#include "must.h"
#include "satbed/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINKS 2

static void check_state(const cJSON *members)
{
	struct sb_link_state state = {0}, again = {0};
	cJSON *json, *twice;

	if (sb_link_state_from_json(members, &state, NULL))
		return;
	json = sb_link_state_to_json(&state);
	MUST(!sb_link_state_from_json(json, &again, NULL));
	twice = sb_link_state_to_json(&again);
	MUST(cJSON_Compare(json, twice, true));
	cJSON_Delete(json);
	cJSON_Delete(twice);
}

static void check(const struct sb_emulator_request *r, bool open)
{
	int64_t sum;

	switch (r->op) {
	case SB_EMULATOR_OPEN:
		MUST(!open);
		break;
	case SB_EMULATOR_TIMER_PROBE:
	case SB_EMULATOR_QUIT:
		break;
	case SB_EMULATOR_START:
		MUST(open && r->t0_ns >= 0 && r->sample_ns >= 0);
		MUST(!__builtin_add_overflow(r->t0_ns, r->sample_ns, &sum));
		break;
	case SB_EMULATOR_SET:
		MUST(r->link < LINKS && (r->dir == SB_UP || r->dir == SB_DOWN));
		if (r->state)
			check_state(r->state);
		/* fall through */
	case SB_EMULATOR_STOP:
	case SB_EMULATOR_REST:
	case SB_EMULATOR_LOOK:
		MUST(open);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sb_plan plan = {.link_count = LINKS};
	struct sb_emulator_request r;
	struct sb_err err = {0};
	cJSON *json;
	bool open;

	if (size < 1)
		return 0;
	open = data[0] & 1;
	json = cJSON_ParseWithLength((const char *)data + 1, size - 1);
	if (sb_emulator_request_read(json, &plan, open, &r, &err))
		MUST(err.msg[0] && err.code != SB_OK);
	else
		check(&r, open);
	cJSON_Delete(json);
	return 0;
}
