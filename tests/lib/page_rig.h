/* SPDX-License-Identifier: MIT */
/* page_rig.h - what tests ask of any of satbed's pages in a browser */
#ifndef SATBED_TESTS_PAGE_RIG_H
#define SATBED_TESTS_PAGE_RIG_H

#include "browser.h"

/* Expressions of JavaScript about the page's charts. */
#define CHARTS	  "window.satbed.charts"
#define WINDOW(n) CHARTS "[" #n "].graph.xAxisRange()"
#define SAME_WINDOW \
	CHARTS ".every(c => JSON.stringify(c.graph.xAxisRange()) === JSON.stringify(" WINDOW(0) "))"

#define EVERY_CHART_HAS_ITS_COLOUR                                                    \
	CHARTS ".every(chart => {"                                                    \
	       "const wanted = chart.graph.getColors().map(c => [1, 3, 5].map(k => "  \
	       "parseInt(c.substr(k, 2), 16)));"                                      \
	       "return [...chart.figure.querySelectorAll('canvas')].some(canvas => {" \
	       "const p = canvas.getContext('2d').getImageData(0, 0, canvas.width, "  \
	       "canvas.height).data;"                                                 \
	       "for (let i = 0; i < p.length; i += 4)"                                \
	       " if (p[i + 3] > 130 && wanted.some(rgb => rgb.every((v, k) => "       \
	       "Math.abs(p[i + k] - v) < 12))) return true;"                          \
	       "return false; }); })"

/** page_await() - until @condition, JavaScript, holds: what a page does after an event takes a moment */
void page_await(struct browser *b, const char *condition);
/** page_wait() - until all charts are drawn; those out of sight are after the page is shown */
void page_wait(struct browser *b);
/** page_expect_quiet() - no page since the last call complained, or asked for anything but @urls...
 */
void page_expect_quiet(struct browser *b, const char *urls);

#endif
