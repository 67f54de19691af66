/* SPDX-License-Identifier: MIT */
/* analysis_samples.h - samples.csv read back: what the sending sockets said of themselves, in bins
 */
#ifndef SATBED_ANALYSIS_SAMPLES_H
#define SATBED_ANALYSIS_SAMPLES_H

#include "satbed/analysis_series.h"
#include "satbed/base/err.h"

struct sb_plan;

/**
 * struct sb_flow_samples - TCP_INFO of the sending end of one flow, per bin of the grid
 * @cwnd, @unacked: in segments, of one stream (all streams of a flow fall into one bin)
 */
struct sb_flow_samples {
	struct sb_spread *cwnd, *unacked;
};

/**
 * sb_samples_read() - from samples.csv of a run directory, which is not trusted
 * @out:	sb_plan.flow_count of them, the caller's to sb_samples_free(); unset on failure
 *
 * Columns are found by their names.  Rows of flows that the plan does not have, and rows that are
 * no numbers, are left out.
 *
 * Return: 0, or -1 with @err (SB_EINPUT) when there is no such file or it has no such columns
 */
int sb_samples_read(const char *path, const struct sb_plan *plan, const struct sb_grid *grid,
		    struct sb_flow_samples **out, struct sb_err *err);
void sb_samples_free(struct sb_flow_samples *s, size_t flows);

#endif
