/* SPDX-License-Identifier: MIT */
/*
 * suite.h - scenarios that belong together, run one after the other
 *
 * quic-4-sat	draft-kuhn-quic-4-sat: GEO links of 650 ms, files of 2, 10 and 100 MB, and how long
 *		each may take
 * shape	one LEO link, one mean loss, lost in bursts of 1, 4, 16 packets, 10 and 100 ms; over
 *		congestion controls
 */
#ifndef SATBED_SUITE_H
#define SATBED_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

#define SB_SUITE_MAX   256 /* runs of a suite */
#define SB_SUITE_LABEL 40

/**
 * struct sb_suite_options - what of a suite, and by whom
 * @only:	names of scenarios (quic-4-sat) or losses (shape), commas between; NULL = all
 * @sizes:	quic-4-sat: such as "2MB,10MB"; NULL = all
 * @ccs:	congestion controls, commas between; NULL = cubic (quic-4-sat), all there are
 * (shape)
 * @loss:	shape: the mean, such as "1.4%"; @duration: shape: of each run, such as "20s"; or
 * NULL
 * @server, @client, @files: the user's own programs, as of an exec flow; NULL = satbed's
 * @interop:	quic-4-sat: images of the QUIC Interop Runner, commas between, each as server and as client;
 *		NULL = none; @testcase: theirs, NULL = transfer
 * @retries:	how often a run that came out INVALID, or broke, is tried again
 * @resume:	directory of a suite to go on with, with the options it was begun with; NULL = a new one
 * @jobs:	runs side by side, on the virtual clock; 0 = 1
 * @sets, @set_count: keys of the scenarios, "section.key=value"
 */
struct sb_suite_options {
	const char *only, *sizes, *ccs, *loss, *duration, *server, *client, *files, *out_dir,
	    *summary, *interop, *testcase;
	const char *const *sets;
	size_t set_count, jobs, retries;
	const char *resume;
	bool json, plain, quiet;
};

/**
 * struct sb_suite_case - one run to be made
 * @row, @column: where it stands in the table
 * @text:	the scenario; the caller's to free
 * @objective_s: quic-4-sat: 0 = the draft has none; @open: what it has instead, or NULL
 * @limit_s:	when a transfer is given up
 * @server, @client: short names of an interop flow's images; empty = not such a flow
 */
struct sb_suite_case {
	char row[24], column[32];
	char *text;
	uint64_t size_bytes;
	double objective_s, limit_s;
	const char *open;
	char server[SB_SUITE_LABEL], client[SB_SUITE_LABEL];
};

/** sb_suite_cases() - @name's, @out has room for SB_SUITE_MAX; 0 or -1 with @err (SB_EINPUT) */
int sb_suite_cases(const char *name, const struct sb_suite_options *o, struct sb_suite_case *out,
		   size_t *count, struct sb_err *err);

/**
 * sb_suite_run() - make them all, print the table or JSON, leave suite.json beside the runs
 * @name:	NULL with @resume
 * @exit_status: 0 every objective held, 1 one did not or a run is INVALID, 130 interrupted
 */
int sb_suite_run(const char *name, const struct sb_suite_options *o, int *exit_status,
		 struct sb_err *err);

#endif
