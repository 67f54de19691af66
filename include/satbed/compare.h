/* SPDX-License-Identifier: MIT */
/*
 * compare.h - arms side by side: the same timeline, in a random order, round after round
 *
 * A comparison is a directory: state.json and plans/ say what is to be done, runs/ holds one run
 * directory for each attempt.  All else (compare.json, compare.csv, the table) is a pure function
 * of these, so that an interrupted comparison goes on where it was.
 */
#ifndef SATBED_COMPARE_H
#define SATBED_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

#define SB_MAX_ARMS   16
#define SB_MAX_ROUNDS 1000

/**
 * struct sb_compare_options - what is compared, and how often
 * @file:	the scenario; @sets: over it, for all arms
 * @arms:	as written, see sb_arm_parse(); none = every path this machine can run
 * @rounds:	how often each arm runs
 * @retries:	how often a run that came out INVALID, or broke, is tried again
 * @unshaped:	each arm runs without any link, too
 * @out_dir:	NULL = captures/NAME-compare-TIME
 * @resume:	directory of a comparison to go on with; then nothing above counts
 * @jobs:	runs side by side, on the virtual clock; 0 = 1
 * @junit:	file for the expectations as JUnit XML; NULL = none
 * @summary:	file that a summary in Markdown is appended to; NULL = none
 * @metrics, @serve, @serve_token: as in struct sb_live_options
 * @json:	print compare.json instead of the table
 * @plain:	no colours, and lines instead of the live screen; @quiet: no progress
 */
struct sb_compare_options {
	const char *file;
	const char *const *sets, *const *arms;
	size_t set_count, arm_count, rounds, retries, jobs;
	bool unshaped;
	const char *out_dir, *resume, *junit, *summary, *metrics, *serve, *serve_token;
	bool json, plain, quiet;
};

/**
 * sb_compare() - carry out or resume a comparison
 * @exit_status: 0 every round of every arm has a usable run and all expectations hold, 1 not so,
 *		130 interrupted: what was measured until then is reported
 *
 * Return: 0 with *@exit_status set, or -1 with @err
 */
int sb_compare(const struct sb_compare_options *options, int *exit_status, struct sb_err *err);

#endif
