/* SPDX-License-Identifier: MIT */
/*
 * live.h - what people see while runs go on: a screen on a terminal, lines in a log, metrics, a page
 *
 * One struct sb_live for all that a command does: a single run, or the many of a comparison.  The
 * screen is the terminal's second one: what was on the first stays, and is there again at the end,
 * however that comes.  Log lines meanwhile are held, the newest is shown, and all are printed then.
 */
#ifndef SATBED_LIVE_H
#define SATBED_LIVE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

struct sb_live;

/**
 * struct sb_live_options - how much is shown
 * @plain:	lines, even on a terminal; without a terminal on stderr it is lines anyway
 * @quiet:	nothing at all, but metrics
 * @metrics:	"9464", "127.0.0.1:9464", "[::1]:9464", "localhost:9464": where OpenMetrics are
 *		served; NULL = nowhere; no address but a loopback one
 * @serve:	"8080", "127.0.0.1:8080": where a page with the same is served, for whoever has the address
 *		that is printed (dashboard.h); NULL = nowhere
 * @serve_token: file of the token in that address; NULL = a random one
 * @more:	further families of the metrics, whole lines, freed by the caller; NULL = none
 * @relay:	not NULL: show nothing, but hand over all that would be shown, as JSON, for another
 *		process's sb_live_take()
 */
struct sb_live_options {
	bool plain, quiet;
	const char *metrics, *serve, *serve_token;
	void (*relay)(void *arg, const cJSON *obj);
	void *relay_arg;
	char *(*more)(void *arg);
	void *more_arg;
};

/**
 * struct sb_live_counts - totals of one flow so far; @rtt_us 0, @retransmits -1: not known
 * @link_bytes:	of a flow of kind exec, of which nothing else is known while it runs: what has
 *		passed its client's link, by enum sb_dir, other flows of that client included
 */
struct sb_live_counts {
	int64_t bytes, retransmits, rtt_us, packets, lost;
	int64_t link_bytes[2];
	bool done;
};

/** sb_live_new() - 0, or -1 with @err: no address to serve metrics at (SB_EINPUT, SB_EENV) */
int sb_live_new(const struct sb_live_options *options, struct sb_live **out, struct sb_err *err);
/** sb_live_free() - the terminal is as it was, held lines are printed; NULL is fine */
void sb_live_free(struct sb_live *live);

/**
 * sb_live_run() - one more run begins
 * @plan:	must live until the next one, or sb_live_leave()
 * @number, @total: "run 7 of 20"; of a single run 1, 1
 * @label:	what is special about this one, such as its arm; NULL = nothing
 */
void sb_live_run(struct sb_live *live, const struct sb_plan *plan, size_t number, size_t total,
		 const char *label);
/** sb_live_phase() - "testbed goes up": shown until flows start, and after they have ended; a plan
 * of sb_live_start() is not needed any longer */
void sb_live_phase(struct sb_live *live, const char *phase);
/** sb_live_start() - the timeline's zero (CLOCK_MONOTONIC); @plan: as built, if it is another */
void sb_live_start(struct sb_live *live, const struct sb_plan *plan, int64_t t0_ns);
/** sb_live_due() - would sb_live_tick() show something now?  So that sums need not be made */
bool sb_live_due(const struct sb_live *live, int64_t now_ns);
/** sb_live_tick() - @flows: sb_plan.flow_count of them; at any pace */
void sb_live_tick(struct sb_live *live, const struct sb_live_counts *flows);
/**
 * sb_live_take() - show what the relay of another process handed over
 * @plan:	as given to sb_live_run()
 *
 * Its clock is another one: times on the screen are its, and how much faster they pass is shown.
 * What is not from a relay is ignored.
 *
 * Return: whether it was from a relay
 */
bool sb_live_take(struct sb_live *live, const struct sb_plan *plan, const cJSON *obj);
/** sb_live_serve() - answer who asks for metrics or the page; sb_live_tick() does so, too */
void sb_live_serve(struct sb_live *live);
/** sb_live_result() - of one of several runs, for the served page: {"label","round","verdict",...} */
void sb_live_result(struct sb_live *live, const cJSON *json);
/** sb_live_finish() - all is done: served pages turn into @report, an HTML file; NULL = there is none.
 * Waits a few seconds at most, and only where such a page is open */
void sb_live_finish(struct sb_live *live, const char *report);
/** sb_live_leave() - no run goes on: the terminal is as it was, held lines are printed */
void sb_live_leave(struct sb_live *live);

#endif
