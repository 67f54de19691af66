/* SPDX-License-Identifier: MIT */
/* event_checks.h - every event of the timeline, asked against measured */
#ifndef SATBED_ANALYSIS_EVENT_OCCURRENCES_H
#define SATBED_ANALYSIS_EVENT_OCCURRENCES_H

#include "reference_link.h"
#include "satbed/analysis.h"
#include "verdict.h"

/** struct sb_event_checks - a growing list, for all links; the list is the result's in the end */
struct sb_event_checks {
	struct sb_event_occurrence *list;
	size_t count, room;
};

/**
 * sb_event_checks_judge() - the events of one direction, after sb_predict() and sb_fate_settle()
 *
 * Edges of outages.  Late or early is an edge when a packet got through on the wrong side of it, or
 * when more packets in a row were lost on the wrong side than the loss process would lose with a
 * probability of 1e-6; how far is where the last one of them was sent.  Tolerated are 2 ms where
 * steps are played by each packet's arrival, 5 ms where a kernel is told of them.
 *
 * Delay steps.  The median of what the packets sent until the next event, 2 s at most, were late
 * against the ideal link, five of them at least; the limit is that for all packets.
 *
 * Rate steps.  Full stretches of together 100 ms or more until the next change of rate: 2 %.
 *
 * Of these only the edges have an element of chance: false alarms below 2e-6 an outage.
 */
void sb_event_checks_judge(const struct sb_analysis_input *in, size_t link, enum sb_dir dir,
			   const struct sb_packet_match *packet_match, const struct sb_measure *m,
			   struct sb_event_checks *out, struct sb_reason_set *reasons);

#endif
