// SPDX-License-Identifier: MIT
/* guest_board.c - a guest's program serves no page: who started the guest does (in place of board.c) */
#include "board.h"

int sb_board_open(const char *serve, const char *token_file, struct sb_view (*view)(void *arg),
		  void *arg, struct sb_board **out, struct sb_err *err)
{
	(void)token_file;
	(void)view;
	(void)arg;
	*out = NULL;
	return sb_fail(err, SB_EINTERNAL, 0, "no page is served from a guest (%s)", serve);
}

/* None is ever open: nothing of what follows is called, but for what takes NULL. */

const char *sb_board_url(const struct sb_board *b)
{
	(void)b;
	return "";
}

void sb_board_run(struct sb_board *b)
{
	(void)b;
}

void sb_board_phase(struct sb_board *b)
{
	(void)b;
}

bool sb_board_due(const struct sb_board *b, int64_t now_ns)
{
	(void)b;
	(void)now_ns;
	return false;
}

void sb_board_tick(struct sb_board *b, int64_t now_ns, const struct sb_live_counts *flows)
{
	(void)b;
	(void)now_ns;
	(void)flows;
}

void sb_board_result(struct sb_board *b, const cJSON *json)
{
	(void)b;
	(void)json;
}

void sb_board_serve(struct sb_board *b)
{
	(void)b;
}

void sb_board_finish(struct sb_board *b, const char *report)
{
	(void)b;
	(void)report;
}

void sb_board_close(struct sb_board *b)
{
	(void)b;
}
