/* SPDX-License-Identifier: MIT */
/* request.h - what the orchestrator may ask of a node, checked to the last field */
#ifndef SATBED_AGENT_REQUEST_H
#define SATBED_AGENT_REQUEST_H

#include <jansson.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "satbed/base/err.h"

#define SB_NODE_MAX_INTERFACES 64
#define SB_NODE_MAX_NEIGHBOURS 256
#define SB_NODE_MIN_MTU	       68u /* what IPv4 needs (RFC 791) */
#define SB_NODE_MAX_MTU	       65535u
#define SB_NODE_MAX_FLOWS      4096
#define SB_NODE_MAX_STREAMS    1024
#define SB_NODE_MAX_DATAGRAM   65507u /* what one IPv4 datagram can carry */
#define SB_NODE_MIN_DATAGRAM   24u    /* the harness's own header, see datagram.h */
#define SB_NODE_MAX_MESSAGE    (1u << 20)

enum sb_request_op {
	SB_OP_SETUP,
	SB_OP_LOOK,
	SB_OP_PREPARE,
	SB_OP_TRAIN,
	SB_OP_RTT,
	SB_OP_FILE,
	SB_OP_PATTERN,
	SB_OP_RUN,
	SB_OP_INPUT,
	SB_OP_TAKEN,
	SB_OP_CLOSE,
	SB_OP_RESIZE,
	SB_OP_SIGNAL,
	SB_OP_LISTENS,
	SB_OP_PACKETS,
	SB_OP_QLOG,
	SB_OP_START,
	SB_OP_STOP,
	SB_OP_QUIT,
};

/** struct sb_node_addr - an address and port, and the words it was given in */
struct sb_node_addr {
	struct sockaddr_storage sa;
	socklen_t len;
	char text[INET6_ADDRSTRLEN];
	uint16_t port;
};

enum sb_spec_kind { SB_SPEC_BULK, SB_SPEC_STREAM, SB_SPEC_FILE, SB_SPEC_RR, SB_SPEC_SESSION };

/** struct sb_flow_spec - one end of a flow; the fields are those of the protocol */
struct sb_flow_spec {
	int64_t id;
	enum sb_spec_kind kind;
	bool is_client, is_down, is_udp, mptcp;
	uint32_t streams;
	char cc[16];
	struct sb_node_addr server;
	int64_t start_ns, duration_ns;
	uint64_t rate_bps;
	uint32_t packet_bytes;
	uint64_t size_bytes, seed;
	int64_t stall_ns;
	uint32_t request_bytes, response_bytes;
	int64_t interval_ns, timeout_ns;
	/* session: its file; of the server, where the client is; @relayed: addresses and ports of
	 * the client's are not those that come */
	char path[64];
	struct sb_node_addr peer;
	uint16_t first_port;
	bool relayed;
};

struct sb_train_spec {
	int64_t id, at_ns;
	struct sb_node_addr to;
	uint32_t packets, bytes;
};

#define SB_RTT_MAX 100 /* round trips at a time */

/** struct sb_rtt_spec - @packets echoes to an address, for @give_up_ns at most */
struct sb_rtt_spec {
	int64_t id, give_up_ns;
	struct sb_node_addr to;
	uint32_t packets;
};

/** struct sb_neighbour - whom an address belongs to; @address 4 or 16 bytes by @family */
struct sb_neighbour {
	char interface[IFNAMSIZ];
	int family;
	uint8_t address[16], mac[6];
};

#define SB_COMMAND_ARGS_MAX 4096 /* arguments, and variables of the environment */
#define SB_COMMAND_PATH_MAX 1024

/**
 * struct sb_command_spec - file, pattern, run, input, taken, close, resize, signal
 * @argv, @env:	NULL-terminated, in one block each
 * @path:	of the file; of a command: where it is to start, "" = in the work directory
 * @user:	name or numbers of another user for a command; "" = this one
 * @data:	decoded
 * @window, @bytes: 0 = none
 */
struct sb_command_spec {
	int64_t id;
	char **argv, **env;
	bool tty, eof;
	uint16_t rows, cols;
	char path[SB_COMMAND_PATH_MAX], user[64];
	uint32_t mode;
	int fd, signal;
	int64_t offset, window, bytes;
	uint64_t seed;
	unsigned char *data;
	size_t data_len;
};

/** struct sb_request - one line, understood; only the part of @op is set */
struct sb_request {
	enum sb_request_op op;
	char node[64];
	char server[INET6_ADDRSTRLEN];
	size_t interface_count;
	char interfaces[SB_NODE_MAX_INTERFACES][IFNAMSIZ];
	uint32_t mtu; /* 0 = as it is */
	size_t neighbour_count;
	struct sb_neighbour *neighbours;
	int64_t sample_ns;
	bool keep_users; /* commands of other users are to come */
	size_t flow_count;
	struct sb_flow_spec *flows;
	struct sb_train_spec train;
	struct sb_rtt_spec rtt;
	struct sb_command_spec command; /* "packets": its @path, and interfaces[0] */
	int64_t t0_ns;
	uint16_t port;
};

/**
 * sb_request_parse() - understand one line; it is not trusted
 * @out:	unset on failure; else sb_request_fini() is the caller's duty
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the field
 */
int sb_request_parse(const char *line, size_t len, struct sb_request *out, struct sb_err *err);
void sb_request_fini(struct sb_request *req);

/* request_flow.c */
int sb_request_prepare(const json_t *obj, struct sb_request *out, struct sb_err *err);
/* request_command.c */
int sb_request_file(const json_t *obj, struct sb_command_spec *out, struct sb_err *err);
/** sb_request_qlog() - its name as the spec's path, "" = the list of them */
int sb_request_qlog(const json_t *obj, struct sb_command_spec *out, struct sb_err *err);
/** sb_request_pattern() - "check" as the spec's eof */
int sb_request_pattern(const json_t *obj, struct sb_command_spec *out, struct sb_err *err);
int sb_request_run(const json_t *obj, struct sb_command_spec *out, struct sb_err *err);
/** sb_request_command() - what is said to a command that runs: @op from input to signal */
int sb_request_command(const json_t *obj, enum sb_request_op op, struct sb_command_spec *out,
		       struct sb_err *err);

/** sb_flow_sends() - does this end of the flow send the payload? */
static inline bool sb_flow_sends(const struct sb_flow_spec *spec)
{
	return spec->is_client != spec->is_down;
}

#endif
