// SPDX-License-Identifier: MIT
/* channel.c - lines to and from the orchestrator, which may be slow, silent or gone */
#include "channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sb_channel_init(struct sb_channel *ch, int in_fd, int out_fd, size_t line_max, size_t out_room,
		    size_t out_reserve, struct sb_err *err)
{
	*ch = (struct sb_channel){
	    .in_fd = in_fd,
	    .out_fd = out_fd,
	    .in_room = line_max + 1,
	    .out_room = out_room,
	    .out_reserve = out_reserve,
	};
	ch->in = malloc(ch->in_room);
	ch->out = malloc(out_room);
	if (ch->in && ch->out)
		return 0;
	sb_channel_fini(ch);
	return sb_fail(err, SB_EENV, 0, "out of memory");
}

void sb_channel_fini(struct sb_channel *ch)
{
	free(ch->in);
	free(ch->out);
	ch->in = NULL;
	ch->out = NULL;
}

int sb_channel_read(struct sb_channel *ch)
{
	ssize_t n;

	if (ch->in_taken) {
		ch->in_len -= ch->in_taken;
		ch->in_scanned -= ch->in_taken;
		memmove(ch->in, ch->in + ch->in_taken, ch->in_len);
		ch->in_taken = 0;
	}
	if (ch->in_len == ch->in_room)
		return 1;
	n = read(ch->in_fd, ch->in + ch->in_len, ch->in_room - ch->in_len);
	if (n > 0) {
		ch->in_len += (size_t)n;
		return 1;
	}
	if (n < 0 && errno == EINTR)
		return 1;
	return n < 0 && errno == EAGAIN ? 0 : -1;
}

int sb_channel_next(struct sb_channel *ch, const char **line, size_t *len, struct sb_err *err)
{
	for (;;) {
		char *start = ch->in + ch->in_taken;
		char *end = memchr(ch->in + ch->in_scanned, '\n', ch->in_len - ch->in_scanned);
		bool skip = ch->skipping;

		if (end) {
			*line = start;
			*len = (size_t)(end - start);
			ch->in_taken = ch->in_scanned = (size_t)(end + 1 - ch->in);
			ch->skipping = false;
			if (skip)
				continue;
			return 1;
		}
		ch->in_scanned = ch->in_len;
		if (!skip && ch->in_len - ch->in_taken < ch->in_room)
			return 0;
		ch->in_len = ch->in_scanned = ch->in_taken = 0;
		ch->skipping = true;
		if (skip)
			return 0;
		return sb_fail(err, SB_EINPUT, 0, "a line is longer than %zu bytes",
			       ch->in_room - 1);
	}
}

bool sb_channel_put(struct sb_channel *ch, const char *line, size_t len, bool keep)
{
	if (ch->out_len + len > ch->out_room - (keep ? 0 : ch->out_reserve))
		return false;
	if (ch->out_head + ch->out_len + len > ch->out_room) {
		memmove(ch->out, ch->out + ch->out_head, ch->out_len);
		ch->out_head = 0;
	}
	memcpy(ch->out + ch->out_head + ch->out_len, line, len);
	ch->out_len += len;
	return true;
}

int sb_channel_flush(struct sb_channel *ch)
{
	while (ch->out_len) {
		ssize_t n = write(ch->out_fd, ch->out + ch->out_head, ch->out_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		ch->out_head += (size_t)n;
		ch->out_len -= (size_t)n;
	}
	ch->out_head = 0;
	return 0;
}

bool sb_channel_crowded(const struct sb_channel *ch)
{
	return ch->out_len > ch->out_room - ch->out_reserve / 2;
}
