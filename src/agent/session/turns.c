// SPDX-License-Identifier: MIT
/* turns.c - the turns of a session's flows: whose is next, when it was, and that a flow is over */
#include "session.h"

bool sb_session_is_client(const struct sb_session_script *s)
{
	return s->flow->spec.is_client;
}

uint64_t sb_session_turn_of(const struct sb_session_item *it, uint64_t from, bool own)
{
	const struct sb_session_script *s = it->session;
	uint64_t end = it->spec->first + it->spec->count;
	bool from_server = own != sb_session_is_client(s);

	while (from < end && s->turns[from].from_server != from_server)
		from++;
	return from;
}

void sb_session_note(struct sb_session_script *s, uint64_t turn, int64_t now_ns)
{
	if (s->at_ns[turn] < 0)
		s->at_ns[turn] = now_ns - s->flow->node->t0_ns;
}

void sb_session_settle(struct sb_session_item *it, enum sb_session_state state)
{
	struct sb_session_script *s = it->session;

	if (it->state == SB_ITEM_DONE || it->state == SB_ITEM_LOST)
		return;
	it->state = state;
	sb_session_due(it, 0);
	s->left--;
}
