/* SPDX-License-Identifier: MIT */
/* timeline.h - the states of one direction as they were asked for, by wall clock */
#ifndef SATBED_ANALYSIS_TIMELINE_H
#define SATBED_ANALYSIS_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"

/**
 * struct sb_segment - from @from_ns until the next one's
 * @edge_until_ns: until then an outage that began or ended here may not have done so yet
 * @next_edge_ns: when the next outage begins or this one ends
 */
struct sb_segment {
	int64_t from_ns, edge_until_ns, next_edge_ns;
	const struct sb_link_state *state;
};

struct sb_timeline {
	const struct sb_link_dir *asked;
	size_t count;
	struct sb_segment *segments;
	int64_t longest_stop_ns; /* at a stretch with SB_RATE_STOPPED */
	int64_t max_transit_ns;	 /* longest delay and queue of all states, and some more */
	bool may_duplicate, may_reorder, may_corrupt;
};

void sb_timeline_init(struct sb_timeline *t, const struct sb_analysis_input *in, size_t link,
		      enum sb_dir dir);
void sb_timeline_fini(struct sb_timeline *t);
/** sb_timeline_seek() - the segment of @t_ns, at or after @hint (times asked for must not fall) */
size_t sb_timeline_seek(const struct sb_timeline *t, size_t hint, int64_t t_ns);
/** sb_timeline_at_edge() - may an outage have been on or off at that time? */
bool sb_timeline_at_edge(const struct sb_segment *s, int64_t t_ns);
/** sb_timeline_transit_ns() - longest a packet that is not lost can take in this state */
int64_t sb_timeline_transit_ns(const struct sb_timeline *t, const struct sb_link_state *state);

#endif
