// SPDX-License-Identifier: MIT
/* delay_line.c - packets on their way, each with the instant at which it leaves */
#include "delay_line.h"

#include <stdlib.h>

#include "satbed/base/mem.h"

void sb_delay_line_init(struct sb_delay_line *l, uint32_t mask)
{
	l->mask = mask;
	/* Large zeroed blocks are fresh mappings: pages come as they are used. */
	for (uint32_t i = 0; i < SB_DELAY_LINES; i++)
		l->lane[i] =
		    (struct sb_lane){.at = sb_alloc((size_t)mask + 1, sizeof(struct sb_departure)),
				     .last_ns = INT64_MIN};
}

void sb_delay_line_fini(struct sb_delay_line *l)
{
	for (uint32_t i = 0; i < SB_DELAY_LINES; i++)
		free(l->lane[i].at);
}

void sb_delay_line_put(struct sb_delay_line *l, uint32_t lane, const struct sb_departure *d)
{
	struct sb_lane *to = &l->lane[lane];

	to->at[to->head++ & l->mask] = *d;
	to->last_ns = d->depart_ns;
}

void sb_delay_line_put_unordered(struct sb_delay_line *l, const struct sb_departure *d)
{
	struct sb_departure held = *d;
	uint32_t soonest = SB_LANE_MAIN;

	for (uint32_t i = SB_LANE_MAIN; i < SB_DELAY_LINES; i++) {
		struct sb_lane *lane = &l->lane[i];

		if (lane->tail == lane->head || lane->last_ns <= d->depart_ns) {
			sb_delay_line_put(l, i, d);
			return;
		}
		if (lane->last_ns < l->lane[soonest].last_ns)
			soonest = i;
	}
	held.depart_ns = l->lane[soonest].last_ns;
	sb_delay_line_put(l, soonest, &held);
}

int sb_delay_line_next(const struct sb_delay_line *l)
{
	int64_t first_ns = INT64_MAX;
	int next = -1;

	for (uint32_t i = 0; i < SB_DELAY_LINES; i++) {
		const struct sb_lane *lane = &l->lane[i];

		if (lane->tail == lane->head)
			continue;
		/* At one instant what came by the main lane goes first. */
		if (lane->at[lane->tail & l->mask].depart_ns < first_ns ||
		    (next == (int)SB_LANE_EXPRESS &&
		     lane->at[lane->tail & l->mask].depart_ns == first_ns)) {
			first_ns = lane->at[lane->tail & l->mask].depart_ns;
			next = (int)i;
		}
	}
	return next;
}

const struct sb_departure *sb_delay_line_first(const struct sb_delay_line *l, int lane)
{
	return &l->lane[lane].at[l->lane[lane].tail & l->mask];
}

void sb_delay_line_pop(struct sb_delay_line *l, int lane)
{
	l->lane[lane].tail++;
}
