/* SPDX-License-Identifier: MIT */
/* report_qlog.h - a run's TCP flows and links as qlog (draft-ietf-quic-qlog-main-schema), for its tools */
#ifndef SATBED_REPORT_QLOG_H
#define SATBED_REPORT_QLOG_H

#include "satbed/base/err.h"

/**
 * sb_report_qlog() - from plan.json, samples.csv and events.jsonl of a run directory, not trusted
 * @file:	where it goes, as JSON text sequences (RFC 7464): a header, then one record for each
 *		event, by time
 *
 * Events: recovery:metrics_updated, of the sending socket of each TCP flow that satbed carries itself
 * (one group of events per stream), and satbed:link_state, the steps of the timeline up to the run's end
 * (one group per client and direction).  Windows are in bytes there: segments times what an MTU leaves.
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the file that is missing or invalid
 */
int sb_report_qlog(const char *directory, const char *file, struct sb_err *err);

#endif
