/* SPDX-License-Identifier: MIT */
/* file.h - one end of a file's transfer; private to file.c and file_ends.c */
#ifndef SATBED_AGENT_FILE_H
#define SATBED_AGENT_FILE_H

#include "agent/agent.h"
#include "datagram.h"
#include "tcp.h"

#define SB_FILE_HEADER	       SB_NODE_MIN_DATAGRAM
#define SB_FILE_BUFFER_BYTES   (128u << 10)
#define SB_FILE_FIRST_RETRY_NS (100 * SB_NS_PER_MS)
/* Made before capabilities go: a congestion control may need one, and so may each attempt. */
#define SPARE_SOCKETS 32

enum phase {
	PHASE_AWAY,	  /* no connection (server), or the next one comes later (client) */
	PHASE_CONNECTING, /* client */
	PHASE_OPEN
};

/**
 * struct sb_file_end - one end of a transfer
 * @spares:	sockets for attempts to come
 * @base:	sender: where the payload of this connection began
 * @given:	sender: payload given to this connection
 * @have:	receiver: payload in hand; sender: what the receiver has said or acknowledged at
 * most
 * @greeted:	sender: the receiver has said what it has
 * @in, @in_len: what has come of the receiver's message; @out, @out_len: what is to go out of it
 * @moved_ns:	when anything last moved, or an attempt began
 * @retry_ns:	how long to wait before the next attempt
 * @why:	what became of the last connection
 */
struct sb_file_end {
	struct sb_watch listener, conn;
	struct sb_timer timer;
	struct sb_node_flow *flow;
	enum phase phase;
	int spares[SPARE_SOCKETS];
	uint64_t base, given, have, acked;
	bool greeted, writing;
	unsigned char in[SB_FILE_HEADER], out[SB_FILE_HEADER];
	size_t in_len, out_len;
	int64_t moved_ns, retry_ns;
	uint16_t client_port;
	struct sb_tcp_reading tcp;
	char why[96];
	unsigned char buf[SB_FILE_BUFFER_BYTES];
};

bool sb_file_sends(const struct sb_file_end *f);
bool sb_file_is_complete(const struct sb_file_end *f);
/** sb_file_read_state() - what TCP knows of the connection */
void sb_file_read_state(struct sb_file_end *f);
/** sb_file_drop() - the connection is no more; what it did is counted */
void sb_file_drop(struct sb_file_end *f, const char *why);
/** sb_file_lose() - the same, and when the client makes the next one */
void sb_file_lose(struct sb_file_end *f, const char *why);
void sb_file_lose_errno(struct sb_file_end *f, int error);

/* Receiver: what it has, said and received; sender. */
void sb_file_say_have(struct sb_file_end *f);
void sb_file_receive(struct sb_file_end *f, uint32_t events);
void sb_file_send(struct sb_file_end *f, uint32_t events);

#endif
