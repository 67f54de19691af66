/* SPDX-License-Identifier: MIT */
/* request.h - what the orchestrator may ask of a node, checked to the last field */
#ifndef SATBED_NODE_REQUEST_H
#define SATBED_NODE_REQUEST_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "satbed/base/err.h"

#define SB_NODE_MAX_INTERFACES 64
#define SB_NODE_MAX_FLOWS      4096
#define SB_NODE_MAX_STREAMS    1024
#define SB_NODE_MAX_DATAGRAM   65507u /* what one IPv4 datagram can carry */
#define SB_NODE_MIN_DATAGRAM   24u    /* the harness's own header, see stream.h */

enum sb_request_op {
	SB_OP_SETUP,
	SB_OP_PREPARE,
	SB_OP_TRAIN,
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

/** struct sb_flow_spec - one end of a flow; the fields are those of the protocol */
struct sb_flow_spec {
	int64_t id;
	bool is_client, is_stream, is_down;
	uint32_t streams;
	char cc[16];
	struct sb_node_addr server;
	int64_t start_ns, duration_ns;
	uint64_t rate_bps;
	uint32_t packet_bytes;
};

struct sb_train_spec {
	int64_t id, at_ns;
	struct sb_node_addr to;
	uint32_t packets, bytes;
};

/** struct sb_request - one line, understood; only the part of @op is set */
struct sb_request {
	enum sb_request_op op;
	char node[64];
	size_t interface_count;
	char interfaces[SB_NODE_MAX_INTERFACES][IFNAMSIZ];
	int64_t sample_ns;
	size_t flow_count;
	struct sb_flow_spec *flows;
	struct sb_train_spec train;
	int64_t t0_ns;
};

/**
 * sb_request_parse() - understand one line; it is not trusted
 * @out:	unset on failure; else sb_request_fini() is the caller's duty
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the field
 */
int sb_request_parse(const char *line, size_t len, struct sb_request *out, struct sb_err *err);
void sb_request_fini(struct sb_request *req);

/** sb_flow_sends() - does this end of the flow send the payload? */
static inline bool sb_flow_sends(const struct sb_flow_spec *spec)
{
	return spec->is_client != spec->is_down;
}

#endif
