/* SPDX-License-Identifier: MIT */
/* follow.h - one more packet of one flow */
#ifndef SATBED_SURVEY_FOLLOW_H
#define SATBED_SURVEY_FOLLOW_H

#include "table.h"

/* A stream's first bytes are the same whoever cuts it into segments. */
#define SB_HEAD_BYTES 16u

/**
 * struct sb_survey_step - one packet, with all that following it needs of its bytes
 * @head:	hash of its first payload bytes, 0 = not so many
 * @end:	which end of its flow sent it
 * @sack:	its first blocks, at most two
 *
 * Two cache lines, since every one of them is written by one processor and read by another.
 */
struct sb_survey_step {
	struct sb_l4 facts;
	uint64_t hash;
	struct sb_flow_key key;
	uint32_t head;
	uint8_t end;
	uint8_t sack[16];
};
_Static_assert(sizeof(struct sb_survey_step) == 128, "two cache lines");

/** sb_follow() - one more packet of @f; returns true when more memory is kept than before */
bool sb_follow(struct sb_flow_table *t, struct sb_live_flow *f, const struct sb_survey_step *step);

#endif
