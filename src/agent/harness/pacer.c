// SPDX-License-Identifier: MIT
/* pacer.c - when the packets of a constant rate are due; no drift, and no flood after a pause */
#include "pacer.h"

#define NS_PER_S UINT64_C(1000000000)

/* 128 bits: 10^12 bit/s for a year, times 10^9, are more than 64. */
__extension__ typedef unsigned __int128 wide;

static uint64_t packets_in(const struct sb_pacer *p, int64_t span_ns)
{
	return (uint64_t)((wide)span_ns * p->rate_bps / ((wide)p->packet_bits * NS_PER_S));
}

uint64_t sb_pacer_due(struct sb_pacer *p, int64_t now_ns)
{
	uint64_t due, limit = packets_in(p, SB_PACER_BACKLOG_NS);

	if (now_ns < sb_pacer_next_ns(p))
		return 0;
	/* The next one is due; so are all whose instant, rounded up to ns, has come. */
	due = packets_in(p, now_ns - p->origin_ns) + 1;
	due = due > p->slot ? due - p->slot : 1;
	if (limit < 1)
		limit = 1;
	if (due > limit) {
		p->skipped += due - limit;
		p->slot += due - limit;
		due = limit;
	}
	return due;
}

void sb_pacer_sent(struct sb_pacer *p, uint64_t packets)
{
	p->slot += packets;
}

int64_t sb_pacer_next_ns(const struct sb_pacer *p)
{
	wide bits_ns = (wide)p->slot * p->packet_bits * NS_PER_S;

	return p->origin_ns + (int64_t)((bits_ns + p->rate_bps - 1) / p->rate_bps);
}

uint64_t sb_pacer_total(const struct sb_pacer *p, int64_t span_ns)
{
	return packets_in(p, span_ns) + 1;
}
