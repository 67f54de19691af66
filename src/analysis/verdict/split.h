/* SPDX-License-Identifier: MIT */
/* split.h - what a relay that ends TCP connections changes about the flows */
#ifndef SATBED_ANALYSIS_SPLIT_H
#define SATBED_ANALYSIS_SPLIT_H

#include "satbed/analysis.h"
#include "verdict.h"

/**
 * sb_judge_split() - whose socket sends on the satellite leg, what windows allow, and whether the
 * traffic went through the relay at all
 *
 * Before sb_judge_flow(): a count of another leg's socket is taken away.
 */
void sb_judge_split(const struct sb_analysis_input *in, struct sb_result *r,
		    struct sb_reason_set *d);

#endif
