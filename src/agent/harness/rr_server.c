// SPDX-License-Identifier: MIT
/* rr_server.c - requests and responses: the server */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram.h"
#include "agent/agent.h"
#include "satbed/base/clock.h"
#include "tcp.h"

#define HEADER	       SB_NODE_MIN_DATAGRAM
#define TAKE_BYTES     (1u << 20)
#define RECEIVE_BUFFER (4 << 20)
#define ANSWERS_A_TURN 64
/* A client that does not read its answers is not read either. */
#define OWED_BYTES (8u << 20)

/**
 * struct server - one connection at a time: the newest, which is what its client uses
 * @received:	bytes of requests on this connection; @owed: bytes of responses to be given
 */
struct server {
	struct sb_watch listener, conn;
	struct sb_node_flow *flow;
	uint64_t received, owed, bytes;
	uint32_t events;
	uint16_t client_port;
	struct sb_tcp_reading tcp;
};

static void drop(struct server *s)
{
	if (s->conn.fd < 0)
		return;
	sb_tcp_read(s->conn.fd, &s->tcp);
	sb_tcp_add(&s->flow->totals, &s->tcp);
	s->tcp = (struct sb_tcp_reading){0};
	sb_tcp_abort(&s->conn);
	s->received = s->owed = 0;
}

static void give(struct server *s)
{
	uint32_t events;

	while (s->owed) {
		size_t len = s->owed < SB_PAYLOAD_BYTES ? (size_t)s->owed : SB_PAYLOAD_BYTES;
		ssize_t n =
		    send(s->conn.fd, s->flow->node->payload, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			drop(s);
			return;
		}
		if (n < 0)
			break;
		s->owed -= (uint64_t)n;
	}
	events = (s->owed ? EPOLLOUT : 0) | (s->owed < OWED_BYTES ? EPOLLIN : 0);
	if (events != s->events)
		sb_watch_change(s->flow->node, &s->conn, events);
	s->events = events;
}

static void conn_work(struct sb_watch *w, uint32_t events)
{
	struct server *s = sb_container_of(w, struct server, conn);
	const struct sb_flow_spec *spec = &s->flow->spec;
	uint64_t before = s->received / spec->request_bytes;
	ssize_t n;

	if (events & ~(uint32_t)EPOLLOUT) {
		n = recv(w->fd, NULL, TAKE_BYTES, MSG_TRUNC | MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			drop(s);
			return;
		}
		if (n > 0) {
			s->received += (uint64_t)n;
			s->bytes += (uint64_t)n;
		}
		s->owed += (s->received / spec->request_bytes - before) * spec->response_bytes;
	}
	give(s);
}

static void accept_conn(struct sb_watch *w, uint32_t events)
{
	struct server *s = sb_container_of(w, struct server, listener);
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
	struct sb_err err = {0};

	(void)events;
	if (fd < 0)
		return;
	drop(s);
	s->conn.fd = fd;
	s->conn.ready = conn_work;
	s->events = EPOLLIN;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	s->client_port = sb_tcp_client_port(fd, false);
	s->flow->totals.connected++;
	if (!s->flow->first_ns)
		s->flow->first_ns = sb_mono_ns();
	if (sb_tcp_check_cc(fd, s->flow->spec.cc, s->flow->totals.cc, &err) ||
	    sb_watch_add(s->flow->node, &s->conn, EPOLLIN, &err))
		sb_flow_error(s->flow, "%s", err.msg);
}

/* One request, answered; false when there is none now. */
static bool answer(struct server *s)
{
	const struct sb_flow_spec *spec = &s->flow->spec;
	struct sockaddr_storage from;
	unsigned char head[HEADER];
	struct iovec iov[] = {
	    {.iov_base = head, .iov_len = HEADER},
	    {.iov_base = s->flow->node->payload, .iov_len = spec->response_bytes - HEADER},
	};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = iov};
	struct sb_datagram d;
	ssize_t n;

	msg.msg_iovlen = 1;
	n = recvmsg(s->conn.fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0)
		return errno == EINTR;
	if ((size_t)n != spec->request_bytes || !sb_datagram_read(head, HEADER, &d) ||
	    d.magic != SB_DATAGRAM_ASK || d.flow != (uint32_t)spec->id)
		return true;
	s->bytes += (uint64_t)n;
	s->flow->totals.connected = 1;
	if (!s->flow->first_ns)
		s->flow->first_ns = sb_mono_ns();
	d.magic = SB_DATAGRAM_REPLY;
	sb_datagram_write(head, &d);
	msg.msg_iovlen = 2;
	msg.msg_flags = 0;
	/* What cannot be sent is lost, as on the way. */
	sendmsg(s->conn.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

static void datagrams(struct sb_watch *w, uint32_t events)
{
	struct server *s = sb_container_of(w, struct server, conn);
	int turns = ANSWERS_A_TURN;

	(void)events;
	while (turns-- && answer(s))
		;
}

static int open_udp(struct server *s, struct sb_err *err)
{
	const struct sb_node_addr *at = &s->flow->spec.server;
	int room = RECEIVE_BUFFER;

	s->conn.fd = socket(at->sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	s->conn.ready = datagrams;
	if (s->conn.fd < 0)
		return sb_fail(err, SB_EENV, errno, "a UDP socket for %s", at->text);
	setsockopt(s->conn.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(s->conn.fd, (const struct sockaddr *)&at->sa, at->len))
		return sb_fail(err, SB_EENV, errno, "cannot bind to %s port %u", at->text,
			       at->port);
	return 0;
}

static int server_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = s;
	s->flow = flow;
	s->listener.fd = s->conn.fd = -1;
	if (flow->spec.is_udp)
		return open_udp(s, err);
	s->listener.ready = accept_conn;
	s->listener.fd = sb_tcp_listen(&flow->spec, 8, err);
	return s->listener.fd < 0 ? -1 : 0;
}

static void server_begin(struct sb_node_flow *flow, int64_t now)
{
	struct server *s = flow->impl;
	struct sb_err err = {0};

	(void)now;
	if (sb_watch_add(flow->node, flow->spec.is_udp ? &s->conn : &s->listener, EPOLLIN, &err))
		sb_flow_error(flow, "%s", err.msg);
}

static void server_sample(struct sb_node_flow *flow, int64_t now)
{
	struct server *s = flow->impl;
	struct sb_text t;

	if (s->conn.fd < 0)
		return;
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", s->bytes);
	if (!flow->spec.is_udp) {
		sb_tcp_read(s->conn.fd, &s->tcp);
		sb_text_uint(&t, "client_port", s->client_port);
		sb_tcp_text(&t, &s->tcp);
	}
	sb_flow_sample_send(flow, &t);
}

static void server_finish(struct sb_node_flow *flow, int64_t now)
{
	struct server *s = flow->impl;

	(void)now;
	/* A UDP socket stays open: what is late must not be answered by "port unreachable". */
	if (flow->spec.is_udp)
		sb_watch_mute(flow->node, &s->conn);
	else
		drop(s);
	sb_watch_close(&s->listener);
	flow->totals.bytes = s->bytes;
}

static void server_release(struct sb_node_flow *flow)
{
	struct server *s = flow->impl;

	if (!s)
		return;
	sb_watch_close(&s->listener);
	sb_watch_close(&s->conn);
	free(s);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_rr_server_ops = {
    .prepare = server_prepare,
    .begin = server_begin,
    .sample = server_sample,
    .finish = server_finish,
    .release = server_release,
};
