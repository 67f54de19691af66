/* SPDX-License-Identifier: MIT */
/* stream.h - the latest of a stream of text, for many readers at paces of their own; private to
 * src/dashboard */
#ifndef SATBED_DASHBOARD_STREAM_H
#define SATBED_DASHBOARD_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** struct sb_stream - @begin, @end: places since the beginning; what lies between is still there */
struct sb_stream {
	char *buf;
	size_t size;
	uint64_t begin, end;
};

void sb_stream_init(struct sb_stream *s, size_t size);
void sb_stream_fini(struct sb_stream *s);
/** sb_stream_put() - the oldest makes room; nobody is waited for */
void sb_stream_put(struct sb_stream *s, const char *text, size_t len);
/**
 * sb_stream_get() - what is there from *@at on, which is moved
 *
 * Return: how many bytes, 0 = nothing new, -1: it has been overwritten
 */
ssize_t sb_stream_get(const struct sb_stream *s, uint64_t *at, char *out, size_t max);

#endif
