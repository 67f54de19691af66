/* SPDX-License-Identifier: MIT */
/* match.c - the same packet at both ends of a link */
#include "match.h"

#include <stdbool.h>
#include <stdlib.h>

#include "satbed/base/mem.h"
#include "analysis/match/nearly_sort.h"
#include "satbed/pcap.h"

#define NONE UINT32_MAX

/* Packets of one stream within SB_SAME_TIME_NS are captured in either order; a sender of another
 * stream may be kept from its processor between stamp and capture. */
#define TAKE_TURNS_NS (1 * SB_NS_PER_MS)

/* Streams whose newest arrival is remembered, by the last bits of their number; a run has a few. */
#define STREAMS 1024

#define TABLE_MIN 4096

/*
 * struct slot - the packets of one key, in an open-addressing table, until the last of them can no
 * longer arrive
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
	size_t mask, used;
};

/* struct order - the packet sent last of those that have arrived: of all, and of each stream; where
 * two streams share a place, the one seen last has it */
struct order {
	uint32_t newest;
	uint32_t newest_of[STREAMS];
};

void sb_packet_match_spill(struct sb_packet_match *t, const char *dir)
{
	t->sent_spill.dir = t->seen_spill.dir = t->unmatched_spill.dir = dir;
}

void sb_packet_match_add_sent(struct sb_packet_match *t, const struct sb_sent *s)
{
	/* More packets than an index can name are not kept; a run of hours at line rate has fewer.
	 */
	if (t->sent_count >= NONE)
		return;
	t->sent =
	    sb_spill_grow(&t->sent_spill, t->sent, t->sent_count, &t->sent_room, sizeof(*t->sent));
	t->sent[t->sent_count] = *s;
	t->sent[t->sent_count].arrived_ns = SB_NEVER;
	t->sent[t->sent_count].next = (uint32_t)t->sent_count;
	t->sent_count++;
}

void sb_packet_match_add_seen(struct sb_packet_match *t, int64_t t_ns, uint64_t key)
{
	if (t->seen_count >= NONE)
		return;
	t->seen =
	    sb_spill_grow(&t->seen_spill, t->seen, t->seen_count, &t->seen_room, sizeof(*t->seen));
	t->seen[t->seen_count] = (struct sb_seen){t_ns, key, (uint32_t)t->seen_count};
	t->seen_count++;
}

void sb_packet_match_fini(struct sb_packet_match *t)
{
	sb_spill_free(&t->sent_spill, t->sent);
	sb_spill_free(&t->seen_spill, t->seen);
	sb_spill_free(&t->unmatched_spill, t->unmatched_ns);
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
	sb_nearly_sort(t->sent, t->sent_count, sizeof(*t->sent), compare_sent, &t->sent_spill);
	sb_nearly_sort(t->seen, t->seen_count, sizeof(*t->seen), compare_seen, &t->seen_spill);
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
	if (!s->used) {
		*s = (struct slot){.key = sent[i].key, .head = NONE, .last = NONE, .used = true};
		table->used++;
	}
	if (s->head == NONE)
		s->head = i;
	else
		sent[s->tail].next = i;
	s->tail = i;
}

/* What was sent before @from_ns was lost, and is no original of a copy. */
static bool is_over(struct slot *s, const struct sb_sent *sent, int64_t from_ns)
{
	while (s->head != NONE && sent[s->head].t_ns < from_ns)
		s->head = sent[s->head].next;
	return s->head == NONE && (s->last == NONE || sent[s->last].t_ns < from_ns);
}

/* So that there is room for more: what is over goes, and if that is little the table grows. */
static void make_room(struct table *table, const struct sb_sent *sent, int64_t from_ns)
{
	struct table old = *table;
	size_t live = 0;

	if (2 * table->used <= table->mask)
		return;
	for (size_t i = 0; i <= old.mask; i++)
		live += old.slots[i].used && !is_over(&old.slots[i], sent, from_ns);
	if (4 * live > old.mask)
		table->mask = 2 * old.mask + 1;
	table->slots = sb_alloc(table->mask + 1, sizeof(*table->slots));
	table->used = live;
	for (size_t i = 0; i <= old.mask; i++)
		if (old.slots[i].used && !is_over(&old.slots[i], sent, from_ns))
			*find_slot(table, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

static void add_unmatched(struct sb_packet_match *t, int64_t t_ns)
{
	t->unmatched_ns = sb_spill_grow(&t->unmatched_spill, t->unmatched_ns, t->unmatched_count,
					&t->unmatched_room, sizeof(*t->unmatched_ns));
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

/**
 * struct matching - one pass over both lists
 * @to_insert:	the first packet sent that is not in the table yet
 * @gone_sent, @gone_seen: bytes of the lists that are not needed again
 */
struct matching {
	struct sb_packet_match *t;
	int64_t max_transit_ns;
	bool keeps_order;
	struct table table;
	struct order *order;
	uint32_t to_insert;
	size_t gone_sent, gone_seen;
};

/* Whatever was sent up to @now. */
static void insert_until(struct matching *m, int64_t now)
{
	struct sb_packet_match *t = m->t;

	while (m->to_insert < t->sent_count && t->sent[m->to_insert].t_ns <= now) {
		make_room(&m->table, t->sent, now - m->max_transit_ns);
		insert_sent(&m->table, t->sent, m->to_insert++);
	}
}

/* The oldest packet of @s has arrived. */
static void match_oldest(struct matching *m, struct slot *s, int64_t now)
{
	struct sb_sent *sent = m->t->sent, *p = &sent[s->head];

	s->last = s->head;
	s->head = p->next;
	p->arrived_ns = now;
	p->copies = 1;
	p->reordered = is_reordered(m->order, sent, s->last);
}

/* One that took as long as the original: was it sent while what is sent was still captured? */
static bool is_copy_of(const struct sb_sent *original, int64_t now, const struct sb_packet_match *t)
{
	return !t->sent_until_ns ||
	       original->t_ns + (now - original->arrived_ns) <= t->sent_until_ns;
}

static void take_seen(struct matching *m, const struct sb_seen *seen)
{
	struct sb_sent *sent = m->t->sent;
	int64_t now = seen->t_ns;
	struct slot *s = find_slot(&m->table, seen->key);

	while (s->used && s->head != NONE && now - sent[s->head].t_ns > m->max_transit_ns)
		s->head = sent[s->head].next;
	if (m->keeps_order && m->order->newest != NONE && s->used && s->head != NONE)
		skip_overtaken(s, sent, m->order->newest);
	if (s->used && s->head != NONE) {
		match_oldest(m, s, now);
	} else if (s->used && s->last != NONE && now - sent[s->last].t_ns <= m->max_transit_ns &&
		   is_copy_of(&sent[s->last], now, m->t)) {
		if (sent[s->last].copies < UINT8_MAX)
			sent[s->last].copies++;
	} else {
		add_unmatched(m->t, now);
	}
}

void sb_match(struct sb_packet_match *t, int64_t max_transit_ns, bool keeps_order)
{
	struct matching m = {.t = t,
			     .max_transit_ns = max_transit_ns,
			     .keeps_order = keeps_order,
			     .table = {.mask = TABLE_MIN - 1},
			     .order = sb_alloc(1, sizeof(*m.order))};

	m.order->newest = NONE;
	for (size_t i = 0; i < STREAMS; i++)
		m.order->newest_of[i] = NONE;
	sort_by_time(t);
	m.table.slots = sb_alloc(TABLE_MIN, sizeof(*m.table.slots));
	for (size_t i = 0; i < t->seen_count; i++) {
		sb_spill_pass(&t->sent_spill, &m.gone_sent, m.to_insert * sizeof(*t->sent));
		sb_spill_pass(&t->seen_spill, &m.gone_seen, i * sizeof(*t->seen));
		insert_until(&m, t->seen[i].t_ns);
		take_seen(&m, &t->seen[i]);
	}
	free(m.table.slots);
	free(m.order);
}
