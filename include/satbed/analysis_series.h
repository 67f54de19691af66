/* SPDX-License-Identifier: MIT */
/*
 * analysis_series.h - what happened when: a run in equal bins of time, for charts
 *
 * Collected while the captures are read, so that a page of a long run costs no second reading; a
 * series has at most SB_SERIES_BINS bins however long the run is.
 */
#ifndef SATBED_ANALYSIS_SERIES_H
#define SATBED_ANALYSIS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More points than a wide screen has columns only make a page slow. */
#define SB_SERIES_BINS 2000
/* Retransmissions of a connection that are remembered one by one. */
#define SB_SERIES_MARKS 2000

/** struct sb_grid - @count bins of @bin_ns from @start_ns (CLOCK_REALTIME) on */
struct sb_grid {
	int64_t start_ns, bin_ns;
	size_t count;
};

/** struct sb_spread - the values that fell into one bin; @count 0: none did */
struct sb_spread {
	uint32_t count;
	float min, max;
	double sum;
};

enum sb_series_loss { SB_SERIES_LINK, SB_SERIES_QUEUE, SB_SERIES_OUTAGE, SB_SERIES_LOSSES };

/**
 * struct sb_dir_series - one direction of one link, an element of each array per bin
 * @delay_ms:	one-way delay less the wait for the serialiser, by when the packet was sent
 * @wait_ms:	that wait: what packets spent in the queue, by when they were sent
 * @sent_bytes:	whole frames before the link, by when they were sent
 * @arrived_bytes: whole frames after it, by when they arrived
 * @lost:	packets, by when they were sent; those that met a full queue in the model count as
 *		lost to the queue
 */
struct sb_dir_series {
	struct sb_grid grid;
	struct sb_spread *delay_ms, *wait_ms;
	uint64_t *sent_bytes, *arrived_bytes;
	uint32_t *lost[SB_SERIES_LOSSES];
};

#define SB_SERIES_CAUSES 5 /* of retransmits: as many as enum sb_retransmit_cause has */

/** struct sb_mark - a retransmission: when, and the first byte it repeats */
struct sb_mark {
	int64_t t_ns;
	uint64_t byte;
};

/**
 * struct sb_sequence - one TCP connection at its sender's capture, bytes counted from its start
 * @sent, @acked: the highest so far at the end of each bin, 0 = nothing in that bin
 * @marks:	every @stride-th retransmission; of @mark_total
 */
struct sb_sequence {
	uint64_t *sent, *acked;
	uint64_t base, highest;
	struct sb_mark *marks;
	size_t mark_count, mark_total, stride;
};

/**
 * struct sb_flow_series - one flow beyond what sb_flow_result has in bins
 * @rtt_ms:	from the captures, by when the acknowledgement came
 * @again:	retransmitted segments by enum sb_retransmit_cause and bin
 * @sequence:	of the connection that carried most; NULL = none did
 */
struct sb_flow_series {
	struct sb_spread *rtt_ms;
	uint32_t *again[SB_SERIES_CAUSES];
	struct sb_sequence *sequence;
};

struct sb_series {
	struct sb_grid grid;
	size_t link_count, flow_count;
	struct sb_dir_series (*links)[2];
	struct sb_flow_series *flows;
};

/** sb_grid_make() - bins of @sample_ns, or of so many of them together that SB_SERIES_BINS do */
struct sb_grid sb_grid_make(int64_t start_ns, int64_t end_ns, int64_t sample_ns);
/** sb_grid_bin() - the bin of an instant, or -1 outside of all */
int64_t sb_grid_bin(const struct sb_grid *g, int64_t t_ns);
void sb_spread_add(struct sb_spread *s, double value);

/** sb_series_new() - empty, with everything allocated but sequences */
struct sb_series *sb_series_new(const struct sb_grid *grid, size_t links, size_t flows);
void sb_series_free(struct sb_series *s);

/** sb_series_lost() - a packet that did not arrive */
void sb_series_lost(struct sb_dir_series *d, int64_t sent_ns, uint32_t bytes,
		    enum sb_series_loss cause);
/** sb_series_carried() - a packet that did, after waiting for the serialiser and the delay */
void sb_series_carried(struct sb_dir_series *d, int64_t sent_ns, int64_t arrived_ns, uint32_t bytes,
		       int64_t wait_ns, int64_t delay_ns);

/** sb_sequence_new() - of a connection whose numbers start at @base */
struct sb_sequence *sb_sequence_new(const struct sb_grid *g, uint64_t base);
void sb_sequence_free(struct sb_sequence *q);
void sb_sequence_sent(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t next);
void sb_sequence_acked(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t ack);
void sb_sequence_again(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t from);

#endif
