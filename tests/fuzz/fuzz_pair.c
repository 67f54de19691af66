// SPDX-License-Identifier: MIT
/*
 * fuzz_pair.c - any bytes as the captures of both ends
 *
 * Invariants beyond not crashing: a capture matched with itself finds each packet there, at once,
 * with none lost, as long as it is in order of time; cut in two halves, no more is matched than
 * there is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/flow_analysis_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static int put_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	require(fd >= 0 && !sb_write_all(fd, data, size));
	return fd;
}

static void check(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	sb_auto_close int fd_a = put_file(a, a_size), fd_b = put_file(b, b_size);
	sb_auto_free char *path_a = sb_asprintf("/proc/self/fd/%d", fd_a);
	sb_auto_free char *path_b = sb_asprintf("/proc/self/fd/%d", fd_b);
	const char *const paths[2] = {path_a, path_b};
	struct sb_flow_analysis_options options = {0};
	struct sb_err err = {0};
	struct sb_pair pair;
	uint64_t sent = 0, arrived = 0;

	if (sb_pair_read(paths, &options, &pair, &err))
		return;
	for (size_t i = 0; i < pair.flow_count; i++) {
		for (int d = 0; d < 2; d++) {
			const struct sb_pair_dir *x = &pair.flows[i].dir[d];

			sent += x->sent;
			arrived += x->arrived;
			require(x->lost + x->arrived == x->sent);
			require(x->reordered <= x->arrived);
		}
	}
	require(arrived <= pair.matched && pair.matched <= pair.facts[0].records &&
		pair.matched <= pair.facts[1].records);
	require(sent <= pair.facts[0].records + pair.facts[1].records);
	sb_pair_fini(&pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, data, size);
	check(data, size / 2, data + size / 2, size - size / 2);
	return 0;
}
