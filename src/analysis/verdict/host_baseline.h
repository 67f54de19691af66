/* SPDX-License-Identifier: MIT */
/* host_baseline.h - what the machine itself adds to a link, and what it can carry */
#ifndef SATBED_ANALYSIS_HOST_BASELINE_H
#define SATBED_ANALYSIS_HOST_BASELINE_H

#include "reference_link.h"
#include "satbed/analysis.h"
#include "verdict.h"

/**
 * sb_judge_host_baseline() - path cost and ceiling of one direction; probes, counted
 *
 * After sb_judge_dir(), whose errors are sorted then.  The ceiling is how fast the train before the
 * flows came to the link: the machine gives no less.
 */
void sb_judge_host_baseline(const struct sb_packet_match *packet_match, const struct sb_window *w,
			    const struct sb_measure *m, uint32_t mtu, struct sb_dir_result *r,
			    struct sb_reason_set *d);

#endif
