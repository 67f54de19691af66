/* SPDX-License-Identifier: MIT */
/* relay.h - what is shown of a run, as JSON from one process to another; private to src/live */
#ifndef SATBED_LIVE_RELAY_H
#define SATBED_LIVE_RELAY_H

#include "satbed/live.h"

typedef void sb_relay_fn(void *arg, const cJSON *obj);

void sb_relay_phase(sb_relay_fn *relay, void *arg, const char *phase);
/** sb_relay_start() - flows start; @t0_ns: CLOCK_MONOTONIC of the sender */
void sb_relay_start(sb_relay_fn *relay, void *arg, int64_t t0_ns);
void sb_relay_tick(sb_relay_fn *relay, void *arg, int64_t clock_ns,
		   const struct sb_live_counts *flows, size_t count);

enum sb_relayed_kind { SB_RELAYED_PHASE, SB_RELAYED_START, SB_RELAYED_TICK };

/** struct sb_relayed - @phase: borrowed; @clock_ns: the sender's; @flows: the caller's to free */
struct sb_relayed {
	enum sb_relayed_kind kind;
	const char *phase;
	int64_t clock_ns;
	struct sb_live_counts *flows;
};

/** sb_relay_read() - false: it is none of a relay's, or not of @count flows; the sender is not
 * trusted */
bool sb_relay_read(const cJSON *obj, struct sb_relayed *out, size_t count);

#endif
