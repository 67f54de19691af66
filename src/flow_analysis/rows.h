/* SPDX-License-Identifier: MIT */
/* rows.h - what every flow did in every interval, as CSV, while the capture is read */
#ifndef SATBED_FLOW_ANALYSIS_ROWS_H
#define SATBED_FLOW_ANALYSIS_ROWS_H

#include "table.h"

/**
 * struct sb_rows - rows of the interval that is being filled
 * @flows:	those with a part in it
 *
 * Time only goes on: what a capture has out of order by more than an interval goes into the
 * present one.
 */
struct sb_rows {
	FILE *to;
	int64_t interval_ns, start_ns, end_ns;
	struct sb_live_flow **flows;
	size_t count, room;
};

void sb_rows_begin(struct sb_rows *r, FILE *to, int64_t interval_ns);
/** sb_rows_time() - before a packet of @t_ns is followed: writes the interval when it is over */
void sb_rows_time(struct sb_rows *r, int64_t t_ns);
/** sb_rows_touch() - @f has a part in it */
void sb_rows_touch(struct sb_rows *r, struct sb_live_flow *f);
void sb_rows_end(struct sb_rows *r);

#endif
