/* SPDX-License-Identifier: MIT */
/* board.h - runs on a dashboard: what a page is told of them; private to src/live */
#ifndef SATBED_LIVE_BOARD_H
#define SATBED_LIVE_BOARD_H

#include "view.h"

struct sb_board;

/**
 * sb_board_open() - serve; what it is told below goes to the pages that are open
 * @serve, @token_file: as in struct sb_live_options
 * @view:	what is shown now; called from the functions below
 */
int sb_board_open(const char *serve, const char *token_file, struct sb_view (*view)(void *arg),
		  void *arg, struct sb_board **out, struct sb_err *err);
const char *sb_board_url(const struct sb_board *b);
/** sb_board_run() - another run begins, of sb_view.plan */
void sb_board_run(struct sb_board *b);
/** sb_board_phase() - sb_view.phase or .running is another */
void sb_board_phase(struct sb_board *b);
/** sb_board_due() - is it time for sb_board_tick()? @now_ns: this process's clock */
bool sb_board_due(const struct sb_board *b, int64_t now_ns);
/** sb_board_tick() - totals by now, sb_view.plan's flow_count of them */
void sb_board_tick(struct sb_board *b, int64_t now_ns, const struct sb_live_counts *flows);
/** sb_board_result() - of a run that is over; @json: for the page's list of them */
void sb_board_result(struct sb_board *b, const cJSON *json);
void sb_board_serve(struct sb_board *b);
/** sb_board_finish() - as sb_dashboard_finish() */
void sb_board_finish(struct sb_board *b, const char *report);
void sb_board_close(struct sb_board *b);

#endif
