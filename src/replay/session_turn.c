// SPDX-License-Identifier: MIT
/* session_turn.c - a turn of a flow being read: one more, in the order in which they began */
#include "session.h"

#include "satbed/base/mem.h"

bool session_turn(struct session_reader *rd, size_t flow, const struct made_turn *turn)
{
	if (rd->turn_count == SB_SESSION_TURNS_MAX)
		return false;
	rd->turns = sb_grow(rd->turns, rd->turn_count, &rd->turn_room, sizeof(*rd->turns));
	rd->turns[rd->turn_count] = *turn;
	rd->turns[rd->turn_count++].flow = (uint32_t)flow;
	return true;
}
