// SPDX-License-Identifier: MIT
/* conn.c - one end of a JSON line channel that is never waited for */
#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/mem.h"

void sb_conn_init(struct sb_conn *c, struct sb_lines *lines, size_t room_max)
{
	*c = (struct sb_conn){.lines = lines, .room_max = room_max};
	fcntl(lines->fd, F_SETFL, fcntl(lines->fd, F_GETFL) | O_NONBLOCK);
}

void sb_conn_fini(struct sb_conn *c)
{
	free(c->out);
	*c = (struct sb_conn){.broken = true};
}

static int make_room(struct sb_conn *c, size_t more)
{
	if (c->len + more > c->room_max)
		return -1;
	if (c->head && c->head + c->len + more > c->room) {
		memmove(c->out, c->out + c->head, c->len);
		c->head = 0;
	}
	if (c->len + more > c->room) {
		size_t room = c->room ? 2 * c->room : 16384;

		c->room = room < c->len + more ? c->len + more : room;
		c->out = sb_realloc(c->out, c->room, 1);
	}
	return 0;
}

void sb_conn_put(struct sb_conn *c, cJSON *obj)
{
	sb_auto_free char *text = c->broken ? NULL : cJSON_PrintUnformatted(obj);
	size_t len = text ? strlen(text) : 0;

	cJSON_Delete(obj);
	if (!text)
		return;
	if (make_room(c, len + 1)) {
		c->broken = true;
		return;
	}
	memcpy(c->out + c->head + c->len, text, len);
	c->out[c->head + c->len + len] = '\n';
	c->len += len + 1;
	sb_conn_flush(c);
}

void sb_conn_flush(struct sb_conn *c)
{
	while (c->len && !c->broken) {
		ssize_t n = send(c->lines->out_fd, c->out + c->head, c->len, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(c->lines->out_fd, c->out + c->head, c->len);
		if (n > 0) {
			c->head += (size_t)n;
			c->len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else if (n == 0 || errno != EINTR) {
			c->broken = true;
		}
	}
	if (!c->len)
		c->head = 0;
}

void sb_conn_fail(struct sb_conn *c, const struct sb_err *failure)
{
	sb_conn_put(c, sb_lines_err_json(failure));
}
