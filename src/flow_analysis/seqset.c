/* SPDX-License-Identifier: MIT */
/* seqset.c - which part of a TCP sequence space has been seen */
#include "satbed/flow_analysis_seqset.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"

/* A window of 24 MB in which every second segment is missing has fewer; only a made capture has
 * more, and its oldest holes are then taken as filled: its packets must not cost more and more to
 * add. */
#define MAX_HOLES 8192

/* Widened numbers start here, so that what precedes the first one stays positive. */
#define ORIGIN (UINT64_C(1) << 33)

void sb_seqset_fini(struct sb_seqset *s)
{
	free(s->holes);
	*s = (struct sb_seqset){.max_holes = s->max_holes};
}

static void make_room(struct sb_seqset *s)
{
	size_t room = s->hole_room;

	s->holes = sb_grow(s->holes, s->hole_count, &room, sizeof(*s->holes));
	s->hole_room = (uint32_t)room;
}

void sb_seqset_begin(struct sb_seqset *s, uint32_t seq)
{
	s->begun = true;
	s->next = s->start = ORIGIN + seq;
	s->hole_count = 0;
	make_room(s);
	s->holes[s->hole_count++] = (struct sb_hole){0, s->next};
}

void sb_seqset_restart(struct sb_seqset *s, uint64_t from)
{
	s->next = s->start = s->holes[0].to = from;
}

static void insert_hole(struct sb_seqset *s, size_t at, uint64_t from, uint64_t to)
{
	if (s->hole_count == (s->max_holes ? s->max_holes : MAX_HOLES)) {
		memmove(s->holes, s->holes + 1, (s->hole_count - 1) * sizeof(*s->holes));
		s->hole_count--;
		at = at ? at - 1 : 0;
	}
	make_room(s);
	memmove(s->holes + at + 1, s->holes + at, (s->hole_count - at) * sizeof(*s->holes));
	s->holes[at] = (struct sb_hole){from, to};
	s->hole_count++;
}

static void remove_hole(struct sb_seqset *s, size_t at)
{
	memmove(s->holes + at, s->holes + at + 1, (s->hole_count - at - 1) * sizeof(*s->holes));
	s->hole_count--;
}

/* The first hole that reaches beyond @from. */
static size_t find_hole(const struct sb_seqset *s, uint64_t from)
{
	return sb_bisect(mid, 0, s->hole_count, s->holes[mid].to <= from);
}

static uint64_t fill_holes(struct sb_seqset *s, uint64_t from, uint64_t to)
{
	size_t i = find_hole(s, from);
	uint64_t filled = 0;

	while (i < s->hole_count && s->holes[i].from < to) {
		struct sb_hole h = s->holes[i];
		uint64_t a = from > h.from ? from : h.from, b = to < h.to ? to : h.to;

		filled += b - a;
		if (a == h.from && b == h.to) {
			remove_hole(s, i);
			continue;
		}
		if (a > h.from && b < h.to) {
			/* The later half first: it may be the one that makes room for itself. */
			s->holes[i].to = a;
			insert_hole(s, i + 1, b, h.to);
			break;
		}
		if (a == h.from)
			s->holes[i].from = b;
		else
			s->holes[i].to = a;
		i++;
	}
	return filled;
}

uint64_t sb_seqset_add(struct sb_seqset *s, uint64_t from, uint32_t len)
{
	uint64_t to = from + len, fresh = 0;

	if (from > s->next)
		insert_hole(s, s->hole_count, s->next, from);
	if (to > s->next) {
		fresh = to - (from > s->next ? from : s->next);
		if (from >= s->next) {
			s->next = to;
			return fresh;
		}
		to = s->next;
		s->next = from + len;
	}
	return fresh + fill_holes(s, from, to);
}

uint64_t sb_seqset_missing(const struct sb_seqset *s, uint64_t from, uint64_t to)
{
	size_t i = find_hole(s, from);
	uint64_t at = s->next > from ? s->next : from;

	if (i < s->hole_count && s->holes[i].from < at)
		at = s->holes[i].from > from ? s->holes[i].from : from;
	return at < to ? at : to;
}

uint64_t sb_seqset_unseen(const struct sb_seqset *s, uint64_t below)
{
	uint64_t missing = below > s->next ? below - s->next : 0;

	for (size_t i = 0; i < s->hole_count; i++) {
		uint64_t from = s->holes[i].from, to = s->holes[i].to;

		if (from < s->start)
			from = s->start;
		if (to > below)
			to = below;
		if (from < to)
			missing += to - from;
	}
	return s->begun ? missing : 0;
}
