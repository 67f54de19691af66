/* SPDX-License-Identifier: MIT */
/* seq.h - loss, reordering and duplication of a numbered stream, as its receiver sees it */
#ifndef SATBED_AGENT_SEQ_H
#define SATBED_AGENT_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* How far behind the newest packet a late one can still be told from a duplicate. */
#define SB_SEQ_WINDOW 65536u

/**
 * struct sb_seq - counts over the packets numbered 0, 1, 2, ... that have come
 * @next:	one more than the highest number seen (RFC 4737's NextExp)
 * @packets:	different packets
 * @reordered:	different packets that came after one with a higher number (RFC 4737, 3.3)
 * @duplicated:	further copies of a packet that had come (RFC 5560)
 * @seen:	bit n % SB_SEQ_WINDOW: number n, of the window below @next, has come
 *
 * Lost are @next - @packets: what is still under way, or lost behind the highest number, is not
 * known here.  A packet older than the window counts as reordered.
 */
struct sb_seq {
	uint64_t next, packets, reordered, duplicated;
	uint64_t seen[SB_SEQ_WINDOW / 64];
};

/** sb_seq_take() - one packet came; false if it is a copy of one that had come */
bool sb_seq_take(struct sb_seq *s, uint64_t number);
uint64_t sb_seq_lost(const struct sb_seq *s);

#endif
