/* SPDX-License-Identifier: MIT */
/* session.h - a session while it is read; private to src/replay */
#ifndef SATBED_REPLAY_SESSION_PRIV_H
#define SATBED_REPLAY_SESSION_PRIV_H

#include "satbed/pcap_decode.h"
#include "satbed/replay_session.h"
#include "satbed/flow_analysis_seqset.h"

#define NO_TURN SIZE_MAX
#define NEVER	INT64_MIN

/**
 * struct made_turn - a turn, and whose; turn.dir 0 is of the end that opened the flow
 * @alone_ns:	its wait where turns depend on their own end's only; 0 = not apart from the one
 * before
 */
struct made_turn {
	struct sb_session_turn turn;
	int64_t alone_ns;
	uint32_t flow;
};

/**
 * struct sender - one direction of a connection; sequence numbers widened
 * @base:	of its first byte; @acked: by the other end, at @acked_ns
 * @flight:	bytes that were under way before that acknowledgement
 * @last_ns:	its last segment with payload, sent again or not
 * @rtt_ns:	from the capture point to this end, -1 = not known
 * @probe_end, @probe_ns: a segment whose acknowledgement is waited for, 0 = none
 * @mss:	what the other end's SYN allows, @largest: seen without one
 * @short_end:	end of the last segment that was not full
 * @newest_ack:	what its newest segment acknowledged
 * @short_last:	its newest segment was not full
 * @no_delay:	it has sent a short segment while another one was under way (RFC 896 would not)
 * @lossy:	it has sent something again
 * @open:	its turn that may go on
 */
struct sender {
	struct sb_seqset set;
	uint64_t base, acked, probe_end, short_end, newest_ack, flight;
	int64_t acked_ns, last_ns, rtt_ns, probe_ns;
	uint32_t mss, largest;
	bool short_last, no_delay, lossy, fin;
	size_t open;
	uint64_t bytes, again;
};

/**
 * struct track - one flow being read; end 0 opened it, or was seen first
 * @syn_ns, @syn_ack_ns, @ack_ns: of the handshake, NEVER = not seen
 * @ack_had_data: of the third packet
 * @last_side:	whose new bytes came last, -1 = none yet
 * @alternations, @crossings: how often the other end began to send, and did so before it had
 *		heard of what was sent to it
 */
struct track {
	uint8_t ip_version, proto;
	uint8_t addr[2][16];
	uint16_t port[2];
	bool saw_start;
	int64_t start_ns, syn_ns, syn_ack_ns, ack_ns;
	bool ack_had_data;
	int last_side;
	uint64_t packets, alternations, path_matches, unseen;
	int64_t end_ns;
	struct sender end[2];
};

/** struct session_reader - @turns: of all flows, in the order in which they began */
struct session_reader {
	struct track *tracks;
	size_t track_count, track_room;
	struct made_turn *turns;
	size_t turn_count, turn_room;
	uint32_t *table; /* of tracks, open-addressing; number + 1 */
	uint64_t records, not_ip, unread, many, backwards;
	int64_t first_ns, now_ns;
};

/* session_turn.c */
/** session_turn() - begin one; false: there are too many */
bool session_turn(struct session_reader *rd, size_t flow, const struct made_turn *turn);
/* session_tcp.c */
/** session_tcp_begin() - a new connection */
void session_tcp_begin(struct track *t);
/** session_tcp() - one segment of @side at rd->now_ns; false: too many turns */
bool session_tcp(struct session_reader *rd, size_t flow, int side, const struct sb_packet *p);

/* session_finish.c */
/** session_finish() - who is the client; turns put together by flow */
int session_finish(const struct session_reader *rd, const char *client, struct sb_session *s,
		   struct sb_err *err);

#endif
