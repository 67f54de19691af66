// SPDX-License-Identifier: MIT
/* due.c - one timer for thousands of flows: a binary heap of when each is due */
#include "session.h"

static void place(struct sb_session_script *s, size_t at, struct sb_session_item *it)
{
	s->heap[at] = it;
	it->heap_at = at;
}

static void sift_up(struct sb_session_script *s, size_t at)
{
	struct sb_session_item *it = s->heap[at];

	while (at && s->heap[(at - 1) / 2]->due_ns > it->due_ns) {
		place(s, at, s->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(s, at, it);
}

static void sift_down(struct sb_session_script *s, size_t at)
{
	struct sb_session_item *it = s->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < s->heap_len && s->heap[child + 1]->due_ns < s->heap[child]->due_ns)
			child++;
		if (child >= s->heap_len || s->heap[child]->due_ns >= it->due_ns)
			break;
		place(s, at, s->heap[child]);
		at = child;
	}
	place(s, at, it);
}

static void take_out(struct sb_session_item *it)
{
	struct sb_session_script *s = it->session;
	size_t at = it->heap_at;
	struct sb_session_item *last = s->heap[--s->heap_len];

	it->heap_at = SB_SESSION_NOT_DUE;
	if (last == it)
		return;
	place(s, at, last);
	sift_up(s, at);
	sift_down(s, last->heap_at);
}

void sb_session_due(struct sb_session_item *it, int64_t at_ns)
{
	if (it->heap_at != SB_SESSION_NOT_DUE)
		take_out(it);
	if (!at_ns)
		return;
	it->due_ns = at_ns;
	place(it->session, it->session->heap_len++, it);
	sift_up(it->session, it->heap_at);
}

struct sb_session_item *sb_session_next_due(struct sb_session_script *s, int64_t now_ns)
{
	struct sb_session_item *it = s->heap_len ? s->heap[0] : NULL;

	if (!it || it->due_ns > now_ns)
		return NULL;
	take_out(it);
	return it;
}

void sb_session_arm(struct sb_session_script *s)
{
	sb_timer_arm(&s->timer, s->heap_len ? s->heap[0]->due_ns : 0);
}
