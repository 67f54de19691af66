/* SPDX-License-Identifier: MIT */
/* recovery.h - how a flow comes back after each outage of its link */
#ifndef SATBED_ANALYSIS_RECOVERY_H
#define SATBED_ANALYSIS_RECOVERY_H

#include "satbed/analysis.h"
#include "satbed/base/spill.h"

/** struct sb_arrival - payload the receiver had not seen before */
struct sb_arrival {
	int64_t sent_ns, arrived_ns;
	uint64_t bytes;
};

/** struct sb_timeout - a retransmission timeout of the sender */
struct sb_timeout {
	int64_t t_ns;
	bool spurious;
};

/**
 * struct sb_flow_progress - one flow over time
 * @until_ns:	when measuring ended
 * @arrivals:	in order of sending; @timeouts: in order of time
 */
struct sb_flow_progress {
	int64_t until_ns;
	struct sb_arrival *arrivals;
	size_t arrival_count, arrival_room;
	struct sb_spill arrival_spill;
	struct sb_timeout *timeouts;
	size_t timeout_count, timeout_room;
};

void sb_flow_progress_arrive(struct sb_flow_progress *m, int64_t sent_ns, int64_t arrived_ns,
			     uint64_t bytes);
void sb_flow_progress_timeout(struct sb_flow_progress *m, int64_t t_ns, bool spurious);
void sb_flow_progress_fini(struct sb_flow_progress *m);

/** sb_has_outage() - is either direction of a link ever out? */
bool sb_has_outage(const struct sb_plan *plan, size_t link);

/**
 * sb_recover() - one entry for each outage, of either direction, that met the flow
 * @out:	the caller's to free; sorts @m's arrivals
 *
 * Goodput before it is of the second before the outage began (less when the flow or the end of the
 * outage before is nearer, but no less than 200 ms).  It is reached again when what was sent after
 * the outage has brought 90 % of that within 100 ms, or within a round trip where that is longer.
 */
size_t sb_recover(const struct sb_analysis_input *in, size_t link, struct sb_flow_progress *m,
		  struct sb_recovery **out);

#endif
