// SPDX-License-Identifier: MIT
/* frames.c - a container's standard output and error, told apart */
#include "frames.h"

long sb_frames_next(struct sb_frames *f, const unsigned char **data, size_t *len,
		    enum sb_stream *stream, const unsigned char **piece, struct sb_err *err)
{
	const unsigned char *h = f->head;
	size_t n;

	while (f->left == 0) {
		for (; f->have < sizeof(f->head) && *len; (*data)++, (*len)--)
			f->head[f->have++] = **data;
		if (f->have < sizeof(f->head))
			return 0;
		if (h[0] > SB_STREAM_DAEMON || h[1] || h[2] || h[3])
			return sb_fail(err, SB_EENGINE, 0,
				       "the attach stream is not framed as the Engine API says "
				       "(%02x %02x %02x %02x where a frame begins)",
				       h[0], h[1], h[2], h[3]);
		f->stream = (enum sb_stream)h[0];
		f->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
		f->have = 0;
	}
	n = *len < f->left ? *len : f->left;
	*piece = *data;
	*stream = f->stream;
	*data += n;
	*len -= n;
	f->left -= (uint32_t)n;
	return (long)n;
}
