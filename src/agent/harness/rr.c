// SPDX-License-Identifier: MIT
/*
 * rr.c - requests and responses, and how long they take: the client
 *
 * With an interval, requests are due at fixed times, whatever became of those before, and a latency
 * counts from the time a request was due: one that had to wait for a stalled connection says so.
 * Without one, the next request is due when the answer has come (over UDP: or timed out).
 *
 * Over TCP all go over one connection; when it breaks, what was under way is counted as timed out,
 * and another one is made.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram.h"
#include "agent/agent.h"
#include "pending.h"
#include "satbed/base/clock.h"
#include "tcp.h"

#define HEADER	       SB_NODE_MIN_DATAGRAM
#define RETRY_NS       (200 * SB_NS_PER_MS)
#define ASKED_A_TURN   64
#define TAKE_BYTES     (1u << 20)
#define RECEIVE_BUFFER (4 << 20)

/**
 * struct rr - the client of a flow
 * @spares:	TCP: a socket for the first connection, made before capabilities went
 * @next_due_ns: of the next request; 0 = when there is an answer
 * @unsent:	TCP: bytes of requests that the kernel has not taken yet
 * @received:	TCP: bytes of responses on this connection; @first: number of its first request
 */
struct rr {
	struct sb_watch conn;
	struct sb_timer timer;
	struct sb_node_flow *flow;
	struct sb_pending pending;
	bool open, writing;
	int64_t next_due_ns, retry_at_ns;
	uint64_t unsent, received, first, bytes, refused;
	uint16_t client_port;
	struct sb_tcp_reading tcp;
	char why[96];
};

static void arm(struct rr *r)
{
	int64_t next = sb_pending_next_ns(&r->pending);

	if (r->next_due_ns && (r->open || r->flow->spec.interval_ns) &&
	    (!next || r->next_due_ns < next))
		next = r->next_due_ns;
	if (r->retry_at_ns && (!next || r->retry_at_ns < next))
		next = r->retry_at_ns;
	sb_timer_arm(&r->timer, next);
}

static void lose(struct rr *r, const char *why)
{
	if (r->conn.fd >= 0) {
		sb_tcp_read(r->conn.fd, &r->tcp);
		sb_tcp_add(&r->flow->totals, &r->tcp);
		r->tcp = (struct sb_tcp_reading){0};
	}
	snprintf(r->why, sizeof(r->why), "%s", why);
	sb_tcp_abort(&r->conn);
	r->open = r->writing = false;
	r->unsent = r->received = 0;
	sb_pending_forget(&r->pending);
	r->retry_at_ns = sb_mono_ns() + RETRY_NS;
	if (!r->flow->spec.interval_ns)
		r->next_due_ns = r->retry_at_ns;
	arm(r);
}

static void want(struct rr *r, bool writing)
{
	if (r->writing == writing)
		return;
	r->writing = writing;
	sb_watch_change(r->flow->node, &r->conn, writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void send_tcp(struct rr *r)
{
	while (r->unsent) {
		size_t len = r->unsent < SB_PAYLOAD_BYTES ? (size_t)r->unsent : SB_PAYLOAD_BYTES;
		ssize_t n =
		    send(r->conn.fd, r->flow->node->payload, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			lose(r, strerror(errno));
			return;
		}
		if (n < 0)
			break;
		r->unsent -= (uint64_t)n;
	}
	want(r, r->unsent > 0);
}

static void send_udp(struct rr *r, uint64_t number)
{
	const struct sb_datagram d = {.magic = SB_DATAGRAM_ASK,
				      .flow = (uint32_t)r->flow->spec.id,
				      .number = number,
				      .sent_ns = sb_mono_ns()};
	unsigned char head[HEADER];
	struct iovec iov[] = {
	    {.iov_base = head, .iov_len = HEADER},
	    {.iov_base = r->flow->node->payload, .iov_len = r->flow->spec.request_bytes - HEADER},
	};
	const struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

	sb_datagram_write(head, &d);
	/* What cannot be sent now is lost, as on the way. */
	if (sendmsg(r->conn.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		r->refused += errno == ECONNREFUSED;
}

/* All requests that are due, up to a turn's work. */
static void ask(struct rr *r, int64_t now)
{
	const struct sb_flow_spec *spec = &r->flow->spec;
	int turns = ASKED_A_TURN;

	while (r->next_due_ns && r->next_due_ns <= now && r->next_due_ns < r->flow->end_ns &&
	       turns--) {
		uint64_t number = r->pending.asked;
		bool noted = sb_pending_ask(&r->pending, r->next_due_ns);

		r->flow->totals.skipped += !noted;
		r->next_due_ns = spec->interval_ns ? r->next_due_ns + spec->interval_ns : 0;
		if (noted && spec->is_udp)
			send_udp(r, number);
		else if (noted)
			r->unsent += spec->request_bytes;
	}
	if (r->next_due_ns >= r->flow->end_ns)
		r->next_due_ns = 0;
	if (!spec->is_udp && r->open)
		send_tcp(r);
}

static void answered(struct rr *r, uint64_t number, int64_t now)
{
	if (sb_pending_answer(&r->pending, number, now) && !r->flow->spec.interval_ns)
		r->next_due_ns = now;
}

static void take_tcp(struct rr *r)
{
	ssize_t n = recv(r->conn.fd, NULL, TAKE_BYTES, MSG_TRUNC | MSG_DONTWAIT);
	uint64_t size = r->flow->spec.response_bytes, before;
	int64_t now = sb_mono_ns();

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose(r, n ? strerror(errno) : "connection closed by the peer");
		return;
	}
	r->bytes += (uint64_t)n;
	before = r->received / size;
	r->received += (uint64_t)n;
	for (uint64_t i = before; i < r->received / size; i++)
		answered(r, r->first + i, now);
}

static void take_udp(struct rr *r)
{
	struct sb_datagram d;
	unsigned char head[HEADER];

	for (int turns = ASKED_A_TURN; turns; turns--) {
		ssize_t n = recv(r->conn.fd, head, sizeof(head), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && errno == ECONNREFUSED) {
			r->refused++;
			continue;
		}
		if (n < 0)
			return;
		if ((size_t)n != r->flow->spec.response_bytes ||
		    !sb_datagram_read(head, sizeof(head), &d) || d.magic != SB_DATAGRAM_REPLY ||
		    d.flow != (uint32_t)r->flow->spec.id)
			continue;
		r->bytes += (uint64_t)n;
		r->flow->totals.connected = 1;
		answered(r, d.number, sb_mono_ns());
	}
}

static void conn_work(struct sb_watch *w, uint32_t events)
{
	struct rr *r = sb_container_of(w, struct rr, conn);

	if (r->flow->spec.is_udp)
		take_udp(r);
	else if (events & ~(uint32_t)EPOLLOUT)
		take_tcp(r);
	if (w->fd < 0)
		return;
	ask(r, sb_mono_ns());
	arm(r);
}

static void connected(struct sb_watch *w, uint32_t events)
{
	struct rr *r = sb_container_of(w, struct rr, conn);
	struct sb_node_flow *flow = r->flow;
	int error = sb_tcp_error(w->fd), one = 1;
	struct sb_err err = {0};

	if (error || !(events & EPOLLOUT)) {
		lose(r, error ? strerror(error) : "connection closed by the peer");
		return;
	}
	r->open = true;
	flow->totals.connected++;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	r->client_port = sb_tcp_client_port(w->fd, true);
	if (sb_tcp_check_cc(w->fd, flow->spec.cc, flow->totals.cc, &err))
		sb_flow_error(flow, "%s", err.msg);
	w->ready = conn_work;
	sb_watch_change(flow->node, w, EPOLLIN);
	if (!flow->spec.interval_ns)
		r->next_due_ns = sb_mono_ns();
	ask(r, sb_mono_ns());
	arm(r);
}

static void connect_tcp(struct rr *r)
{
	const struct sb_node_addr *to = &r->flow->spec.server;
	struct sb_err err = {0};

	r->retry_at_ns = 0;
	r->flow->totals.attempts++;
	if (r->conn.fd < 0)
		r->conn.fd = sb_tcp_socket(&r->flow->spec, &err);
	if (r->conn.fd < 0) {
		sb_flow_error(r->flow, "%s", err.msg);
		return;
	}
	/* Requests that were due before it, and are not given up, go first. */
	r->first = r->pending.asked - r->unsent / r->flow->spec.request_bytes;
	r->conn.ready = connected;
	if (connect(r->conn.fd, (const struct sockaddr *)&to->sa, to->len) &&
	    errno != EINPROGRESS) {
		lose(r, strerror(errno));
		return;
	}
	if (sb_watch_add(r->flow->node, &r->conn, EPOLLOUT, &err))
		lose(r, err.msg);
}

static void timer_struck(struct sb_timer *t)
{
	struct rr *r = sb_container_of(t, struct rr, timer);
	int64_t now = sb_mono_ns();
	uint64_t before = r->pending.timeouts;

	if (r->flow->state != SB_FLOW_RUNNING)
		return;
	sb_pending_expire(&r->pending, now);
	if (r->flow->spec.is_udp && !r->flow->spec.interval_ns && r->pending.timeouts > before)
		r->next_due_ns = now;
	if (r->retry_at_ns && now >= r->retry_at_ns)
		connect_tcp(r);
	if (r->open || r->flow->spec.interval_ns)
		ask(r, now);
	arm(r);
}

static int open_udp(struct rr *r, struct sb_err *err)
{
	const struct sb_node_addr *to = &r->flow->spec.server;
	int room = RECEIVE_BUFFER;

	r->conn.fd = socket(to->sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r->conn.ready = conn_work;
	if (r->conn.fd < 0)
		return sb_fail(err, SB_EENV, errno, "a UDP socket for %s", to->text);
	setsockopt(r->conn.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (connect(r->conn.fd, (const struct sockaddr *)&to->sa, to->len))
		return sb_fail(err, SB_EENV, errno, "no way to %s", to->text);
	return 0;
}

static int client_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	struct rr *r = calloc(1, sizeof(*r));

	if (!r)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = r;
	r->flow = flow;
	r->conn.fd = -1;
	r->pending.timeout_ns = flow->spec.timeout_ns;
	if (flow->spec.is_udp ? open_udp(r, err)
			      : (r->conn.fd = sb_tcp_socket(&flow->spec, err)) < 0)
		return -1;
	sb_timer_open(flow->node, &r->timer, timer_struck);
	return 0;
}

static void client_begin(struct sb_node_flow *flow, int64_t now)
{
	struct rr *r = flow->impl;
	struct sb_err err = {0};

	flow->first_ns = now;
	r->next_due_ns = flow->begin_ns;
	if (!flow->spec.is_udp) {
		connect_tcp(r);
	} else if (sb_watch_add(flow->node, &r->conn, EPOLLIN, &err)) {
		sb_flow_error(flow, "%s", err.msg);
	} else {
		r->open = true;
		if (!flow->spec.interval_ns)
			r->next_due_ns = now;
		ask(r, now);
	}
	arm(r);
}

static void client_sample(struct sb_node_flow *flow, int64_t now)
{
	struct rr *r = flow->impl;
	struct sb_text t;

	if (!r->open)
		return;
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", r->bytes);
	sb_text_uint(&t, "packets", r->pending.answered);
	sb_text_uint(&t, "lost", r->pending.timeouts);
	if (!flow->spec.is_udp) {
		sb_tcp_read(r->conn.fd, &r->tcp);
		sb_text_uint(&t, "client_port", r->client_port);
		sb_tcp_text(&t, &r->tcp);
	}
	sb_flow_sample_send(flow, &t);
}

static void client_finish(struct sb_node_flow *flow, int64_t now)
{
	static const unsigned int per_mille[SB_LATENCIES] = {500, 900, 950, 990, 999, 1000};
	struct rr *r = flow->impl;
	struct sb_totals *sum = &flow->totals;

	if (r->open && flow->spec.is_udp)
		take_udp(r);
	else if (r->open)
		take_tcp(r);
	sb_pending_expire(&r->pending, now);
	if (!flow->spec.is_udp && r->conn.fd >= 0) {
		sb_tcp_read(r->conn.fd, &r->tcp);
		sb_tcp_add(sum, &r->tcp);
		sb_tcp_abort(&r->conn);
	}
	sb_timer_close(&r->timer);
	sb_watch_close(&r->conn);
	sum->bytes = r->bytes;
	sum->asked = r->pending.asked;
	sum->answered = r->pending.answered;
	sum->timeouts = r->pending.timeouts;
	for (size_t i = 0; i < SB_LATENCIES; i++)
		sum->latency_ns[i] = sb_histogram_quantile(&r->pending.latencies, per_mille[i]);
	if (r->refused)
		sb_flow_error(flow, "the peer answered \"port unreachable\" %llu times",
			      (unsigned long long)r->refused);
	if (!sum->answered)
		sb_flow_error(flow, "no response%s%s", r->why[0] ? ": " : "", r->why);
	if (sum->skipped)
		sb_flow_error(flow, "%llu requests were not made: %u were waiting for answers",
			      (unsigned long long)sum->skipped, SB_PENDING_MAX);
	if (r->why[0] && sum->attempts > 1)
		sb_flow_error(flow, "%u connections; the last but one: %s", sum->attempts, r->why);
}

static void client_release(struct sb_node_flow *flow)
{
	struct rr *r = flow->impl;

	if (!r)
		return;
	sb_timer_close(&r->timer);
	sb_watch_close(&r->conn);
	free(r);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_rr_client_ops = {
    .prepare = client_prepare,
    .begin = client_begin,
    .sample = client_sample,
    .finish = client_finish,
    .release = client_release,
};
