/* SPDX-License-Identifier: MIT */
/* track.h - the base state of one direction as it moves: traces */
#ifndef SATBED_PLAN_TRACK_H
#define SATBED_PLAN_TRACK_H

#include "satbed/plan.h"
#include "satbed/scenario_values.h"

/** sb_track_of() - what of @key (SB_KEY_TRACE, SB_KEY_DELAY_TRACE) holds for a direction, or NULL */
const struct sb_trace *sb_track_of(const struct sb_scenario *sc, unsigned int client,
				   enum sb_dir dir, enum sb_key key);

/** sb_track_apply() - what a row says, over what @s holds */
void sb_track_apply(const struct sb_trace_row *row, struct sb_link_state *s);

/**
 * sb_track_next() - the rows of a trace in the order of time, over and over when it repeats
 * @n:		which one, from 0
 * @at_ns:	when it holds from
 *
 * Return: the row, or NULL when there is none before @end_ns
 */
const struct sb_trace_row *sb_track_next(const struct sb_trace *t, size_t n, int64_t end_ns,
					 int64_t *at_ns);

/** sb_track_mean_rate() - over @end_ns, weighted with time; @base_bps before its first row, and as
 * a whole when it has no rates */
uint64_t sb_track_mean_rate(const struct sb_trace *t, int64_t end_ns, uint64_t base_bps);

/** sb_track_deviation() - standard deviation of the jitter a trace has, over @end_ns; 0 = it has none */
int64_t sb_track_deviation(const struct sb_trace *t, int64_t end_ns);

/** sb_jitter_deviation() - standard deviation; of a table that of its values */
int64_t sb_jitter_deviation(const struct sb_jitter *j);

#endif
