/* SPDX-License-Identifier: MIT */
/* match.c - the same packet at both ends of a link */
#include "match.h"

#include <stdbool.h>
#include <stdlib.h>

#include "satbed/base/mem.h"
#include "satbed/pcap.h"

#define NONE UINT32_MAX

/* Packets of one stream within SB_SAME_TIME_NS are captured in either order; a sender of another
 * stream may be kept from its processor between stamp and capture. */
#define TAKE_TURNS_NS (1 * SB_NS_PER_MS)

/* Streams whose newest arrival is remembered, by the last bits of their number; a run has a few. */
#define STREAMS 1024

/*
 * struct slot - the packets of one key, in an open-addressing table twice as large as the packets
 * @head, @tail: those sent and not seen yet, oldest first, linked by sb_sent.next
 * @last:	the one that was matched last, for its copies
 */
struct slot {
	uint64_t key;
	uint32_t head, tail, last;
	bool used;
};

struct table {
	struct slot *slots;
	size_t mask;
};

/* struct order - the packet sent last of those that have arrived: of all, and of each stream; where
 * two streams share a place, the one seen last has it */
struct order {
	uint32_t newest;
	uint32_t newest_of[STREAMS];
};

void sb_packet_match_add_sent(struct sb_packet_match *t, const struct sb_sent *s)
{
	/* More packets than an index can name are not kept; a run of hours at line rate has fewer.
	 */
	if (t->sent_count >= NONE)
		return;
	t->sent = sb_grow(t->sent, t->sent_count, &t->sent_room, sizeof(*t->sent));
	t->sent[t->sent_count] = *s;
	t->sent[t->sent_count].arrived_ns = SB_NEVER;
	t->sent[t->sent_count].next = (uint32_t)t->sent_count;
	t->sent_count++;
}

void sb_packet_match_add_seen(struct sb_packet_match *t, int64_t t_ns, uint64_t key)
{
	if (t->seen_count >= NONE)
		return;
	t->seen = sb_grow(t->seen, t->seen_count, &t->seen_room, sizeof(*t->seen));
	t->seen[t->seen_count] = (struct sb_seen){t_ns, key, (uint32_t)t->seen_count};
	t->seen_count++;
}

void sb_packet_match_fini(struct sb_packet_match *t)
{
	free(t->sent);
	free(t->seen);
	free(t->unmatched_ns);
	*t = (struct sb_packet_match){0};
}

static int compare_sent(const void *a, const void *b)
{
	const struct sb_sent *x = a, *y = b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return (x->next > y->next) - (x->next < y->next);
}

static int compare_seen(const void *a, const void *b)
{
	const struct sb_seen *x = a, *y = b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Captures are in order but for stamps taken on two processors at once. */
static void sort_by_time(struct sb_packet_match *t)
{
	for (size_t i = 1; i < t->sent_count; i++) {
		if (t->sent[i].t_ns < t->sent[i - 1].t_ns) {
			qsort(t->sent, t->sent_count, sizeof(*t->sent), compare_sent);
			break;
		}
	}
	for (size_t i = 1; i < t->seen_count; i++) {
		if (t->seen[i].t_ns < t->seen[i - 1].t_ns) {
			qsort(t->seen, t->seen_count, sizeof(*t->seen), compare_seen);
			break;
		}
	}
}

/* The slot of @key, or the free one where it belongs. */
static struct slot *find_slot(const struct table *table, uint64_t key)
{
	size_t i = (size_t)(key ^ key >> 32) & table->mask;

	while (table->slots[i].used && table->slots[i].key != key)
		i = (i + 1) & table->mask;
	return &table->slots[i];
}

static void insert_sent(struct table *table, struct sb_sent *sent, uint32_t i)
{
	struct slot *s = find_slot(table, sent[i].key);

	sent[i].next = NONE;
	if (!s->used)
		*s = (struct slot){.key = sent[i].key, .head = NONE, .last = NONE, .used = true};
	if (s->head == NONE)
		s->head = i;
	else
		sent[s->tail].next = i;
	s->tail = i;
}

static void add_unmatched(struct sb_packet_match *t, int64_t t_ns)
{
	t->unmatched_ns = sb_grow(t->unmatched_ns, t->unmatched_count, &t->unmatched_room,
				  sizeof(*t->unmatched_ns));
	t->unmatched_ns[t->unmatched_count++] = t_ns;
}

/* On a link that keeps the order: of the waiting packets of a key, those that were sent before one
 * that has arrived already are lost, if there is another. */
static void skip_overtaken(struct slot *s, const struct sb_sent *sent, uint32_t newest)
{
	uint32_t i = s->head;

	while (i != NONE && i < newest && sent[newest].t_ns - sent[i].t_ns > SB_SAME_TIME_NS)
		i = sent[i].next;
	if (i != NONE)
		s->head = i;
}

static bool was_sent_before(const struct sb_sent *sent, uint32_t i, uint32_t newest, int64_t by_ns)
{
	return newest != NONE && i < newest && sent[newest].t_ns - sent[i].t_ns > by_ns;
}

/* Packet @i arrives now: has one arrived that was sent after it? */
static bool is_reordered(struct order *o, const struct sb_sent *sent, uint32_t i)
{
	uint32_t *of = &o->newest_of[sent[i].stream % STREAMS];
	bool same = *of != NONE && sent[*of].stream == sent[i].stream;
	bool late = (same && was_sent_before(sent, i, *of, SB_SAME_TIME_NS)) ||
		    was_sent_before(sent, i, o->newest, TAKE_TURNS_NS);

	if (!same || i > *of)
		*of = i;
	if (o->newest == NONE || i > o->newest)
		o->newest = i;
	return late;
}

void sb_match(struct sb_packet_match *t, int64_t max_transit_ns, bool keeps_order)
{
	struct table table = {0};
	struct order *order = sb_alloc(1, sizeof(*order));
	uint32_t to_insert = 0;
	size_t size = 16;

	order->newest = NONE;
	for (size_t i = 0; i < STREAMS; i++)
		order->newest_of[i] = NONE;
	sort_by_time(t);
	while (size < 2 * t->sent_count)
		size *= 2;
	table.mask = size - 1;
	table.slots = sb_alloc(size, sizeof(*table.slots));
	for (size_t i = 0; i < t->seen_count; i++) {
		int64_t now = t->seen[i].t_ns;
		struct slot *s;

		while (to_insert < t->sent_count && t->sent[to_insert].t_ns <= now)
			insert_sent(&table, t->sent, to_insert++);
		s = find_slot(&table, t->seen[i].key);
		while (s->used && s->head != NONE && now - t->sent[s->head].t_ns > max_transit_ns)
			s->head = t->sent[s->head].next;
		if (keeps_order && order->newest != NONE && s->used && s->head != NONE)
			skip_overtaken(s, t->sent, order->newest);
		if (s->used && s->head != NONE) {
			struct sb_sent *p = &t->sent[s->head];

			s->last = s->head;
			s->head = p->next;
			p->arrived_ns = now;
			p->copies = 1;
			p->reordered = is_reordered(order, t->sent, s->last);
		} else if (s->used && s->last != NONE &&
			   now - t->sent[s->last].t_ns <= max_transit_ns) {
			if (t->sent[s->last].copies < UINT8_MAX)
				t->sent[s->last].copies++;
		} else {
			add_unmatched(t, now);
		}
	}
	free(table.slots);
	free(order);
}
