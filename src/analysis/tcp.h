/* SPDX-License-Identifier: MIT */
/* tcp.h - one direction of payload of one TCP connection, seen at its sender and at its receiver */
#ifndef SATBED_ANALYSIS_TCP_H
#define SATBED_ANALYSIS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "quantile.h"
#include "seqset.h"

/** struct sb_flight - one segment on its way: when it was sent first and last, with which
 * timestamps */
struct sb_flight {
	uint64_t from, to;
	int64_t first_ns, last_ns;
	uint32_t first_ts, last_ts;
	bool again;
};

/**
 * struct sb_tcp_sender - at the capture before the link
 * @sent:	sequence space sent, SYN and FIN included
 * @acked:	highest acknowledgement back; @peer_window: as last announced, unscaled
 * @flights:	[@first, @count) not acknowledged yet, by sequence number
 */
struct sb_tcp_sender {
	struct sb_seqset sent;
	uint32_t first_seq;
	uint64_t acked;
	bool window_known;
	uint16_t peer_window;
	int peer_mss;
	struct sb_flight *flights;
	size_t first, count, room;
};

/** struct sb_tcp_receiver - at the capture after the link: payload that arrived */
struct sb_tcp_receiver {
	struct sb_seqset got;
	uint32_t first_seq;
};

/** sb_tcp_sent() - a segment of the payload's sender; returns how many retransmitted ones it is */
uint32_t sb_tcp_sent(struct sb_tcp_sender *s, const struct sb_packet *p, uint32_t mtu);
/** sb_tcp_acked() - a segment of the payload's receiver, at the sender's capture; adds to @rtt */
void sb_tcp_acked(struct sb_tcp_sender *s, const struct sb_packet *p, struct sb_times *rtt);
/** sb_tcp_received() - a segment at the receiver's capture; returns its payload bytes not seen
 * before */
uint64_t sb_tcp_received(struct sb_tcp_receiver *r, const struct sb_packet *p);

void sb_tcp_sender_fini(struct sb_tcp_sender *s);
void sb_tcp_receiver_fini(struct sb_tcp_receiver *r);

#endif
