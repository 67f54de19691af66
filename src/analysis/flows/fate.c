// SPDX-License-Identifier: MIT
/* fate.c - why packets of a link, and the ranges of a connection that were sent again, were lost */
#include "fate.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"

/* Of a connection: when to look what can be forgotten, and what no window is larger than. */
#define PIECES_LOOK 4096
#define PIECES_MAX  (1u << 20)

static bool is_candidate(const struct sb_sent *s)
{
	return s->fate == SB_LOST_LINK || s->fate == SB_LOST_QUEUE;
}

/* Not negative, so that its bits are in the order of its values. */
static uint32_t bits_of(float fill)
{
	uint32_t bits;

	memcpy(&bits, &fill, sizeof(bits));
	return bits;
}

/* How many candidates have which values of 16 bits of their fill, of those whose bits above are @above. */
static void count_fills(const struct sb_packet_match *t, bool upper, uint32_t above,
			uint64_t *counts)
{
	size_t gone = 0;

	memset(counts, 0, 65536 * sizeof(*counts));
	for (size_t i = 0; i < t->sent_count; i++) {
		uint32_t bits = bits_of(t->sent[i].fill);

		sb_spill_pass(&t->sent_spill, &gone, i * sizeof(t->sent[0]));
		if (!is_candidate(&t->sent[i]))
			continue;
		if (upper)
			counts[bits >> 16]++;
		else if (bits >> 16 == above)
			counts[bits & 0xffff]++;
	}
}

/* The highest value at which all above it are no more than *@left, which is lowered by those above. */
static uint32_t find_value(const uint64_t *counts, uint64_t *left)
{
	uint32_t value = 65535;

	for (; value > 0 && counts[value] <= *left; value--)
		*left -= counts[value];
	return value;
}

void sb_fate_settle(struct sb_packet_match *t, int64_t queue_dropped)
{
	uint64_t *counts, left = (uint64_t)queue_dropped;
	uint32_t upper, limit;
	size_t gone = 0;

	if (queue_dropped < 0)
		return;
	/* The fill of the last one that found the queue full, half of its bits at a time. */
	counts = sb_alloc(65536, sizeof(*counts));
	count_fills(t, true, 0, counts);
	upper = find_value(counts, &left);
	count_fills(t, false, upper, counts);
	limit = upper << 16 | find_value(counts, &left);
	free(counts);
	/* Of those that are as full as it the earlier ones. */
	for (size_t i = 0; i < t->sent_count; i++) {
		uint32_t bits = bits_of(t->sent[i].fill);

		sb_spill_pass(&t->sent_spill, &gone, i * sizeof(t->sent[0]));
		if (!is_candidate(&t->sent[i]))
			continue;
		t->sent[i].fate =
		    bits > limit || (bits == limit && left > 0) ? SB_LOST_QUEUE : SB_LOST_LINK;
		left -= bits == limit && left > 0;
	}
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

/* Pieces below the first hole of what was delivered are of no use: nothing there can be missing. */
static void forget_delivered(struct sb_history *h)
{
	uint64_t missing = sb_seqset_missing(&h->delivered, h->pieces[0].from, sent_until(h));
	size_t n = find_piece(h, missing);

	/* One that stays says how far was sent.  Where a hole never fills a window is enough. */
	if (n == h->count)
		n--;
	if (n < h->count / 2 && h->count > PIECES_MAX)
		n = h->count / 2;
	memmove(h->pieces, h->pieces + n, (h->count - n) * sizeof(*h->pieces));
	h->count -= n;
	h->look_at = h->count * 2 > PIECES_LOOK ? h->count * 2 : PIECES_LOOK;
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
	if (h->count > (h->look_at ? h->look_at : PIECES_LOOK))
		forget_delivered(h);
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
