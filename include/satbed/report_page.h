/* SPDX-License-Identifier: MIT */
/* report_page.h - a run as one page for the browser, and the series its charts are drawn from */
#ifndef SATBED_REPORT_PAGE_H
#define SATBED_REPORT_PAGE_H

#include "satbed/analysis.h"
#include "satbed/analysis_samples.h"
#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_series_input - what series.json is made of; all borrowed
 * @samples:	sb_plan.flow_count of them, NULL = there are none
 * @late_ns:	lateness of each step of the timeline, -1 = never applied; NULL = unknown
 */
struct sb_series_input {
	const struct sb_plan *plan;
	const struct sb_result *result;
	const struct sb_flow_samples *samples;
	const int64_t *late_ns;
};

/** sb_series_json() - series.json: arrays with one element per bin; the caller's to free */
char *sb_series_json(const struct sb_series_input *in);

#define SB_PAGE_NONCE 33 /* 32 hexadecimal digits */

/**
 * struct sb_page - one page
 * @title:	of the window
 * @kind:	"run": @data is {"run": run.json, "series": series.json}
 *		"compare": {"compare": compare.json, "arms": [...]}
 *		"sweep": {"sweep": {"name", "factors", "values", "runs"}}
 *		"live": nothing; the page asks the dashboard that it is from (dashboard.h)
 * @summary:	a sentence for readers without scripts
 * @data:	JSON as text
 * @nonce:	never the same twice: only scripts that carry it run, whatever the data may hold
 *
 * Nothing in it needs to be safe: all of it is escaped.
 */
struct sb_page {
	const char *title, *kind, *summary, *data;
	char nonce[SB_PAGE_NONCE];
};

/** sb_page_html() - the whole page, which loads nothing from anywhere; the caller's to free */
char *sb_page_html(const struct sb_page *page);

/** sb_page_make() - sb_page_html() with a @page->nonce that is made here; 0 or -1 with @err */
int sb_page_make(struct sb_page *page, char **html, struct sb_err *err);

/** sb_page_write() - the same to a file, which is replaced whole; @page->nonce is made here; 0 or -1 */
int sb_page_write(const char *path, struct sb_page *page, struct sb_err *err);

#endif
