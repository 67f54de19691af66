/* SPDX-License-Identifier: MIT */
/* pair_clock.h - a first look at two captures: what a packet's key may be made of, and their clocks
 */
#ifndef SATBED_FLOW_ANALYSIS_PAIR_CLOCK_H
#define SATBED_FLOW_ANALYSIS_PAIR_CLOCK_H

#include "satbed/flow_analysis_pair.h"

/**
 * struct sb_pair_look - what the beginnings of both files tell
 * @key_bytes:	of each packet that both have
 * @any_address: addresses and ports are not part of keys, since more is found without them
 * @offset_ns:	as sb_pair.offset_ns
 * @first_ns:	of the first packets
 */
struct sb_pair_look {
	uint32_t key_bytes;
	bool any_address;
	int64_t offset_ns;
	int64_t first_ns[2];
};

int sb_pair_look(const char *const paths[2], struct sb_pair_look *out, struct sb_err *err);

#endif
