/* SPDX-License-Identifier: MIT */
/* analysis_replayed.h - what became of the packets of a capture that were sent once more */
#ifndef SATBED_ANALYSIS_REPLAYED_H
#define SATBED_ANALYSIS_REPLAYED_H

#include "satbed/analysis.h"

/**
 * struct sb_replayed - one direction of a replay, from both captures
 * @planned:	frames that were to be sent
 * @sent, @arrived, @duplicated, @reordered: before and after the link, replayed frames alone
 * @lateness_ms: when each was sent less when it should have been; nothing in it when the capture
 *		before the link has not all of them
 * @error_ms:	the size of that: by how much the timing differs from the one asked for
 * @owd_ms:	one-way delay of those that arrived, queueing included
 */
struct sb_replayed {
	uint64_t planned, sent, arrived, duplicated, reordered;
	struct sb_quantiles lateness_ms, error_ms, owd_ms;
};

/**
 * struct sb_replayed_input - where one direction of a replay is found
 * @before, @after: captures of that link
 * @src_mac, @dst_mac: of the replayed frames, and of no others
 * @at_ns:	when each was to be sent, @count of them, from @start_real_ns on
 * @max_transit_ns: what takes longer is lost; @may_reorder: as the link was asked to
 */
struct sb_replayed_input {
	const char *before, *after;
	uint8_t src_mac[6], dst_mac[6];
	const int64_t *at_ns;
	size_t count;
	int64_t start_real_ns, max_transit_ns;
	bool may_reorder;
};

/** sb_analyse_replayed() - 0, or -1 with @err when a capture cannot be read at all */
int sb_analyse_replayed(const struct sb_replayed_input *in, struct sb_replayed *out,
			struct sb_err *err);

#endif
