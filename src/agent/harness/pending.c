// SPDX-License-Identifier: MIT
/* pending.c - requests on their way: when they were due, and what became of them */
#include "pending.h"

static uint32_t slot(uint64_t number)
{
	return (uint32_t)(number % SB_PENDING_MAX);
}

bool sb_pending_ask(struct sb_pending *p, int64_t due_ns)
{
	if (p->asked - p->expired >= SB_PENDING_MAX)
		return false;
	p->due_ns[slot(p->asked)] = due_ns;
	p->open[slot(p->asked)] = true;
	p->asked++;
	return true;
}

/* Answered ones at the front need not be waited for. */
static void advance(struct sb_pending *p)
{
	while (p->expired < p->asked && !p->open[slot(p->expired)])
		p->expired++;
}

bool sb_pending_answer(struct sb_pending *p, uint64_t number, int64_t now_ns)
{
	/* A slot that another request has now tells nothing of this one. */
	if (number >= p->asked || p->asked - number > SB_PENDING_MAX || !p->open[slot(number)])
		return false;
	p->open[slot(number)] = false;
	p->answered++;
	if (number >= p->expired && now_ns - p->due_ns[slot(number)] > p->timeout_ns)
		p->timeouts++;
	sb_histogram_add(&p->latencies, now_ns - p->due_ns[slot(number)]);
	advance(p);
	return true;
}

void sb_pending_expire(struct sb_pending *p, int64_t now_ns)
{
	while (p->expired < p->asked) {
		uint32_t i = slot(p->expired);

		if (p->open[i] && now_ns - p->due_ns[i] <= p->timeout_ns)
			return;
		/* Still open: an answer may come late. */
		p->timeouts += p->open[i];
		p->expired++;
	}
}

void sb_pending_forget(struct sb_pending *p)
{
	for (; p->expired < p->asked; p->expired++)
		p->timeouts += p->open[slot(p->expired)];
	for (uint32_t i = 0; i < SB_PENDING_MAX; i++)
		p->open[i] = false;
}

int64_t sb_pending_next_ns(const struct sb_pending *p)
{
	/* advance() has left the oldest open one at the front. */
	return p->expired < p->asked ? p->due_ns[slot(p->expired)] + p->timeout_ns + 1 : 0;
}
