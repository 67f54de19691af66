/* SPDX-License-Identifier: MIT */
/* session.h - a node's end of a session: the flows of an application, carried by live sockets */
#ifndef SATBED_AGENT_SESSION_H
#define SATBED_AGENT_SESSION_H

#include "agent/agent.h"
#include "satbed/agent_proto.h"
#include "agent/harness/tcp.h"

#define SB_SESSION_NOT_DUE SIZE_MAX
#define SB_SESSION_TAG	   4u /* bytes: the flow's number */

/**
 * enum sb_session_phase - where an end is with its next turn
 * @SB_NEEDS:	bytes of the other end are waited for
 * @SB_THINKS:	until its time has come
 * @SB_WRITES:	the kernel has yet to take some of it
 * @SB_LEAVES:	what it has taken has yet to be sent, or (the last one) acknowledged
 * @SB_SILENT:	there is no further one
 */
enum sb_session_phase { SB_NEEDS, SB_THINKS, SB_WRITES, SB_LEAVES, SB_SILENT };

enum sb_session_state { SB_ITEM_WAITS, SB_ITEM_CONNECTS, SB_ITEM_OPEN, SB_ITEM_DONE, SB_ITEM_LOST };

/**
 * struct sb_session_item - one flow
 * @due_ns, @heap_at: when its timer is due, and where it is in the heap; SB_SESSION_NOT_DUE
 * @own:	its next own turn, or that under way; @peer: the other end's that is not complete
 * @own_left:	bytes of @own that the kernel has not taken
 * @peer_end:	bytes received when @peer is complete; @peer_total: when all are
 * @sent, @arrived: datagrams, different ones
 * @parted:	it has everything, and has said so behind a relay
 * @open_ns:	when the connection stood, or the first datagram was due; 0 = never
 */
struct sb_session_item {
	struct sb_watch watch;
	struct sb_session_script *session;
	const struct sb_node_session_flow *spec;
	uint32_t index;
	enum sb_session_state state;
	enum sb_session_phase phase;
	int64_t due_ns, open_ns;
	size_t heap_at;
	uint64_t own, peer, own_left, given, received, own_total, peer_end, peer_total;
	uint64_t sent, arrived;
	bool writing, parted;
	int error;
	struct sb_tcp_reading tcp;
};

/** struct sb_session_guest - a connection through a relay whose number is not known yet */
struct sb_session_guest {
	struct sb_watch watch;
	struct sb_session_script *session;
};

/**
 * struct sb_session_script - all flows of one file
 * @udp:	the server's one socket for datagrams
 * @at_ns:	of each turn, see "session_times"; -1 = never
 * @heap:	items with a timer, the next one first
 * @left:	neither done nor lost
 */
struct sb_session_script {
	struct sb_node_flow *flow;
	struct sb_watch listener, udp;
	struct sb_timer timer;
	const unsigned char *map;
	size_t len;
	const struct sb_node_session_flow *specs;
	const struct sb_node_session_turn *turns;
	uint64_t count, turn_count;
	struct sb_session_item *items;
	struct sb_session_guest *guests;
	int64_t *at_ns;
	struct sb_session_item **heap;
	size_t heap_len, left;
	bool over;
};

/* session_file.c */
/** sb_session_map() - the whole file, checked; sb_session_unmap() */
int sb_session_map(struct sb_session_script *s, const char *path, struct sb_err *err);
void sb_session_unmap(struct sb_session_script *s);

/* session_due.c */
/** sb_session_due() - its timer: at @at_ns, replacing what was; 0 = never */
void sb_session_due(struct sb_session_item *it, int64_t at_ns);
/** sb_session_next_due() - the item whose timer is due first and by @now_ns, taken out; NULL */
struct sb_session_item *sb_session_next_due(struct sb_session_script *s, int64_t now_ns);
/** sb_session_arm() - the loop's timer for what is due next */
void sb_session_arm(struct sb_session_script *s);

/* session_turns.c */
bool sb_session_is_client(const struct sb_session_script *s);
/** sb_session_turn_of() - the first turn from @from on that is of that end; the flow's end when
 * there is none */
uint64_t sb_session_turn_of(const struct sb_session_item *it, uint64_t from, bool own);
/** sb_session_settle() - an item is done or lost; the last one ends the flow */
void sb_session_settle(struct sb_session_item *it, enum sb_session_state state);
/** sb_session_note() - a turn begins or is complete now */
void sb_session_note(struct sb_session_script *s, uint64_t turn, int64_t now_ns);

/* session_tcp.c */
int sb_session_tcp_prepare(struct sb_session_script *s, struct sb_err *err);
void sb_session_tcp_listen(struct sb_session_script *s);
void sb_session_tcp_connect(struct sb_session_item *it);
/** sb_session_tcp_step() - go on as far as is possible now */
void sb_session_tcp_step(struct sb_session_item *it, int64_t now_ns);
/** sb_session_tcp_end() - take in what has come, read TCP_INFO, abort */
void sb_session_tcp_end(struct sb_session_item *it);

/* session_udp.c */
int sb_session_udp_prepare(struct sb_session_script *s, struct sb_err *err);
void sb_session_udp_begin(struct sb_session_script *s);
/** sb_session_udp_step() - send what is due */
void sb_session_udp_step(struct sb_session_item *it, int64_t now_ns);

#endif
