/* SPDX-License-Identifier: MIT */
/* link_bytes.h - bytes that have left the links, by the interfaces' own counters */
#ifndef SATBED_EMULATOR_LINK_BYTES_H
#define SATBED_EMULATOR_LINK_BYTES_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * sb_link_bytes_read() - bytes sent so far by the interfaces at which the links are shaped
 * @out:	two per link, by enum sb_dir: what has passed each direction of it, whole frames; what the
 *		link lost or dropped is not in it
 */
int sb_link_bytes_read(const struct sb_plan *plan, uint64_t *out, struct sb_err *err);
/** sb_link_bytes_describe() - "links": [up, down] of each since @before */
int sb_link_bytes_describe(const struct sb_plan *plan, const uint64_t *before, cJSON *into,
			   struct sb_err *err);

#endif
