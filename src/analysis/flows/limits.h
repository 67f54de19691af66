/* SPDX-License-Identifier: MIT */
/* limits.h - what held a flow up, if it was not the link */
#ifndef SATBED_ANALYSIS_LIMITS_H
#define SATBED_ANALYSIS_LIMITS_H

#include "satbed/analysis.h"

/**
 * sb_judge_limits() - fill r->limits from what TCP_INFO said of the sending sockets
 *
 * After sb_judge_split(): of a socket on another leg nothing follows for the link.  tcpi_busy_time
 * is the time with something to send or to be acknowledged; the two others are parts of it
 * (net/ipv4/tcp_output.c, tcp_chrono_start()).
 */
void sb_judge_limits(const struct sb_flow *flow, const struct sb_flow_report *report,
		     struct sb_flow_result *r);

#endif
