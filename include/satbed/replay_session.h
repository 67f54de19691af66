/* SPDX-License-Identifier: MIT */
/*
 * replay_session.h - what the applications of a capture did, to be done once more over another link
 *
 * A session is who sent how many bytes, when or after what: not packets, which are the network's.
 * The model is that of Weigle et al., "Tmix: a tool for generating realistic TCP application
 * workloads in ns-2", ACM CCR 36(3), 2006: a connection is a sequence of turns, one end's bytes,
 * the other end's bytes, with the time that an end took to think between them.  Pure but for the
 * reading of the file, which is not trusted.
 *
 * What is the network's must not be replayed as thinking, or a replay would count the link of the
 * capture a second time.  A pause within one end's bytes is the application's only where the sender
 * had nothing to send (its last segment was a short one, or all was acknowledged for long) and no
 * acknowledgement set the next bytes free.  A turn after the other end's bytes is timed from when
 * those passed the capture point, less the round trip from there to the end that answers (from
 * the handshake, or the shortest from data to its acknowledgement), and not more than that end's
 * own acknowledgement of those bytes allows: what waited in a queue on the way did not think.
 */
#ifndef SATBED_REPLAY_SESSION_H
#define SATBED_REPLAY_SESSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"
#include "satbed/base/err.h"
#include "satbed/plan.h"

struct sb_pcap;

/* A node has a socket open for each flow, and says of each turn when it was: some MiB. */
#define SB_SESSION_FLOWS_MAX 4096u
#define SB_SESSION_TURNS_MAX 400000u /* datagrams included */

/**
 * struct sb_session_turn - bytes that one end writes at a time; UDP: one datagram
 * @wait_ns:	TCP: from when this end's turn before has left and @needs bytes of the other end
 *		have come (the first: from when the connection stands); UDP: since the flow's start
 * @needs:	of the other end's bytes, counted from the connection's start
 * @first_ns, @last_ns: in the capture, when the first and the last byte passed, since the session's
 *		start
 * @dir:	enum sb_dir
 */
struct sb_session_turn {
	int64_t wait_ns;
	uint64_t bytes, needs;
	int64_t first_ns, last_ns;
	uint8_t dir;
};

/**
 * struct sb_session_flow - one connection, or the datagrams between two pairs of address and port
 * @addr, @port: [0] the client's
 * @opened_by_server: the other end opened it; in a replay the client always connects
 * @saw_start:	TCP: its SYN was captured; else it begins where the capture does
 * @concurrent:	TCP: both ends sent without waiting for each other: turns depend on their own
 *		end's only
 * @start_ns:	since the session's start; @end_ns: when its last byte passed
 * @rtt_ns:	TCP, by end, [0] the client: round trip from the capture point to it; -1 = not known
 * @bytes, @again: by enum sb_dir: payload once, and segments that carried some of it again
 * @unseen:	of @bytes: acknowledged, but not in the capture
 * @first, @count: its turns
 */
struct sb_session_flow {
	uint8_t ip_version, proto;
	bool opened_by_server, saw_start, concurrent;
	uint8_t addr[2][16];
	uint16_t port[2];
	int64_t start_ns, end_ns, rtt_ns[2];
	uint64_t bytes[2], again[2], unseen;
	size_t first, count;
};

/**
 * struct sb_session - what was read
 * @pivot, @is_server: by IP version, as in struct sb_replay
 * @records:	in the file; of them @not_ip, and @unread: headers not captured, parts of packets,
 *		or other protocols
 * @others:	flows that are not the client's, or to many hosts at once; @empty: connections
 *		without a byte of payload.  Both are left out
 * @backwards:	packets stamped before the one in front of them; taken as simultaneous
 * @damage:	why reading stopped before the end, "" = it did not
 */
struct sb_session {
	struct sb_session_flow *flows; /* by start_ns */
	size_t flow_count;
	struct sb_session_turn *turns;
	size_t turn_count;
	int64_t duration_ns;
	char pivot[2][INET6_ADDRSTRLEN];
	bool is_server[2];
	uint64_t records, not_ip, unread, others, empty, backwards;
	char damage[128];
};

/**
 * sb_session_read() - the session of a capture
 * @client:	address of the host that is the client; NULL = found out as for packets
 * @out:	the caller's to sb_session_free(); unset on failure
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no capture, nothing in it to replay, or too much
 */
int sb_session_read(const char *path, const char *client, struct sb_session **out,
		    struct sb_err *err);
/** sb_session_read_pcap() - the same of an open capture; @name: for messages */
int sb_session_read_pcap(struct sb_pcap *pcap, const char *name, const char *client,
			 struct sb_session **out, struct sb_err *err);
void sb_session_free(struct sb_session *s);

/** sb_session_end() - "198.18.1.2:40000" or "[fd5a::2]:443"; @end 0 is the client's */
#define SB_SESSION_END_MAX 64
void sb_session_end(const struct sb_session_flow *f, int end, char text[SB_SESSION_END_MAX]);

/** sb_session_dir() - which way most of a flow's payload goes: of the plan's two flows that carry a
 * session, the one that carries this */
enum sb_dir sb_session_dir(const struct sb_session_flow *f);
/**
 * sb_session_add_flows() - into a plan without flows: one for each way that is needed, all of its
 * time
 * @cc:		congestion control, "" = the kernel's default
 */
void sb_session_add_flows(const struct sb_session *s, const char *cc, struct sb_plan *plan);
/**
 * sb_session_file() - the file for the nodes (agent_proto.h) with the flows of one direction
 * @len:	of the result, which is the caller's to free
 */
uint8_t *sb_session_file(const struct sb_session *s, enum sb_dir dir, size_t *len);

/**
 * sb_session_keep_relayed() - leave out what cannot be told apart behind a relay: datagrams, and
 * connections on which the client does not begin with four bytes or more
 *
 * Return: how many flows were left out
 */
size_t sb_session_keep_relayed(struct sb_session *s);

/**
 * struct sb_session_played_end - what one node said of its end of a flow
 * @heard:	it said something
 * @received, @given: payload bytes taken from the connection, and handed to it
 * @sent, @arrived: datagrams
 * @error:	why it is incomplete, NULL = it is not; borrowed while it is noted, then kept as a
 * copy
 */
struct sb_session_played_end {
	bool heard;
	uint64_t received, given, sent, arrived;
	int64_t retransmits;
	char *error;
};

/**
 * struct sb_session_played - a session as it went in a run, put together from what nodes say
 * @ends:	by end (0 the client), then by flow
 * @at_ns:	by end, then by turn: since the run's start, when the end began its own turn, or had
 *		all of the other end's; -1 = never
 * @flow_map, @turn_map: by direction (sb_session_dir()): numbers in that file to those here
 */
struct sb_session_played {
	const struct sb_session *session;
	struct sb_session_played_end *ends[2];
	int64_t *at_ns[2];
	size_t *flow_map[2], *turn_map[2], flow_count[2], turn_count[2];
};

/** sb_session_played_new() - nothing known yet; @s is borrowed */
struct sb_session_played *sb_session_played_new(const struct sb_session *s);
void sb_session_played_free(struct sb_session_played *p);
/** sb_session_played_flow() - flow @index of the file of @dir; one that is not there is ignored */
void sb_session_played_flow(struct sb_session_played *p, enum sb_dir dir, int end, int64_t index,
			    const struct sb_session_played_end *said);
/** sb_session_played_times() - of @count turns of that file from @first on */
void sb_session_played_times(struct sb_session_played *p, enum sb_dir dir, int end, int64_t first,
			     const int64_t *at_ns, size_t count);

/**
 * struct sb_session_result - one flow, captured and replayed
 * @complete:	TCP: every byte arrived; UDP: every datagram was sent
 * @arrived:	payload bytes, by direction; @datagrams: of the capture; @sent, @came: of the replay
 * @retransmits: of the sending socket, by direction, -1 = not known
 * @captured_s, @replayed_s: from its start to its last byte; NAN = nothing came
 * @captured_ms, @replayed_ms: response times at the client: from the begin of a turn of its own to
 *		the end of the other end's that follows it.  In the capture with the round trip from
 *		the capture point to the client added
 * @delay_ms:	UDP, by direction: from sending to taking
 */
struct sb_session_result {
	bool complete;
	const char *error;
	uint64_t arrived[2], datagrams[2], sent[2], came[2];
	int64_t retransmits[2];
	double captured_s, replayed_s;
	struct sb_quantiles captured_ms, replayed_ms, delay_ms[2];
};

/** sb_session_judge() - @out: one for each flow of the session */
void sb_session_judge(const struct sb_session_played *p, struct sb_session_result *out);

#endif
