/* SPDX-License-Identifier: MIT */
/* conn.h - one end of a JSON line channel that is never waited for */
#ifndef SATBED_SUPERVISOR_CONN_H
#define SATBED_SUPERVISOR_CONN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/lines.h"

/**
 * struct sb_conn - what is to be sent waits here until the other end reads
 * @lines:	for receiving; borrowed, as is its descriptor, which is non-blocking
 * @room_max:	more than this unread is the end of the connection
 * @broken:	nothing goes out any more
 */
struct sb_conn {
	struct sb_lines *lines;
	char *out;
	size_t head, len, room, room_max;
	bool broken;
};

void sb_conn_init(struct sb_conn *c, struct sb_lines *lines, size_t room_max);
void sb_conn_fini(struct sb_conn *c);
/** sb_conn_put() - queue one object, which is deleted; sent as far as that goes at once */
void sb_conn_put(struct sb_conn *c, cJSON *obj);
/** sb_conn_flush() - send what can be sent */
void sb_conn_flush(struct sb_conn *c);
/** sb_conn_fail() - queue a failure, see sb_lines_err_json() */
void sb_conn_fail(struct sb_conn *c, const struct sb_err *failure);

#endif
