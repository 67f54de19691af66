/* SPDX-License-Identifier: MIT */
/* pacer.h - when the packets of a constant rate are due; no drift, and no flood after a pause */
#ifndef SATBED_AGENT_PACER_H
#define SATBED_AGENT_PACER_H

#include <stdint.h>

/* Late by more than this (and by more than one packet), what should have been sent is left out. */
#define SB_PACER_BACKLOG_NS INT64_C(20000000)

/**
 * struct sb_pacer - packet k is due at @origin_ns + k * packet_bits * 10^9 / @rate_bps
 * @slot:	the k that comes next
 * @skipped:	packets left out because the sender came too late
 */
struct sb_pacer {
	int64_t origin_ns;
	uint64_t rate_bps, packet_bits;
	uint64_t slot, skipped;
};

/** sb_pacer_due() - how many packets are to be sent now; each is taken by sb_pacer_sent() */
uint64_t sb_pacer_due(struct sb_pacer *p, int64_t now_ns);
void sb_pacer_sent(struct sb_pacer *p, uint64_t packets);
/** sb_pacer_next_ns() - when the next one is due */
int64_t sb_pacer_next_ns(const struct sb_pacer *p);
/** sb_pacer_total() - how many packets are due in the first @span_ns */
uint64_t sb_pacer_total(const struct sb_pacer *p, int64_t span_ns);

#endif
