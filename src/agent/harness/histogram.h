/* SPDX-License-Identifier: MIT */
/* histogram.h - any number of latencies in little memory, and their quantiles */
#ifndef SATBED_AGENT_HISTOGRAM_H
#define SATBED_AGENT_HISTOGRAM_H

#include <stdint.h>

/* Of each power of two: what quantiles may be off by, 1 in 256 of the value. */
#define SB_HISTOGRAM_STEPS 256
/* Up to 2^42 ns, more than an hour; what is longer counts as that. */
#define SB_HISTOGRAM_SLOTS ((42 - 8 + 1) * SB_HISTOGRAM_STEPS)

/** struct sb_histogram - zeroed to begin with; @max is exact */
struct sb_histogram {
	uint64_t count;
	int64_t max;
	uint32_t slots[SB_HISTOGRAM_SLOTS];
};

void sb_histogram_add(struct sb_histogram *h, int64_t ns);
/**
 * sb_histogram_quantile() - the least value that @per_mille of all do not exceed (nearest rank)
 *
 * Rounded up to the end of its slot, by less than 0.4 %; 0 while there are none.
 */
int64_t sb_histogram_quantile(const struct sb_histogram *h, unsigned int per_mille);

#endif
