/* SPDX-License-Identifier: MIT */
/* plan_room.h - how much room the results of a plan may take: estimated before anything runs */
#ifndef SATBED_PLAN_ROOM_H
#define SATBED_PLAN_ROOM_H

#include <stdbool.h>

#include "satbed/plan.h"

/**
 * struct sb_plan_room - about how much, where every flow gets all that its link allows
 * @known:	false: a direction without a rate carries a flow without one; the rest means nothing
 * @packets:	over all links, counted once
 * @capture_bytes: of all captures together
 * @report_bytes: of everything else, which is written when the run is over
 */
struct sb_plan_room {
	bool known;
	double packets, capture_bytes, report_bytes;
};

/**
 * sb_plan_room() - pure: rates of the timeline over the flows' times
 *
 * Full frames at the link's rate for flows that fill it, and an acknowledgement for every second of
 * them (RFC 5681, section 4.2).  What an exec or session flow sends is not known: as if it filled
 * both directions.
 */
void sb_plan_room(const struct sb_plan *plan, struct sb_plan_room *out);

#endif
