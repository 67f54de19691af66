/* SPDX-License-Identifier: MIT */
/* flow_analysis_tcp.h - one direction of payload of one TCP connection, seen at its sender and at its
 * receiver */
#ifndef SATBED_FLOW_ANALYSIS_TCP_H
#define SATBED_FLOW_ANALYSIS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/pcap_decode.h"
#include "satbed/flow_analysis_seqset.h"

/* No time, no sample. */
#define SB_TCP_NONE INT64_MIN

/**
 * struct sb_flight - one segment on its way: when it was sent first and last, with which timestamps
 * @from, @to:	the lower halves of widened numbers: no window reaches further than 2^30
 * @last_ns:	SB_TCP_NONE: it was sent once
 */
struct sb_flight {
	uint32_t from, to;
	int64_t first_ns, last_ns;
	uint32_t first_ts, last_ts;
};

/**
 * struct sb_tcp_sender - at the capture before the link
 * @sent:	sequence space sent, SYN and FIN included
 * @acked:	highest acknowledgement back of what was seen; @claimed: and of anything (before
 *		@sent begins, the number as it came)
 * @peer_window: as last announced, unscaled
 * @flights:	[@first, @count) not acknowledged yet, by sequence number; at most @max_flights (0
 *		when it begins: a million) at once, beyond them there are fewer samples of the round-trip time
 * @heard_ns:	when the peer was last heard of, or the first segment sent
 * @generation:	connections before this one on the same ports
 * @unseen_before: what earlier connections of the same ports had acknowledged and not captured
 */
struct sb_tcp_sender {
	struct sb_seqset sent;
	uint64_t acked, claimed;
	int64_t heard_ns;
	/* Another cache line, where they begin with one. */
	struct sb_flight *flights;
	uint32_t first, count, room, max_flights;
	uint32_t first_seq, generation;
	uint64_t unseen_before;
	int32_t peer_mss;
	uint16_t peer_window;
	bool window_known;
};

/** struct sb_tcp_receiver - at the capture after the link: payload that arrived */
struct sb_tcp_receiver {
	struct sb_seqset got;
	uint32_t first_seq;
};

/**
 * struct sb_tcp_sending - what one segment sent: [@from, @from + @len) of the sequence space
 * @again:	retransmitted segments it is
 * @fresh:	bytes of it that had not been seen; @filled: some of them lie below what had
 * @timeout:	sent again because nothing was heard for so long
 */
struct sb_tcp_sending {
	uint64_t from;
	uint32_t len, again, fresh;
	bool filled, timeout;
};

/**
 * sb_tcp_sent() - a segment of the payload's sender; one without sequence space of its own has @len
 * 0, and still tells that everything below its number was sent
 *
 * A segment is a retransmission when some of its sequence space (SYN and FIN included) was sent
 * before; one that fills a hole for the first time was only out of order.  Not counted: keep-alives
 * (one byte below snd_nxt when all is acknowledged) and zero-window probes (one byte while the
 * peer's window is closed), RFC 9293 sections 3.8.4 and 3.8.6.1.  A frame that segmentation offload
 * had yet to cut counts as the segments it will become, of at most @mtu with their headers.  That
 * is what Linux counts in tcpi_total_retrans (net/ipv4/tcp_output.c, __tcp_retransmit_skb(): tail
 * loss probes that repeat data, SYNs and, through the request socket, SYN-ACKs included).
 *
 * A retransmission timeout is told by what it does: the first unacknowledged byte is sent again
 * after at least 200 ms (TCP_RTO_MIN of Linux) in which nothing came from the peer.  One that
 * expires while duplicate acknowledgements still come is not told, so this counts no more than
 * there were; a tail loss probe of the only segment under way (RFC 8985, section 7) is taken for
 * one.
 */
void sb_tcp_sent(struct sb_tcp_sender *s, const struct sb_l4 *p, uint32_t mtu,
		 struct sb_tcp_sending *out);

/**
 * struct sb_tcp_acking - what an acknowledgement tells
 * @rtt_ns:	from the newest segment covered, where nothing under it was sent again, or where
 *		timestamps say which sending it was; SB_TCP_NONE = no sample
 * @ts_rtt_ns:	from the first segment that carried the timestamp it echoes: what the sender's own
 *		clock sees, delayed acknowledgements included
 */
struct sb_tcp_acking {
	int64_t rtt_ns, ts_rtt_ns;
};

/** sb_tcp_acked() - a segment of the payload's receiver, at the sender's capture */
void sb_tcp_acked(struct sb_tcp_sender *s, const struct sb_l4 *p, struct sb_tcp_acking *out);

/** sb_tcp_was_below() - @next follows the only segment seen so far: if that is by one number, it was
 * an empty keep-alive, below what had been sent */
void sb_tcp_was_below(struct sb_tcp_sender *s, uint64_t next);

/** sb_tcp_unseen() - bytes that were acknowledged and never captured: the capture's own loss */
uint64_t sb_tcp_unseen(const struct sb_tcp_sender *s);
/** sb_tcp_sender_bytes() - memory behind it */
static inline size_t sb_tcp_sender_bytes(const struct sb_tcp_sender *s)
{
	return s->room * sizeof(*s->flights) + s->sent.hole_room * sizeof(*s->sent.holes);
}
/** sb_tcp_sender_shrink() - forget what is under way: its acknowledgements tell no time */
void sb_tcp_sender_shrink(struct sb_tcp_sender *s);

/** sb_tcp_received() - a segment at the receiver's capture; returns its payload bytes not seen
 * before */
uint64_t sb_tcp_received(struct sb_tcp_receiver *r, const struct sb_l4 *p);

void sb_tcp_sender_fini(struct sb_tcp_sender *s);
void sb_tcp_receiver_fini(struct sb_tcp_receiver *r);

#endif
