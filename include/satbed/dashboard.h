/* SPDX-License-Identifier: MIT */
/*
 * dashboard.h - a page served while something goes on: events as they come, and what may be asked back
 *
 * HTTP by libmicrohttpd without a thread: everything happens in sb_dashboard_serve(), which never
 * waits.  Whoever asks has to know the token, by which other users of this machine are kept out.
 *
 *   GET /?token=T	   the page, of sb_page's kind "live"
 *   GET /events?token=T   server-sent events: what sb_dashboard_options.state says, then each
 *			   sb_dashboard_publish()
 *   GET /report?token=T   the page of what is over (sb_dashboard_finish())
 *   POST /act?token=T	   JSON, for sb_dashboard_options.act: 202, or 400 with what is wrong with it
 *
 * Events lie in one bounded buffer for all.  A browser that does not read is dropped when what it has not
 * read is overwritten; it may come again, and is told the state anew.
 */
#ifndef SATBED_DASHBOARD_H
#define SATBED_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

struct sb_dashboard;

/**
 * struct sb_dashboard_options
 * @address:	"8080", "127.0.0.1:8080", "[::1]:8080"; others than loopback only with @token_file
 * @token_file:	its first line is the token, 16 to 128 characters of A-Z a-z 0-9 - _; NULL: a random one
 * @title:	of the page
 * @state:	makes what a new page is told first, a JSON object as text; its caller frees it
 * @act:	asked for something: 0, or -1 with @err; NULL = nothing may be asked
 * @arg:	of both
 */
struct sb_dashboard_options {
	const char *address, *token_file, *title;
	char *(*state)(void *arg);
	int (*act)(void *arg, const char *json, size_t len, struct sb_err *err);
	void *arg;
};

/** sb_dashboard_open() - listen; 0, or -1 with @err (SB_EINPUT, SB_EENV) */
int sb_dashboard_open(const struct sb_dashboard_options *options, struct sb_dashboard **out,
		      struct sb_err *err);
/** sb_dashboard_check() - would the options do?  Nothing is opened but the token's file */
int sb_dashboard_check(const struct sb_dashboard_options *options, struct sb_err *err);
/** sb_dashboard_url() - of the page, with the token; as long as the dashboard */
const char *sb_dashboard_url(const struct sb_dashboard *d);
/** sb_dashboard_fd() - becomes readable when sb_dashboard_serve() has something to do */
int sb_dashboard_fd(const struct sb_dashboard *d);
/** sb_dashboard_viewers() - pages that listen to events */
size_t sb_dashboard_viewers(const struct sb_dashboard *d);
/** sb_dashboard_publish() - @event: its name; @json: without line breaks */
void sb_dashboard_publish(struct sb_dashboard *d, const char *event, const char *json);
/** sb_dashboard_serve() - whatever can be done without waiting */
void sb_dashboard_serve(struct sb_dashboard *d);
/**
 * sb_dashboard_finish() - it is over: pages that are open turn into the report
 * @report:	an HTML file; NULL = there is none, and pages are only told
 *
 * Waits until they have it, but for a few seconds only.
 */
void sb_dashboard_finish(struct sb_dashboard *d, const char *report);
/** sb_dashboard_close() - NULL is fine */
void sb_dashboard_close(struct sb_dashboard *d);

#endif
