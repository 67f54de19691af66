// SPDX-License-Identifier: MIT
/*
 * fuzz_daemon_stream.c - any bytes as an attach stream and as the stream of a pull
 *
 * Invariant beyond not crashing: what comes out does not depend on the pieces that the bytes come
 * in, and progress never goes beyond its total.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "container_api/frames.h"
#include "container_api/pull_stream.h"
#include "satbed/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* A hash of all payload, stream by stream, and of where it was refused. */
static uint64_t unframe(const uint8_t *data, size_t size, size_t step)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	struct sb_frames f = {0};

	for (size_t at = 0; at < size; at += step) {
		size_t left = size - at < step ? size - at : step, total = left, out = 0;
		const unsigned char *in = data + at, *piece;
		enum sb_stream stream;
		struct sb_err err = {0};
		long n;

		while ((n = sb_frames_next(&f, &in, &left, &stream, &piece, &err)) > 0) {
			require(piece >= data && piece + n <= data + size);
			out += (size_t)n;
			for (long i = 0; i < n; i++)
				hash =
				    (hash ^ piece[i] ^ (unsigned int)stream << 8) * 1099511628211u;
		}
		require(out <= total);
		if (n < 0)
			return hash ^ err.code;
		require(left == 0);
	}
	return hash;
}

static void check_progress(const char *what, uint64_t done, uint64_t total, void *ctx)
{
	(void)ctx;
	require(what && done <= total);
}

static int follow(struct sb_pull_stream *s, const uint8_t *data, size_t size, size_t step)
{
	struct sb_err err = {0};

	s->progress = check_progress;
	for (size_t at = 0; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		if (sb_pull_stream_feed(s, (const char *)data + at, n, &err))
			return -1;
	}
	return sb_pull_stream_finish(s, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_pull_stream *whole = sb_alloc(1, sizeof(*whole));
	struct sb_pull_stream *pieces = sb_alloc(1, sizeof(*pieces));

	require(unframe(data, size, size ? size : 1) == unframe(data, size, 3));
	require(follow(whole, data, size, size ? size : 1) == follow(pieces, data, size, 7));
	require(!strcmp(whole->id, pieces->id) && whole->layer_count == pieces->layer_count);
	require(!whole->failure == !pieces->failure);
	sb_pull_stream_fini(whole);
	sb_pull_stream_fini(pieces);
	free(whole);
	free(pieces);
	return 0;
}
