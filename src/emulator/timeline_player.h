/* SPDX-License-Identifier: MIT */
/* timeline_player.h - the frozen timeline, applied to the shapers when its time comes */
#ifndef SATBED_EMULATOR_PLAYER_H
#define SATBED_EMULATOR_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

struct sb_link_set;

/** struct sb_hand - is a direction in somebody's hands, and how did they set it? */
struct sb_hand {
	bool set;
	struct sb_link_state state;
};

/**
 * struct sb_timeline_player - where in the timeline we are
 * @next:	first step not yet applied; @end: first one never to be
 * @late_ns:	per step, how long after its time it was in force; 0 when it was in advance
 * @reported:	first step whose lateness the orchestrator does not know
 * @hands:	per direction, in the shapers' order
 * @resting:	the timeline is over
 */
struct sb_timeline_player {
	const struct sb_plan *plan;
	struct sb_link_set *middle;
	int64_t t0_ns, lookahead_ns;
	size_t next, end, reported;
	int64_t *late_ns;
	struct sb_hand *hands;
	bool started, resting;
};

void sb_timeline_player_init(struct sb_timeline_player *p, const struct sb_plan *plan);
void sb_timeline_player_fini(struct sb_timeline_player *p);
void sb_timeline_player_start(struct sb_timeline_player *p, const struct sb_plan *plan,
			      struct sb_link_set *middle, int64_t t0_ns);
void sb_timeline_player_stop(struct sb_timeline_player *p);
/** sb_timeline_player_state() - what is in force for one direction at @now_ns */
struct sb_link_state sb_timeline_player_state(const struct sb_timeline_player *p, size_t link,
					      enum sb_dir dir, int64_t now_ns);
/**
 * sb_timeline_player_set() - into somebody's hands, or back to the timeline
 * @state:	in force from now on; NULL = back
 *
 * A backend that knows steps ahead of their time plays those first.  Of a direction that several
 * clients share only the first one's rate can be set (SB_EINPUT).
 */
int sb_timeline_player_set(struct sb_timeline_player *p, struct sb_link_set *middle, size_t link,
			   enum sb_dir dir, const struct sb_link_state *state, struct sb_err *err);
/** sb_timeline_player_rest() - the timeline is over: initial states where nothing is set by hand */
int sb_timeline_player_rest(struct sb_timeline_player *p, struct sb_link_set *middle,
			    struct sb_err *err);
/** sb_timeline_player_due_ns() - when sb_timeline_player_play() should be called next; INT64_MAX = not at all */
int64_t sb_timeline_player_due_ns(const struct sb_timeline_player *p);
/** sb_timeline_player_play() - apply what is due; on -1 the failed step is behind us and the rest still
 * plays */
int sb_timeline_player_play(struct sb_timeline_player *p, struct sb_err *err);

#endif
