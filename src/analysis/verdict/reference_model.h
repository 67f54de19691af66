/* SPDX-License-Identifier: MIT */
/* reference_model.h - the ideal link while it is fed; private to reference_link.c and reference_stretch.c */
#ifndef SATBED_ANALYSIS_REFERENCE_MODEL_H
#define SATBED_ANALYSIS_REFERENCE_MODEL_H

#include "median_slope.h"
#include "reference_link.h"

/**
 * struct sb_followed_stretch - a run of packets through a full serialiser: arrivals over what was asked
 * @asked_ns, @arrived_ns: of the last packet, since the first one
 * @from_ns:	when the first one left the serialiser
 * @x, @y, @xx, @xy: sums for the line through all of them
 *
 * A fitted line, because one late packet at an end would otherwise bend the rate.  A train is short:
 * a thread that was kept waiting for 3 ms as it began bends its fitted line by 2 %, so for a train it
 * is the median slope that counts.
 */
struct sb_followed_stretch {
	double bits, asked_ns, arrived_ns;
	double x, y, xx, xy;
	int64_t from_ns;
	uint64_t packets;
	bool in_train;
};

/**
 * struct sb_served - the serialiser's work: with @idles and @rate_bps the same, it was busy in between
 * @bytes:	all it has served, the one in question to the end of its first copy
 * @idles:	packets that found it with nothing to do; @changes: of its rate
 */
struct sb_served {
	double bytes;
	uint64_t idles, changes, rate_bps;
};

/**
 * struct sb_reference_model - the ideal link and what is remembered of the packet before
 * @free_ns:	when the serialiser is done with all so far; double because bits rarely take whole
 * ns
 * @line:	what the serialiser has done, in the state that the last one left it in
 * @next_other:	of those that share it: the first packet that is not served
 * @departed_ns: when the last one leaves the link
 * @stretch:	the run of packets through a full serialiser that is being followed
 */
struct sb_reference_model {
	const struct sb_packet_match *packet_match;
	const struct sb_timeline *timeline;
	const struct sb_window *window;
	struct sb_measure *out;
	double free_ns;
	struct sb_served line, before_line;
	size_t next_other;
	int64_t base_ns, departed_ns;
	size_t turn_segment, done_segment;
	const struct sb_sent *before;
	int64_t before_delay_ns;
	struct sb_followed_stretch stretch;
	struct sb_xy *train; /* the points of a stretch in the train */
	size_t train_count, train_room;
	/* loss */
	const struct sb_link_state *loss_state;
	uint64_t loss_packets, run;
};

static inline bool sb_in_train(const struct sb_window *w, int64_t t_ns)
{
	return w->train_to_ns > 0 && t_ns >= w->train_from_ns && t_ns <= w->train_to_ns;
}

/* Bytes that the link's rate is spent on. */
static inline double sb_on_link(const struct sb_reference_model *m, uint32_t wire_len)
{
	return (double)wire_len + m->timeline->asked->overhead_bytes;
}

/** sb_stretch_close() - what was followed ends here, and counts when it was long enough */
void sb_stretch_close(struct sb_reference_model *m);
/*
 * @s followed the one before through the serialiser without a gap, whoever else was served in
 * between: it measures the rate.  @held: by those before it, because it must not overtake them when
 * the delay falls; such packets leave the link together and say nothing of the rate.
 */
void sb_stretch_follow(struct sb_reference_model *m, const struct sb_sent *s, int64_t delay_ns,
		       bool held);

#endif
