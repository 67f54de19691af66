// SPDX-License-Identifier: MIT
/* fate.c - why packets of a link, and the ranges of a connection that were sent again, were lost */
#include "fate.h"

#include <stdlib.h>

#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"

struct candidate {
	float fill;
	size_t at;
};

/* Fullest first; of equal ones the earlier, so that the order is one. */
static int compare_fill(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->fill < y->fill || x->fill > y->fill)
		return x->fill > y->fill ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

void sb_fate_settle(struct sb_packet_match *t, int64_t queue_dropped)
{
	struct candidate *lost = NULL;
	size_t count = 0, room = 0;

	if (queue_dropped < 0)
		return;
	for (size_t i = 0; i < t->sent_count; i++) {
		if (t->sent[i].fate != SB_LOST_LINK && t->sent[i].fate != SB_LOST_QUEUE)
			continue;
		lost = sb_grow(lost, count, &room, sizeof(*lost));
		lost[count++] = (struct candidate){t->sent[i].fill, i};
	}
	if (count)
		qsort(lost, count, sizeof(*lost), compare_fill);
	for (size_t i = 0; i < count; i++)
		t->sent[lost[i].at].fate =
		    i < (uint64_t)queue_dropped ? SB_LOST_QUEUE : SB_LOST_LINK;
	free(lost);
}

/* The first piece that reaches beyond @at. */
static size_t find_piece(const struct sb_history *h, uint64_t at)
{
	return sb_bisect(mid, 0, h->count, h->pieces[mid].to <= at);
}

static uint64_t sent_until(const struct sb_history *h)
{
	return h->count ? h->pieces[h->count - 1].to : 0;
}

static enum sb_retransmit_cause cause_of(const struct sb_history *h, const struct sb_sending *s,
					 bool complete)
{
	uint64_t from = s->range.from, to = from + s->range.len, missing;
	size_t i;

	/* What of it is sent for the first time has no history. */
	if (to > sent_until(h))
		to = sent_until(h);
	if (from >= to)
		return SB_RETRANSMIT_UNKNOWN;
	missing = sb_seqset_missing(&h->delivered, from, to);
	if (missing == to)
		return SB_RETRANSMIT_SPURIOUS;
	i = find_piece(h, missing);
	if (!complete || i == h->count || h->pieces[i].from > missing)
		return SB_RETRANSMIT_UNKNOWN;
	switch (h->pieces[i].fate) {
	case SB_LOST_LINK:
		return SB_RETRANSMIT_LINK;
	case SB_LOST_QUEUE:
		return SB_RETRANSMIT_QUEUE;
	case SB_LOST_OUTAGE:
		return SB_RETRANSMIT_OUTAGE;
	default:
		return SB_RETRANSMIT_UNKNOWN;
	}
}

/* Senders fill holes in what they have sent only where a capture missed it: then there is no piece,
 * and the cause of sending it again is not known. */
static void note_piece(struct sb_history *h, const struct sb_sending *s)
{
	uint64_t from = s->range.from, to = from + s->range.len;

	for (size_t i = find_piece(h, from); i < h->count && h->pieces[i].from < to; i++)
		h->pieces[i].fate = s->fate;
	if (to <= sent_until(h))
		return;
	if (from < sent_until(h))
		from = sent_until(h);
	h->pieces = sb_grow(h->pieces, h->count, &h->room, sizeof(*h->pieces));
	h->pieces[h->count++] = (struct sb_piece){from, to, s->fate};
}

int sb_history_add(struct sb_history *h, const struct sb_sending *s, bool complete, uint64_t *fresh)
{
	int cause = -1;

	if (!h->delivered.begun)
		sb_seqset_begin(&h->delivered, (uint32_t)s->range.from);
	if (s->range.again)
		cause = (int)cause_of(h, s, complete);
	*fresh = 0;
	if (s->fate == SB_ARRIVED)
		*fresh = sb_seqset_add(&h->delivered, s->range.from, s->range.len);
	note_piece(h, s);
	return cause;
}

void sb_history_fini(struct sb_history *h)
{
	sb_seqset_fini(&h->delivered);
	free(h->pieces);
	*h = (struct sb_history){0};
}

const char *sb_retransmit_cause_name(enum sb_retransmit_cause cause)
{
	static const char *const names[] = {"link", "queue", "outage", "spurious", "unknown"};

	return cause < SB_RETRANSMIT_CAUSES ? names[cause] : "unknown";
}
