/* SPDX-License-Identifier: MIT */
/* pull_stream.h - what a daemon tells while it pulls or imports: JSON objects, one a line */
#ifndef SATBED_CONTAINER_API_PULL_STREAM_H
#define SATBED_CONTAINER_API_PULL_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/container_api.h"

/* Docker allows 127 layers (moby, layer.maxLayerDepth: 125); more than this are not counted. */
#define SB_PULL_LAYERS_MAX 256
#define SB_PULL_LINE_MAX   ((size_t)1 << 20)

struct sb_pull_layer {
	char id[72];
	uint64_t loaded, load_total, unpacked, unpack_total;
};

/**
 * struct sb_pull_stream - starts zeroed but for @progress and @ctx
 * @failure:	the daemon's reason, cleaned; NULL while there is none
 * @id:		"sha256:..." when it told an image's id, else ""
 */
struct sb_pull_stream {
	sb_daemon_progress_fn *progress;
	void *ctx;
	char *line;
	size_t len, room;
	struct sb_pull_layer layers[SB_PULL_LAYERS_MAX];
	size_t layer_count;
	char *failure;
	char id[80];
};

/** sb_pull_stream_feed() - more bytes; -1 with @err when they are no such stream (SB_EENGINE) */
int sb_pull_stream_feed(struct sb_pull_stream *s, const char *data, size_t len, struct sb_err *err);
/** sb_pull_stream_finish() - the last line, which may lack its newline */
int sb_pull_stream_finish(struct sb_pull_stream *s, struct sb_err *err);
void sb_pull_stream_fini(struct sb_pull_stream *s);

#endif
