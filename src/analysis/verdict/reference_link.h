/* SPDX-License-Identifier: MIT */
/* reference_link.h - an ideal link fed with the packets that were really sent */
#ifndef SATBED_ANALYSIS_PREDICTED_H
#define SATBED_ANALYSIS_PREDICTED_H

#include <stdint.h>

#include "analysis/match/shared_load.h"
#include "analysis/match/loss.h"
#include "analysis/match/match.h"
#include "analysis/quantile.h"
#include "satbed/analysis_series.h"
#include "analysis/timeline.h"

/**
 * struct sb_window - which packets are judged, by when they were sent
 * @known_until_ns: the latest time anything was captured at: what was sent shortly before it and
 * did not arrive may still have been under way
 * @open_end:	nobody closed the captures: what was sent after the last that arrived may be lacking in
 * the other one, or have been held up by whatever ended the run
 * @series:	is told of every packet that is judged; NULL = nobody is
 * @carried:	of a shared direction: what it carried, those of @link among them; NULL = it is not
 * shared
 */
struct sb_window {
	int64_t from_ns, to_ns;
	int64_t train_from_ns, train_to_ns;
	int64_t known_until_ns;
	bool open_end;
	struct sb_dir_series *series;
	const struct sb_shared_load *carried;
	size_t link;
};

/** struct sb_full - packets that followed each other through a full serialiser: as asked, as
 * measured */
struct sb_full {
	double bits, asked_ns, measured_ns;
	uint64_t packets;
};

/** struct sb_stretch - one of them; @from_ns: when its first packet left the serialiser */
struct sb_stretch {
	int64_t from_ns;
	double bits, asked_ns, measured_ns;
};

/**
 * struct sb_measure - one direction in the window, before it is judged
 * @lost_outage: sent while an outage was, or at its edge may have been, on
 * @lost:	the other lost ones; @lost_at_full: those of them that met a full queue in the model
 * @clear, @clear_lost: packets sent away from outages, and the lost ones among them
 * @leaked:	arrived although sent well inside an outage
 * @configured_loss:	over the clear ones; @asked_events: runs of lost packets it makes
 * @runs, @run_packets: runs of clear packets lost in a row, those at a full queue left out
 * @carried_bytes, @beam_bytes: without the train: through the serialiser, and of all who share it
 * @strangers:	seen after the link, never sent (or altered beyond recognition)
 */
struct sb_measure {
	uint64_t sent, arrived, lost_outage, lost, lost_at_full, leaked, undecided;
	uint64_t clear, clear_lost, duplicated, reordered, unmatched;
	uint64_t runs, run_packets;
	double carried_bytes, beam_bytes;
	struct sb_loss_sum configured_loss;
	struct sb_times asked, delay, error, error_size, owd;
	struct sb_full flows, train;
	struct sb_stretch *stretches; /* of the flows */
	size_t stretch_count, stretch_room;
	struct sb_spill stretch_spill;
};

/**
 * sb_predict() - play @passage through the ideal link of @t and compare; tells each packet its fate
 *
 * The model, which shares no code with any link backend: each packet that arrived enters a
 * serialiser when it was captured before the link; packets lost on the link use no capacity, copies
 * do.  It leaves the serialiser after those before it, at the rate asked for when its turn came, is
 * delayed by what was asked for when it left the serialiser, and never overtakes.  Of a shared
 * direction the others' packets are served, too, in the order of all.
 */
void sb_predict(struct sb_packet_match *packet_match, const struct sb_timeline *t,
		const struct sb_window *w, struct sb_measure *out);
void sb_measure_fini(struct sb_measure *m);

#endif
