/* SPDX-License-Identifier: MIT */
/* shared_load.h - what a shared direction carried for all its clients, in the order it came */
#ifndef SATBED_ANALYSIS_CARRIED_H
#define SATBED_ANALYSIS_CARRIED_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"

/** struct sb_shared_load_packet - one that arrived; @t_ns: before the link */
struct sb_shared_load_packet {
	int64_t t_ns;
	uint32_t wire_len;
	uint8_t copies, link;
};

/** struct sb_shared_load - of one direction, of all links that share it; by time, then by link */
struct sb_shared_load {
	struct sb_shared_load_packet *list;
	size_t count, room;
};

/**
 * sb_shared_load_load() - both directions, each empty where nobody shares it
 *
 * Reads the captures of those that do, one link at a time.
 *
 * Return: 0, or -1 with @err when a capture cannot be read at all; @out is to be
 * sb_shared_load_fini()ed in any case
 */
int sb_shared_load_load(const struct sb_analysis_input *in, struct sb_shared_load out[2],
			struct sb_err *err);
void sb_shared_load_fini(struct sb_shared_load c[2]);

#endif
