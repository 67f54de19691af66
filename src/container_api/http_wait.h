/* SPDX-License-Identifier: MIT */
/* http_wait.h - how long an answer of a daemon is waited for; private to http_transfer.c */
#ifndef SATBED_CONTAINER_API_HTTP_WAIT_H
#define SATBED_CONTAINER_API_HTTP_WAIT_H

#include <stdint.h>

#include "http_handle.h"

/**
 * struct sb_http_wait - one answer that is waited for
 * @moved_ns:	when a byte came or went for the last time
 * @granted_ns:	until then in any case, because this machine's disk is busy
 *
 * A container's file system is unmounted by a daemon at many a request, and overlayfs then writes out
 * all that anyone has left to be written on the file system below: gigabytes, perhaps, of captures or
 * of somebody's compilation.  The daemon works, and does not answer; so the limits, which are there for
 * daemons that hang, are moved as long as the disk is busy, up to 10 minutes.  Not those that a person
 * has set, nor those of questions that need no disk.  Ctrl-C changes nothing for what is not
 * interruptible: a container that is being made has to be there before it can be removed.
 */
struct sb_http_wait {
	const struct sb_http *h;
	const struct sb_http_request *request;
	int64_t begun_ns, moved_ns, granted_ns;
};

/** sb_http_wait_begin() - from now on; both stay until the answer has been read */
void sb_http_wait_begin(struct sb_http_wait *w, const struct sb_http *h,
			const struct sb_http_request *request);
/** sb_http_wait_moved() - a byte came, or went */
void sb_http_wait_moved(struct sb_http_wait *w);
/** sb_http_wait_look() - 0: it may go on; -1: it has taken too long, or Ctrl-C was pressed */
int sb_http_wait_look(struct sb_http_wait *w, struct sb_err *err);
/** sb_http_wait_ms() - when to look again at the latest */
int sb_http_wait_ms(const struct sb_http_wait *w);

#endif
