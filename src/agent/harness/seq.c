// SPDX-License-Identifier: MIT
/* seq.c - loss, reordering and duplication of a numbered stream, as its receiver sees it */
#include "seq.h"

#include <string.h>

static bool test_and_set(struct sb_seq *s, uint64_t number)
{
	uint64_t *word = &s->seen[number % SB_SEQ_WINDOW / 64];
	uint64_t bit = UINT64_C(1) << (number % 64);
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* Numbers from s->next up to @number enter the window: their bits still tell of older ones. */
static void advance(struct sb_seq *s, uint64_t number)
{
	if (number - s->next >= SB_SEQ_WINDOW) {
		memset(s->seen, 0, sizeof(s->seen));
	} else {
		for (uint64_t n = s->next; n <= number; n++)
			s->seen[n % SB_SEQ_WINDOW / 64] &= ~(UINT64_C(1) << (n % 64));
	}
	s->next = number + 1;
}

bool sb_seq_take(struct sb_seq *s, uint64_t number)
{
	if (number >= s->next) {
		advance(s, number);
		test_and_set(s, number);
	} else {
		if (s->next - number <= SB_SEQ_WINDOW && test_and_set(s, number)) {
			s->duplicated++;
			return false;
		}
		s->reordered++;
	}
	s->packets++;
	return true;
}

uint64_t sb_seq_lost(const struct sb_seq *s)
{
	/* Copies that come after the window has passed count as packets, so never below 0. */
	return s->next > s->packets ? s->next - s->packets : 0;
}
