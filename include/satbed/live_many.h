/* SPDX-License-Identifier: MIT */
/*
 * live_many.h - many runs on a served page: how many are done, what came of each
 *
 * For runs that go on side by side, in guests: the page is served by a thread of its own, and each function may be
 * called from any thread.  NULL does nothing.
 */
#ifndef SATBED_LIVE_MANY_H
#define SATBED_LIVE_MANY_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

struct sb_live_many;

/**
 * struct sb_live_many_options
 * @serve, @serve_token: as in struct sb_live_options
 * @title:	of the page; @total: runs to be made, @done: of them before it
 */
struct sb_live_many_options {
	const char *serve, *serve_token, *title;
	size_t total, done;
};

/** sb_live_many_open() - the page's address is printed; 0, or -1 with @err */
int sb_live_many_open(const struct sb_live_many_options *options, struct sb_live_many **out,
		      struct sb_err *err);
/**
 * sb_live_many_result() - one more run has ended
 * @result:	{"label","round","verdict","goodput_bps","why"}, each as far as it is known; deleted here
 * @failed:	it came to nothing
 */
void sb_live_many_result(struct sb_live_many *m, cJSON *result, bool failed);
/** sb_live_many_done() - one less is to be made: it has ended well, or often enough, or was there */
void sb_live_many_done(struct sb_live_many *m);
/** sb_live_many_close() - pages turn into @report, as with sb_live_finish() */
void sb_live_many_close(struct sb_live_many *m, const char *report);

#endif
