/* SPDX-License-Identifier: MIT */
/* tap_counters.h - bytes that went through the taps of split paths: proof of the way they took */
#ifndef SATBED_EMULATOR_TAPS_H
#define SATBED_EMULATOR_TAPS_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

struct sb_tap_bytes {
	uint64_t tx, rx;
};

/**
 * sb_tap_counters_read() - counters of the links' taps
 * @out:	one per link; untouched where a link has no tap
 */
int sb_tap_counters_read(const struct sb_plan *plan, struct sb_tap_bytes *out, struct sb_err *err);
/** sb_tap_counters_describe() - "taps": what they have counted since @before; nothing without taps */
int sb_tap_counters_describe(const struct sb_plan *plan, const struct sb_tap_bytes *before,
			     cJSON *into, struct sb_err *err);

#endif
