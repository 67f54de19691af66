/* SPDX-License-Identifier: MIT */
/*
 * which_end.h - was a capture made where the data was sent, or where it was received?
 *
 * Of the two round trips that a capture point divides a connection's way into, the one through the
 * data's receiver and back is the link's where the capture is the sender's, and nearly nothing where
 * it is the receiver's; and the other way round for the one through the sender.  The handshake shows
 * both, and so do echoed timestamps; without either, more data under way than a receiver leaves
 * unacknowledged shows the sender.
 */
#ifndef SATBED_LEARN_WHICH_END_H
#define SATBED_LEARN_WHICH_END_H

#include "satbed/learn.h"
#include "satbed/pcap_decode.h"

/** enum sb_capture_end - SB_END_BETWEEN: not at the receiver, as the handshake shows */
enum sb_capture_end { SB_END_UNKNOWN, SB_END_SENDER, SB_END_BETWEEN, SB_END_RECEIVER };

#define SB_ECHO_SLOTS	4096u
#define SB_ECHO_SAMPLES 65536u

/**
 * struct sb_echo - timestamps of one direction and how long their echo took, the first time each
 * @samples:	NULL = none yet
 */
struct sb_echo {
	struct {
		int64_t t_ns;
		uint32_t value;
		bool waiting;
	} seen[SB_ECHO_SLOTS];
	double *samples;
	size_t count;
};

/**
 * struct sb_which_end - zeroed before the first packet
 * @echo:	[0] of data, [1] of acknowledgements; the caller's to free through
 *		sb_which_end_fini()
 * @acks:	that acknowledged data; @ahead: of them, those with more on its way than a receiver
 *		waits for
 */
struct sb_which_end {
	struct sb_echo *echo[2];
	uint64_t acks, ahead;
};

/** sb_which_end_packet() - one more packet; @is_data: of the data's sender */
void sb_which_end_packet(struct sb_which_end *e, bool is_data, const struct sb_packet *p);
/** sb_which_end_acked() - data was acknowledged while @left bytes beyond it had been seen; @segment:
 * bytes of the largest segment */
void sb_which_end_acked(struct sb_which_end *e, uint64_t left, uint32_t segment);

/**
 * sb_which_end() - the answer
 * @handshake:	round trips through the data's receiver [0] and sender [1] as the handshake shows
 *		them; SB_LEARN_LOST = not seen
 * @t:		the data
 * @how:	what shows it, for people
 */
enum sb_capture_end sb_which_end(struct sb_which_end *e, const int64_t handshake[2],
				 const struct sb_learn_trace *t, char how[SB_LEARN_HOW_MAX]);
void sb_which_end_fini(struct sb_which_end *e);

#endif
