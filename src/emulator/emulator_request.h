/* SPDX-License-Identifier: MIT */
/* emulator_request.h - what satbed asks of the emulator (emulator.h), read and checked */
#ifndef SATBED_EMULATOR_REQUEST_H
#define SATBED_EMULATOR_REQUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

enum sb_emulator_op {
	SB_EMULATOR_OPEN,
	SB_EMULATOR_TIMER_PROBE,
	SB_EMULATOR_START,
	SB_EMULATOR_STOP,
	SB_EMULATOR_REST,
	SB_EMULATOR_SET,
	SB_EMULATOR_LOOK,
	SB_EMULATOR_QUIT,
};

/**
 * struct sb_emulator_request - one request
 * @id:		of SET and LOOK, whose answers have it too; -1 = none
 * @t0_ns, @sample_ns: of START: CLOCK_MONOTONIC; how often bytes are told, 0 = not at all
 * @link, @dir, @state: of SET; the members that change, the JSON's own, NULL = back to the timeline
 */
struct sb_emulator_request {
	enum sb_emulator_op op;
	int64_t id, t0_ns, sample_ns;
	size_t link;
	enum sb_dir dir;
	const cJSON *state;
};

/**
 * sb_emulator_request_read() - 0, or -1 with what is wrong
 * @open:	have the links been opened?  Most requests need them
 *
 * @out->id is known on failure too, so that the answer finds who asked.
 */
int sb_emulator_request_read(const cJSON *json, const struct sb_plan *plan, bool open,
			     struct sb_emulator_request *out, struct sb_err *err);

#endif
