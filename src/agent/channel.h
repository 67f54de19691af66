/* SPDX-License-Identifier: MIT */
/* channel.h - lines to and from the orchestrator, which may be slow, silent or gone */
#ifndef SATBED_AGENT_CHANNEL_H
#define SATBED_AGENT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

/**
 * struct sb_channel - bounded both ways, allocated once, never waited for
 * @in_fd, @out_fd:	borrowed, non-blocking
 * @skipping:	inside a line that is too long, until its end
 * @out_room:	bytes of @out; the last @out_reserve of them are for what must not get lost
 */
struct sb_channel {
	int in_fd, out_fd;
	char *in;
	size_t in_room, in_len, in_scanned, in_taken;
	bool skipping;
	char *out;
	size_t out_room, out_reserve, out_head, out_len;
};

/**
 * sb_channel_init() - @line_max: a longer line is an error; @out_room, @out_reserve: see above
 *
 * Return: 0, or -1 with @err
 */
int sb_channel_init(struct sb_channel *ch, int in_fd, int out_fd, size_t line_max, size_t out_room,
		    size_t out_reserve, struct sb_err *err);
void sb_channel_fini(struct sb_channel *ch);

/** sb_channel_read() - take in what is there; 1 = more may be there, 0 = nothing now, -1 = the end
 */
int sb_channel_read(struct sb_channel *ch);
/**
 * sb_channel_next() - the next whole line without its newline
 * @line:	valid until the next sb_channel_read() or sb_channel_next()
 *
 * Return: 1 a line, 0 none yet, -1 with @err (SB_EINPUT): one was too long and has been skipped
 */
int sb_channel_next(struct sb_channel *ch, const char **line, size_t *len, struct sb_err *err);

/**
 * sb_channel_put() - queue one line for output
 * @keep:	may use the reserve
 *
 * Return: false when there was no room; the line is then dropped
 */
bool sb_channel_put(struct sb_channel *ch, const char *line, size_t len, bool keep);
/** sb_channel_flush() - write what can be written without waiting; -1 when the reader is gone */
int sb_channel_flush(struct sb_channel *ch);
/** sb_channel_crowded() - so much unread output that new requests should wait */
bool sb_channel_crowded(const struct sb_channel *ch);

#endif
