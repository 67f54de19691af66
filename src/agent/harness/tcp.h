/* SPDX-License-Identifier: MIT */
/* tcp.h - TCP sockets as flows want them */
#ifndef SATBED_AGENT_TCP_H
#define SATBED_AGENT_TCP_H

#include "agent/agent.h"
#include "tcpinfo.h"

/** sb_tcp_socket() - of the flow's family, congestion control set and read back; -1 with @err */
int sb_tcp_socket(const struct sb_flow_spec *spec, struct sb_err *err);
/** sb_tcp_listen() - one that listens at the flow's server address; -1 with @err */
int sb_tcp_listen(const struct sb_flow_spec *spec, int backlog, struct sb_err *err);
/** sb_tcp_check_cc() - is it the one that was asked for ("" = any)? @got: what it is */
int sb_tcp_check_cc(int fd, const char *cc, char got[16], struct sb_err *err);
/** sb_tcp_error() - the socket's pending error, 0 = none */
int sb_tcp_error(int fd);
/** sb_tcp_abort() - close it with a reset */
void sb_tcp_abort(struct sb_watch *w);
uint16_t sb_tcp_client_port(int fd, bool is_client);

/** sb_tcp_bytes_acked() - how many of @given bytes the other end has acknowledged */
uint64_t sb_tcp_bytes_acked(int fd, uint64_t given);
/** sb_tcp_bytes_sent() - how many of @given bytes have been sent at least once */
uint64_t sb_tcp_bytes_sent(int fd, uint64_t given);
/** sb_tcp_add() - add what a connection counted to the flow's totals */
void sb_tcp_add(struct sb_totals *sum, const struct sb_tcp_reading *r);

#endif
