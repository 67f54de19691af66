/* SPDX-License-Identifier: MIT */
/* report_dir.h - the page of a directory of results, made from the JSON files that are in it */
#ifndef SATBED_REPORT_DIR_H
#define SATBED_REPORT_DIR_H

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * sb_report_dir() - the page of a run, from run.json and series.json; or of a comparison, from
 * compare.json and the series.json of its runs
 * @directory:	of either; its files are not trusted
 * @file:	where the page goes; NULL = report.html in @directory; replaced whole or not at all
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the file that is missing or no JSON
 */
int sb_report_dir(const char *directory, const char *file, struct sb_err *err);

/**
 * sb_report_figures() - goodput, delay, congestion window and sequence of a run, from series.json
 * @svg:	directory for NAME.svg; @gnuplot: for NAME.dat and NAME.gp; made where they are not
 *		there; NULL = not wanted
 */
int sb_report_figures(const char *directory, const char *svg, const char *gnuplot,
		      struct sb_err *err);

/** sb_report_dir_plan() - plan.json of a run; the caller's to sb_plan_free(); 0, or -1 with @err naming it */
int sb_report_dir_plan(const char *directory, struct sb_plan **out, struct sb_err *err);

#endif
