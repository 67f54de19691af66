/* SPDX-License-Identifier: MIT */
/* follow.h - one more packet of one flow */
#ifndef SATBED_FLOW_ANALYSIS_FOLLOW_H
#define SATBED_FLOW_ANALYSIS_FOLLOW_H

#include "step.h"

/** sb_follow() - one more packet of @f; returns true when more memory is kept than before */
bool sb_follow(struct sb_flow_table *t, struct sb_live_flow *f,
	       const struct sb_flow_analysis_step *step, const struct sb_flow_analysis_more *more);

#endif
