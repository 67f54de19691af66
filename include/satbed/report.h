/* SPDX-License-Identifier: MIT */
/* report.h - what is said of a run, and how: renderers never compute, they only put into words */
#ifndef SATBED_REPORT_H
#define SATBED_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/analysis.h"
#include "satbed/analysis_replayed.h"
#include "satbed/plan.h"
#include "satbed/replay.h"
#include "satbed/replay_session.h"

/** struct sb_capture_report - one capture file of the run */
struct sb_capture_report {
	char file[64]; /* within the run directory */
	struct sb_capture_stats stats;
};

/** struct sb_expect_result - one line of [expect], judged */
struct sb_expect_result {
	const struct sb_expect *expect;
	bool known; /* false: the report has no such value */
	bool met;
	double value;
};

/* Quantiles of latencies: p50 p90 p95 p99 p999 max. */
#define SB_LATENCIES 6

/** struct sb_exec_outcome - one command of an exec flow */
struct sb_exec_outcome {
	bool started, ended;
	bool stopped;	    /* by satbed: the flow's time was over, or the other side's was */
	int status, signal; /* -1 = it did not end in this way */
	const char *error;  /* why it could not be run; NULL = it could */
	double seconds;
	char log[64]; /* within the run directory; what it wrote */
};

/** enum sb_interop_result - of an interop flow; a status of 127 says that an image does not know the test case */
enum sb_interop_result {
	SB_INTEROP_NONE,
	SB_INTEROP_SUCCEEDED,
	SB_INTEROP_FAILED,
	SB_INTEROP_IS_UNSUPPORTED
};
const char *sb_interop_result_name(enum sb_interop_result result);

/**
 * struct sb_flow_outcome - what flows of some kinds have to say beyond their packets
 * @complete:	file: arrived whole and undamaged, after @completion_s (else NAN)
 * @damaged_at:	file: the first byte that is not what was sent; -1 = none
 * @wasted_bytes: file: sent, but lost with a connection
 * @timeouts:	rr: of @asked; @latency_ms: NAN without an answer
 * @interop, @interop_intact: interop: what came of it; bytes of each file that are as they were served, -1 =
 *		not downloaded; @complete and @completion_s are of all files
 * @failed:	exec: an exit status that is not 0, or no start
 */
struct sb_flow_outcome {
	enum sb_flow_kind kind;
	bool complete, failed;
	double completion_s;
	int64_t damaged_at, attempts, arrived_bytes, wasted_bytes;
	int64_t asked, answered, timeouts;
	double latency_ms[SB_LATENCIES];
	struct sb_exec_outcome server, client;
	enum sb_interop_result interop;
	int64_t interop_intact[SB_INTEROP_FILES];
};

/**
 * struct sb_path_rtt - round trips between a client and the server before there was a link
 * @answered:	0 = none are known, for the reason @why
 */
struct sb_path_rtt {
	int64_t answered, p50_ns, p99_ns;
	char why[80];
};

/**
 * struct sb_report - everything the renderers may say; all borrowed
 * @engine_kind: "native", ...; @link_backend: "netem" or "user"; @backend_why: a sentence
 * @manifest:	kernel, offloads, sysctls, seeds, hashes, versions; an object, NULL = none
 * @cpu:	processor time by part, as it stands in run.json; NULL = nothing is known
 * @counters:	per link and direction (2 * link_count), NULL = unknown
 * @rtts:	per link, NULL = not measured
 * @flow_cc:	congestion control as verified in the node, per flow; NULL entries = none
 * @flow_errors: what a node said went wrong with a flow, per flow; NULL entries = nothing
 * @outcomes:	per flow; NULL = none are known
 * @replay, @replay_frames, @replayed: a capture that was replayed, and by direction what became of
 * it; else NULL
 * @session, @session_results: a session that was replayed, and by flow what became of it; else NULL
 * @interrupted: Ctrl-C: everything is of the time until then
 * @cut_off: why the run did not come to its end otherwise, NULL = it did; @cut_off_unix_s: until when
 *		everything is
 * @captures_known: what captures received and missed was read; false only where @cut_off
 */
struct sb_report {
	const struct sb_plan *plan;
	const struct sb_result *result;
	const char *engine_kind, *link_backend, *backend_why;
	const cJSON *manifest, *cpu;
	const struct sb_capture_report *captures;
	size_t capture_count;
	const struct sb_link_counters *counters;
	const struct sb_path_rtt *rtts;
	const char *const *flow_cc;
	const char *const *flow_errors;
	const struct sb_flow_outcome *outcomes;
	const struct sb_replay *replay;
	const struct sb_replay_frames *replay_frames;
	const struct sb_replayed *replayed;
	const struct sb_session *session;
	const struct sb_session_result *session_results;
	double up_ms, down_ms; /* testbed set-up and tear-down */
	double measured_s;     /* of the run; less than planned after Ctrl-C */
	bool interrupted;
	const char *cut_off;
	double cut_off_unix_s;
	bool captures_known;
	const char *directory; /* of the run */
};

/** sb_report_json() - run.json; the caller's to cJSON_Delete() */
cJSON *sb_report_json(const struct sb_report *r);
struct sb_junit;
/** sb_report_junit() - verdicts of the links, what became of the flows, and [expect], as cases */
void sb_report_junit(const struct sb_report *r, struct sb_junit *out);
/** sb_report_text() - the short table; @colour only says whether escapes may be used */
void sb_report_text(FILE *to, const struct sb_report *r, bool colour);
/**
 * sb_report_expects() - judge [expect]
 * @out:	plan->expect_count of them
 *
 * Return: true when all hold (fidelity included); an unknown value does not hold
 */
bool sb_report_expects(const struct sb_report *r, struct sb_expect_result *out);

#endif
