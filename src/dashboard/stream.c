// SPDX-License-Identifier: MIT
/* stream.c - the latest of a stream of text, for many readers at paces of their own */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

void sb_stream_init(struct sb_stream *s, size_t size)
{
	*s = (struct sb_stream){.buf = sb_alloc(size, 1), .size = size};
}

void sb_stream_fini(struct sb_stream *s)
{
	free(s->buf);
	*s = (struct sb_stream){0};
}

void sb_stream_put(struct sb_stream *s, const char *text, size_t len)
{
	s->end += len;
	if (s->end - s->begin > s->size)
		s->begin = s->end - s->size;
	/* Of what is longer than all there is room for, nobody could read the whole. */
	if (len > s->size) {
		s->begin = s->end;
		return;
	}
	for (uint64_t at = s->end - len; len;) {
		size_t from = at % s->size, part = s->size - from < len ? s->size - from : len;

		memcpy(s->buf + from, text, part);
		text += part;
		len -= part;
		at += part;
	}
}

ssize_t sb_stream_get(const struct sb_stream *s, uint64_t *at, char *out, size_t max)
{
	size_t from = *at % s->size, len;

	if (*at < s->begin)
		return -1;
	len = (size_t)(s->end - *at);
	if (len > max)
		len = max;
	if (len > s->size - from)
		len = s->size - from;
	memcpy(out, s->buf + from, len);
	*at += len;
	return (ssize_t)len;
}
