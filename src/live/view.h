/* SPDX-License-Identifier: MIT */
/* view.h - what is shown of a run at one instant, however it is shown */
#ifndef SATBED_LIVE_VIEW_H
#define SATBED_LIVE_VIEW_H

#include "satbed/live.h"

#define SB_HISTORY 200 /* points of a sparkline, at most */

/**
 * struct sb_view_flow
 * @goodput_bps: of a flow of kind exec: the rate of its client's link in its direction
 * @link_bps:	of such a flow, by enum sb_dir
 * @history:	goodput of the latest ticks, oldest first, in bit/s
 */
struct sb_view_flow {
	struct sb_live_counts now;
	double goodput_bps, link_bps[2];
	double history[SB_HISTORY];
	size_t history_count;
};

/**
 * struct sb_view - all borrowed
 * @plan:	NULL = no run yet
 * @label, @phase, @message: "" = none; free of control characters
 * @at_ns:	since the timeline's zero; negative before it
 * @left_ns:	until all runs are done, guessed from those that are; -1 = no idea
 * @flows:	sb_plan.flow_count of them
 * @running:	flows have started and not ended
 * @more:	further families of the metrics; NULL = none
 * @speed:	how much faster than real time it goes; 0 = it is real time
 */
struct sb_view {
	const struct sb_plan *plan;
	const char *label, *phase, *message;
	size_t number, total;
	int64_t at_ns, left_ns;
	const struct sb_view_flow *flows;
	bool running;
	double speed;
	char *more;
};

/**
 * sb_screen_text() - a screenful
 * @utf8, @colour: what the terminal can show
 *
 * At most @rows lines, none wider than @cols (escapes not counted), joined by "\r\n" so that
 * nothing scrolls; each ends by clearing the rest of its line.
 *
 * Return: the caller's to free
 */
char *sb_screen_text(const struct sb_view *v, int rows, int cols, bool utf8, bool colour);

/** sb_line_text() - the same in one line of a log, without its newline; the caller's to free */
char *sb_line_text(const struct sb_view *v);

/** sb_view_by_link() - is the link's traffic all that is known of this flow while it runs? */
static inline bool sb_view_by_link(const struct sb_plan *plan, size_t flow)
{
	return plan->flows[flow].kind == SB_FLOW_EXEC;
}

/** sb_metrics_text() - the same as OpenMetrics 1.0; the caller's to free */
char *sb_metrics_text(const struct sb_view *v);

/** sb_view_next_event() - the first step that an event causes after @at_ns; NULL = none */
const struct sb_step *sb_view_next_event(const struct sb_plan *plan, int64_t at_ns);

#endif
