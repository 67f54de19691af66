/* SPDX-License-Identifier: MIT */
/* dashboard_state.h - what a dashboard knows while it is served; private to src/dashboard */
#ifndef SATBED_DASHBOARD_STATE_H
#define SATBED_DASHBOARD_STATE_H

#include <microhttpd.h>
#include <stdint.h>

#include "access.h"
#include "satbed/dashboard.h"
#include "stream.h"

#define SB_VIEWERS_MAX	   8
#define SB_CONNECTIONS_MAX 40
#define SB_ASKED_MAX	   4096 /* bytes of what is asked */

/**
 * struct sb_viewer - a page that listens to events
 * @first:	what it is told first, until all of that is sent; @first_at: how much is
 * @at:		its place in the stream; @moved_ns: when it took something last, or had all
 * @fd:		of its connection
 */
struct sb_viewer {
	struct sb_dashboard *dashboard;
	char *first;
	size_t first_len, first_at;
	uint64_t at;
	int64_t moved_ns;
	int fd;
};

/**
 * struct sb_dashboard
 * @connections: descriptors, the oldest first
 * @reports_begun, @reports_sent: of GET /report
 * @over:	nothing more will be published: who has all is done
 */
struct sb_dashboard {
	struct sb_dashboard_options o;
	struct sb_web_rules rules;
	char token[SB_TOKEN_MAX + 1];
	char *title, *url, *report;
	struct MHD_Daemon *daemon;
	struct sb_stream stream;
	int listen_fd, epoll_fd;
	size_t viewer_count, connection_count;
	struct sb_viewer *viewers[SB_VIEWERS_MAX];
	int connections[SB_CONNECTIONS_MAX];
	size_t reports_begun, reports_sent;
	bool over;
};

/* http.c: what libmicrohttpd calls; the first argument is the dashboard */
enum MHD_Result sb_web_answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state);
void sb_web_completed(void *arg, struct MHD_Connection *c, void **state,
		      enum MHD_RequestTerminationCode how);

/* viewers.c */

/** sb_viewer_response() - events for one more page; NULL: there are enough */
struct MHD_Response *sb_viewer_response(struct sb_dashboard *d, struct MHD_Connection *c);
/** sb_viewers_check() - end those that do not read */
void sb_viewers_check(struct sb_dashboard *d);
bool sb_is_viewer(const struct sb_dashboard *d, int fd);

#endif
