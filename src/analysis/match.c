/* SPDX-License-Identifier: MIT */
/* match.c - the same packet at both ends of a link */
#include "match.h"

#include <stdbool.h>
#include <stdlib.h>

#include "satbed/base/mem.h"

#define NONE UINT32_MAX

/* Packets that two processors send within this are stamped in either order, and so captured. */
#define SAME_TIME_NS (20 * SB_NS_PER_US)

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

void sb_trace_add_sent(struct sb_trace *t, const struct sb_sent *s)
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

void sb_trace_add_seen(struct sb_trace *t, int64_t t_ns, uint64_t key)
{
	if (t->seen_count >= NONE)
		return;
	t->seen = sb_grow(t->seen, t->seen_count, &t->seen_room, sizeof(*t->seen));
	t->seen[t->seen_count] = (struct sb_seen){t_ns, key, (uint32_t)t->seen_count};
	t->seen_count++;
}

void sb_trace_fini(struct sb_trace *t)
{
	free(t->sent);
	free(t->seen);
	free(t->strangers_ns);
	*t = (struct sb_trace){0};
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
static void sort_by_time(struct sb_trace *t)
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

static void add_stranger(struct sb_trace *t, int64_t t_ns)
{
	t->strangers_ns = sb_grow(t->strangers_ns, t->stranger_count, &t->stranger_room,
				  sizeof(*t->strangers_ns));
	t->strangers_ns[t->stranger_count++] = t_ns;
}

void sb_match(struct sb_trace *t, int64_t max_transit_ns)
{
	struct table table = {0};
	uint32_t newest = NONE, to_insert = 0;
	size_t size = 16;

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
		if (s->used && s->head != NONE) {
			struct sb_sent *p = &t->sent[s->head];

			s->last = s->head;
			s->head = p->next;
			p->arrived_ns = now;
			p->copies = 1;
			p->reordered = newest != NONE && s->last < newest &&
				       t->sent[newest].t_ns - p->t_ns > SAME_TIME_NS;
			if (newest == NONE || s->last > newest)
				newest = s->last;
		} else if (s->used && s->last != NONE &&
			   now - t->sent[s->last].t_ns <= max_transit_ns) {
			if (t->sent[s->last].copies < UINT8_MAX)
				t->sent[s->last].copies++;
		} else {
			add_stranger(t, now);
		}
	}
	free(table.slots);
}
