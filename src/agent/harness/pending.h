/* SPDX-License-Identifier: MIT */
/* pending.h - requests on their way: when they were due, and what became of them */
#ifndef SATBED_AGENT_PENDING_H
#define SATBED_AGENT_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

/* So many may wait for an answer at a time. */
#define SB_PENDING_MAX 16384u

/**
 * struct sb_pending - requests numbered 0, 1, 2, ...
 * @asked:	the next number
 * @expired:	all before it have been answered or have timed out
 * @timeouts:	not answered within @timeout_ns, an answer that came later included
 * @latencies:	of all answers, counted from when the request was due
 */
struct sb_pending {
	int64_t timeout_ns;
	uint64_t asked, expired, answered, timeouts;
	int64_t due_ns[SB_PENDING_MAX];
	bool open[SB_PENDING_MAX];
	struct sb_histogram latencies;
};

/** sb_pending_ask() - one more request; false = too many wait, nothing was noted */
bool sb_pending_ask(struct sb_pending *p, int64_t due_ns);
/** sb_pending_answer() - @number was answered; false = it is unknown, too old or answered already
 */
bool sb_pending_answer(struct sb_pending *p, uint64_t number, int64_t now_ns);
/** sb_pending_expire() - count what has timed out by now */
void sb_pending_expire(struct sb_pending *p, int64_t now_ns);
/** sb_pending_forget() - all that wait now will never be answered */
void sb_pending_forget(struct sb_pending *p);
/** sb_pending_next_ns() - when the next one will time out; 0 = none waits */
int64_t sb_pending_next_ns(const struct sb_pending *p);

#endif
