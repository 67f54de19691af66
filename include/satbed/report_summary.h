/* SPDX-License-Identifier: MIT */
/* report_summary.h - what came out, in Markdown, for the page of a CI job or a merge request */
#ifndef SATBED_REPORT_SUMMARY_H
#define SATBED_REPORT_SUMMARY_H

#include "satbed/base/err.h"

/**
 * sb_report_summary() - of a run, a comparison or a suite, from run.json, compare.json or suite.json
 * @directory:	its files are not trusted: no markup comes out of them
 * @file:	appended to, as GitHub's GITHUB_STEP_SUMMARY wants it
 *
 * Return: 0, or -1 with @err (SB_EINPUT, SB_EENV)
 */
int sb_report_summary(const char *directory, const char *file, struct sb_err *err);

#endif
