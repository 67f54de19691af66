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
#include "satbed/plan.h"

/** struct sb_capture_report - one capture file of the run */
struct sb_capture_report {
	char file[64]; /* within the run directory */
	struct sb_capture_stats stats;
};

/** struct sb_expect_result - one line of [expect], judged */
struct sb_expect_result {
	const struct sb_expect *expect;
	bool known; /* false: the report has no such value */
	bool held;
	double value;
};

/**
 * struct sb_report - everything the renderers may say; all borrowed
 * @engine_kind: "native", ...; @link_backend: "netem" or "user"; @backend_why: a sentence
 * @manifest:	kernel, offloads, sysctls, seeds, hashes, versions; an object, NULL = none
 * @counters:	per link and direction (2 * link_count), NULL = unknown
 * @flow_cc:	congestion control as verified in the node, per flow; NULL entries = none
 * @flow_errors: what a node said went wrong with a flow, per flow; NULL entries = nothing
 * @interrupted: Ctrl-C: everything is of the time until then
 */
struct sb_report {
	const struct sb_plan *plan;
	const struct sb_result *result;
	const char *engine_kind, *link_backend, *backend_why;
	const cJSON *manifest;
	const struct sb_capture_report *captures;
	size_t capture_count;
	const struct sb_link_counters *counters;
	const char *const *flow_cc;
	const char *const *flow_errors;
	double up_ms, down_ms; /* testbed set-up and tear-down */
	double measured_s;     /* of the run; less than planned after Ctrl-C */
	bool interrupted;
	const char *directory; /* of the run */
};

/** sb_report_json() - run.json; the caller's to cJSON_Delete() */
cJSON *sb_report_json(const struct sb_report *r);
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
