/* SPDX-License-Identifier: MIT */
/* estimate_state.h - one direction while it is estimated; private to estimate.c and estimate_loss.c */
#ifndef SATBED_LEARN_ESTIMATE_STATE_H
#define SATBED_LEARN_ESTIMATE_STATE_H

#include "estimate.h"

#define MIN_PAIRS 5 /* in a window, for a rate */

/** struct sb_estimate_series - of windows of SB_LEARN_WINDOW_NS, or longer ones for very long traces */
struct sb_estimate_series {
	size_t count;
	int64_t window_ns;
	double *value;
};

struct sb_estimate {
	const struct sb_learn_trace *t;
	struct sb_learned_dir *out;
	int64_t smallest_ns;
	struct sb_estimate_series rate, delay;
};

/** sb_estimate_loss() - outages, the queue and the loss, once rate and delay are known */
void sb_estimate_loss(struct sb_estimate *e);

#endif
