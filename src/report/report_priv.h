/* SPDX-License-Identifier: MIT */
/* report_priv.h - what the renderers share */
#ifndef SATBED_REPORT_PRIV_H
#define SATBED_REPORT_PRIV_H

#include "satbed/report.h"

/* outcome_names.c: of struct sb_flow_outcome.latency_ms, as [expect] and run.json call them. */
extern const char *const sb_latency_names[SB_LATENCIES];

/** enum sb_report_unit - how a value of [expect] is written for people */
enum sb_report_unit { SB_UNIT_COUNT, SB_UNIT_RATE, SB_UNIT_FRACTION, SB_UNIT_MS };

/** sb_report_unit() - of `goodput.bulk`, `loss.up` and so on; SB_UNIT_COUNT for what is unknown */
enum sb_report_unit sb_report_unit(const char *what);

/** sb_report_link_table() - links and what was measured of them; @colour: escapes may be used */
void sb_report_link_table(FILE *to, const struct sb_report *r, bool colour);
/** sb_report_flow_table() - flows, and what their kinds have to say; nothing without flows */
void sb_report_flow_table(FILE *to, const struct sb_report *r);
/** sb_report_event_text() - each event's outages and steps; nothing without them */
void sb_report_event_text(FILE *to, const struct sb_report *r);
/** sb_report_host_baseline_text() - a line on the machine; nothing when it was not measured */
void sb_report_host_baseline_text(FILE *to, const struct sb_report *r);
/** sb_report_flow_text() - the lines under a flow: causes, recovery, limits; nothing without them
 */
void sb_report_flow_text(FILE *to, const struct sb_flow_result *f, const struct sb_flow *flow);

/** sb_report_value() - a number by its place in run.json ("/..."); NAN where there is none */
double sb_report_value(const struct sb_report *r, const char *place);
/** sb_report_at() - the same of a run.json that was read */
double sb_report_at(const cJSON *run, const char *place);

/** sb_report_split_text() - what a split path adds to the table; nothing on other paths */
void sb_report_split_text(FILE *to, const struct sb_report *r);

/* session.c: nothing without a session */
void sb_report_session_text(FILE *to, const struct sb_report *r);
/* replay.c */
void sb_report_replay_text(FILE *to, const struct sb_report *r);

/** sb_report_is_udp() - was there nothing but datagrams in this flow? */
static inline bool sb_report_is_udp(const struct sb_flow *flow, const struct sb_flow_result *f)
{
	enum sb_transport transport = sb_flow_transport(flow);

	return transport == SB_TRANSPORT_UDP ||
	       (transport == SB_TRANSPORT_ANY && !f->tcp_seen &&
		(f->datagrams[SB_UP].sent || f->datagrams[SB_DOWN].sent));
}

#endif
