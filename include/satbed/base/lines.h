/* SPDX-License-Identifier: MIT */
/* lines.h - the channel between processes: one JSON object a line, both ways */
#ifndef SATBED_BASE_LINES_H
#define SATBED_BASE_LINES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

/**
 * struct sb_lines - one end of a channel; the peer is not trusted
 *
 * @max:	a longer line is an error; 0 = SB_LINE_MAX
 *
 * Used on a socketpair (native engine) or on a container's attach stream.  The descriptors are
 * borrowed; they differ where the channel is standard input and output.
 */
struct sb_lines {
	int fd, out_fd;
	char *buf;
	size_t len, room, scanned, max;
	bool no_socket; /* what cannot be read without waiting but by poll() first */
};

#define SB_LINE_MAX (32u << 20) /* a longer line is an error */

void sb_lines_init(struct sb_lines *l, int fd);
void sb_lines_init_pair(struct sb_lines *l, int in_fd, int out_fd);
void sb_lines_fini(struct sb_lines *l);
/**
 * sb_lines_send() - write one object (compact) and a newline, waiting while the peer is slow
 *
 * Return: 0, or -1 with @err (SB_EENGINE)
 */
int sb_lines_send(struct sb_lines *l, const cJSON *obj, struct sb_err *err);
/**
 * sb_lines_recv() - the next whole object
 * @timeout_ms:	how long to wait for it; 0 = only what is there, -1 = for ever
 * @out:	the caller's to cJSON_Delete(); NULL unless 1 is returned
 *
 * Return: 1 an object, 0 none within the time, -1 with @err: the peer closed the channel, or
 * sent what is no JSON object (SB_EENGINE)
 */
int sb_lines_recv(struct sb_lines *l, int timeout_ms, cJSON **out, struct sb_err *err);

/** sb_lines_has_line() - is a whole line here already, which sb_lines_recv() would take without asking
 * the kernel? */
bool sb_lines_has_line(const struct sb_lines *l);

/** sb_lines_err_json() - a failure as {"ev":"error","kind":...,"msg":...}; the caller's to delete
 */
cJSON *sb_lines_err_json(const struct sb_err *failure);
/** sb_lines_send_err() - tell the peer of a failure, in those words */
int sb_lines_send_err(struct sb_lines *l, const struct sb_err *failure, struct sb_err *err);
/**
 * sb_lines_check() - is @obj the event expected?
 *
 * Return: 0 for {"ev":@event}; -1 with @err: the failure the peer reported, or a protocol error
 */
int sb_lines_check(const cJSON *obj, const char *event, struct sb_err *err);

#endif
