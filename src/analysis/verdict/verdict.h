/* SPDX-License-Identifier: MIT */
/* verdict.h - how far a measurement can be trusted, in words */
#ifndef SATBED_ANALYSIS_VERDICT_H
#define SATBED_ANALYSIS_VERDICT_H

#include "reference_link.h"
#include "satbed/analysis.h"

/* What the rate may be off by over 100 ms of a full link and more. */
#define SB_RATE_TOLERANCE 0.02

struct sb_reason_entry {
	enum sb_verdict verdict;
	enum sb_reason_code code;
	char *text;
};

/** struct sb_reason_set - reasons against PASS, as they are found */
struct sb_reason_set {
	struct sb_reason_entry *list;
	size_t count, room;
};

void sb_reason_set_add(struct sb_reason_set *d, enum sb_verdict verdict, enum sb_reason_code code,
		       const char *fmt, ...) SB_PRINTF(4, 5);
/** sb_reason_set_settle() - the worst verdict (PASS without reasons), sentences worst first; empties @d
 */
enum sb_verdict sb_reason_set_settle(struct sb_reason_set *d, struct sb_reasons *out);

/** sb_delay_limit_ns() - what the median of delays may be off by, of links that are right */
double sb_delay_limit_ns(const struct sb_analysis_input *in, double asked_ns);

/** struct sb_capture_facts - what reading one capture file told */
struct sb_capture_facts {
	const char *name; /* "client1" or "server-client1" */
	struct sb_capture_stats stats;
	uint64_t records, oversized;
	uint32_t largest;
	char damage[128];
};

/**
 * sb_judge_dir() - one direction: fill its numbers in @r from @m, and doubt them
 * @counters:	of its shaper, NULL = unknown
 * @captured:	all packets of the direction in the capture before the link, in the window or not
 * @complete:	neither capture lost packets or was damaged
 */
void sb_judge_dir(const struct sb_analysis_input *in, const struct sb_timeline *t,
		  struct sb_measure *m, const struct sb_link_counters *counters, uint64_t captured,
		  bool complete, struct sb_dir_result *r, struct sb_reason_set *d);
/** sb_judge_queue() - were packets dropped for want of room where there was room? (after
 * sb_fate_settle()) */
void sb_judge_queue(const struct sb_packet_match *packet_match, uint32_t mtu,
		    struct sb_reason_set *d);
void sb_judge_capture(const struct sb_analysis_input *in, const struct sb_capture_facts *c,
		      struct sb_reason_set *d);
/** sb_judge_flow() - refuses the retransmit count (-1) when its capture is not @complete */
void sb_judge_flow(const struct sb_analysis_input *in, const struct sb_flow *plan, bool complete,
		   struct sb_flow_result *r, struct sb_reason_set *d);
/** sb_judge_steps() - was the timeline played on time? */
void sb_judge_steps(const struct sb_analysis_input *in, struct sb_quantiles *lateness_ms,
		    struct sb_reason_set *d);

#endif
