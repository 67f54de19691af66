/* SPDX-License-Identifier: MIT */
/* player.h - the frozen timeline, applied to the shapers when its time comes */
#ifndef SATBED_SKY_PLAYER_H
#define SATBED_SKY_PLAYER_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

struct sb_middle;

/**
 * struct sb_player - where in the timeline we are
 * @next:	first step not yet applied; @end: first one never to be
 * @late_ns:	per step, how long after its time it was in force; 0 when it was in advance
 * @reported:	first step whose lateness the orchestrator does not know
 */
struct sb_player {
	const struct sb_plan *plan;
	struct sb_middle *middle;
	int64_t t0_ns, lookahead_ns;
	size_t next, end, reported;
	int64_t *late_ns;
};

void sb_player_init(struct sb_player *p, const struct sb_plan *plan);
void sb_player_fini(struct sb_player *p);
void sb_player_start(struct sb_player *p, const struct sb_plan *plan, struct sb_middle *middle,
		     int64_t t0_ns);
void sb_player_stop(struct sb_player *p);
/** sb_player_due_ns() - when sb_player_play() should be called next; INT64_MAX = not at all */
int64_t sb_player_due_ns(const struct sb_player *p);
/** sb_player_play() - apply what is due; on -1 the failed step is behind us and the rest still
 * plays */
int sb_player_play(struct sb_player *p, struct sb_err *err);

#endif
