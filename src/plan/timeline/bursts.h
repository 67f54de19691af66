/* SPDX-License-Identifier: MIT */
/* bursts.h - loss by time: the intervals in which a link loses everything */
#ifndef SATBED_PLAN_BURSTS_H
#define SATBED_PLAN_BURSTS_H

#include "draw.h"

/** sb_bursts_means() - mean lengths of bursts and of the gaps between them */
struct sb_bursts sb_bursts_means(const struct sb_loss_bursts *b);

/**
 * sb_bursts_next() - the next interval
 * @after_ns:	end of the one before; the run begins outside of any
 * @from_ns, @to_ns: never empty, and never touching the one before: a gap is 1 ns at least
 *
 * In the form of a chain in steps, lengths are geometric; the share of the time is p / (p + r), the
 * mean burst 1 / r steps.  Otherwise they are drawn from their distributions; where a share is
 * given, gaps are exponential with mean burst (1 - share) / share.
 */
void sb_bursts_next(struct sb_rng *rng, const struct sb_loss_bursts *b, int64_t after_ns,
		    int64_t *from_ns, int64_t *to_ns);

#endif
