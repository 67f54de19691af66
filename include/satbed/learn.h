/* SPDX-License-Identifier: MIT */
/*
 * learn.h - what a link was like, from the packets that crossed it
 *
 * Pure but for sb_learn_read().  Everything is said with its evidence; what packets cannot tell is
 * said to be unknown rather than guessed.
 */
#ifndef SATBED_LEARN_H
#define SATBED_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

#define SB_LEARN_LOST	     INT64_MIN
#define SB_LEARN_WINDOW_NS   INT64_C(100000000) /* delay and rate are learned per window */
#define SB_LEARN_HOW_MAX     192
#define SB_LEARN_PACKETS_MAX (1u << 26)

/** struct sb_learn_packet - @arrived_ns SB_LEARN_LOST = never; @len of the whole frame */
struct sb_learn_packet {
	int64_t sent_ns, arrived_ns;
	uint32_t len;
};

/** struct sb_learn_load - what else the link carried: sent again, with a fate that is not known */
struct sb_learn_load {
	int64_t sent_ns;
	uint32_t len;
};

/**
 * struct sb_learn_trace - packets of one direction in order of @sent_ns
 * @by_acks:	arrivals are acknowledgements, which come unevenly
 * @load:	in order of time as well
 */
struct sb_learn_trace {
	struct sb_learn_packet *packets;
	size_t count, room;
	struct sb_learn_load *load;
	size_t load_count, load_room;
	bool by_acks;
};

/**
 * struct sb_learn_step - from @at_ns (since the first packet) on
 * @value:	ns of delay, or bit/s
 */
struct sb_learn_step {
	int64_t at_ns;
	double value;
};

/** struct sb_learn_outage - @from_ns, @to_ns: first and last lost packet; @packets lost */
struct sb_learn_outage {
	int64_t from_ns, to_ns;
	uint64_t packets;
};

enum sb_learn_loss { SB_LEARN_NO_LOSS, SB_LEARN_RANDOM, SB_LEARN_GEMODEL, SB_LEARN_BURSTS };

/**
 * struct sb_learn_fit - the loss process, of the packets outside outages and full queues
 * @packets, @lost: judged; @runs: of packets lost in a row
 * @mean:	share lost
 * @bad, @good:	per packet, GOOD to BAD and back (maximum likelihood of a Markov chain)
 * @burst_ns, @gap_ns: SB_LEARN_BURSTS: mean times in BAD and in GOOD
 * @aic:	by enum sb_learn_loss from SB_LEARN_RANDOM on, less the best one's; INFINITY = not
 *		tried
 * @fit_p:	chance of run lengths at least as far from those of the chosen model (chi-square);
 *		NAN = too few runs to say
 */
struct sb_learn_fit {
	enum sb_learn_loss kind;
	uint64_t packets, lost, runs;
	double mean, bad, good, burst_ns, gap_ns;
	double aic[4];
	double fit_p;
};

/** struct sb_learned_dir - one direction; the lists are sb_learned_fini()'s to free */
struct sb_learned_dir {
	uint64_t packets, lost, lost_outage, lost_queue;
	int64_t first_ns, span_ns;
	size_t delay_count, rate_count, outage_count;
	struct sb_learn_step *delays, *rates; /* rates: none = the link was never full */
	size_t usual_delay, usual_rate;	      /* those that held longest: the others are events */
	struct sb_learn_outage *outages;
	double delay_error_ns; /* half of the width of a 95 % interval of the usual delay */
	double jitter_ns;      /* standard deviation of the windows about the steps */
	bool delay_is_least;   /* no packet is known to have found the link idle: the least seen */
	uint64_t delay_windows, windows; /* those with a packet that found the link idle, and all */
	uint64_t rate_windows, rate_packets;
	double fastest_bps; /* over any window: the rate is no less */
	double rate_low_bps, rate_middle_bps,
	    rate_high_bps;  /* 5th, 50th, 95th percentile of them */
	double queue_bytes; /* most that waited; 0 = nothing did */
	bool queue_full;    /* and what came then was lost */
	struct sb_learn_fit loss;
};

/**
 * struct sb_learned - a link
 * @one_end:	learned at the sender alone: delays are half of round trips, and the direction of
 *		the acknowledgements is not known but for that
 * @data:	SB_UP or SB_DOWN: of one end, the direction of the data
 * @how:	of one end, it is known that it is the sender's, or where @between both ends it is
 * @tick_ns:	all times are multiples of it from the first one on: the captures' clock, or a
 *		multiple of its tick
 * @grid_ns, @grid_phase_ns: outages and delay steps come at these instants (since the first
 *		packet); 0 = no grid is seen; @grid_p: chance of that by accident (Rayleigh test)
 */
struct sb_learned {
	bool one_end, between, known[2];
	enum sb_dir data;
	struct sb_learned_dir dir[2];
	char how[SB_LEARN_HOW_MAX];
	int64_t start_ns, span_ns, tick_ns;
	int64_t grid_ns, grid_phase_ns;
	double grid_p;
	size_t grid_events;
};

/** sb_learn_dir() - one direction from its packets; @start_ns: what times are counted from */
void sb_learn_dir(const struct sb_learn_trace *t, int64_t start_ns, struct sb_learned_dir *out);
/** sb_learn_grid() - from the directions that are known */
void sb_learn_grid(struct sb_learned *l);
void sb_learned_fini(struct sb_learned *l);

/**
 * sb_learn_read() - from captures of one transfer
 * @server_end:	the other end's, on the same clock; NULL = there is only one, of the sender
 *
 * Return: 0, or -1 with @err (SB_EINPUT): not readable, or nothing in them that tells
 */
int sb_learn_read(const char *client_end, const char *server_end, struct sb_learned *out,
		  struct sb_err *err);

/** sb_learned_write() - as a scenario, each value with its evidence in a comment */
void sb_learned_write(FILE *to, const struct sb_learned *l, const char *name, const char *from);

#endif
