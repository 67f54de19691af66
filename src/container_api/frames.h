/* SPDX-License-Identifier: MIT */
/*
 * frames.h - a container's standard output and error, told apart
 *
 * Each frame is a head of eight bytes (stream, three zeros, length in network order) and its bytes:
 * Engine API, "Attach to a container", stream format.
 */
#ifndef SATBED_CONTAINER_API_FRAMES_H
#define SATBED_CONTAINER_API_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/** enum sb_stream - @SB_STREAM_DAEMON: a complaint of the daemon itself (its "system error") */
enum sb_stream { SB_STREAM_IN, SB_STREAM_OUT, SB_STREAM_ERR, SB_STREAM_DAEMON };

/** struct sb_frames - where in the stream we are; starts zeroed, holds no memory */
struct sb_frames {
	unsigned char head[8];
	size_t have; /* bytes of the head */
	uint32_t left;
	enum sb_stream stream;
};

/**
 * sb_frames_next() - the next piece of payload
 * @data:	advanced over what was used up, as is @len
 * @piece:	out: part of the input
 *
 * Return: length of @piece, 0 when more input is needed, -1 with @err: not the daemon's framing
 */
long sb_frames_next(struct sb_frames *f, const unsigned char **data, size_t *len,
		    enum sb_stream *stream, const unsigned char **piece, struct sb_err *err);

#endif
