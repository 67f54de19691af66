// SPDX-License-Identifier: MIT
/*
 * bulk.c - TCP, as fast as the connection allows, until a time
 *
 * The sender hands out the same noise in large pieces, so it stays in the processor's cache; the
 * receiver drops what came without copying it (MSG_TRUNC).  Giving the kernel pages of a memory
 * file instead (sendfile) was measured: many small page fragments cost it more than the copy does.
 * At the end the sender reads TCP_INFO and aborts, so that its counters are of exactly the time
 * that was measured.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "satbed/base/clock.h"
#include "tcp.h"

/* One turn's work: large enough that the loop costs nothing, short enough that timers stay
 * punctual. */
#define SEND_QUANTUM (512u << 10)
#define SEND_TURNS   32
#define TAKE_QUANTUM (4u << 20)
/* More than any receive buffer holds: what had come when the end came is taken in. */
#define DRAIN_TURNS 64
/* "stop" reaches the two ends at different moments; a loss this short before it is the other end's.
 */
#define STOP_SKEW_NS (2 * SB_NS_PER_S)
#define STALL_NS     (3 * SB_NS_PER_S)
/*
 * On a virtual clock waking up is what costs: a receiver wakes when so much is there.  It is a small
 * part of the window, so the window never closes for it: of the first one (64 kB), where 256 kB would
 * throttle TCP, as on Linux 7.3 16 kB does, and later of what a round trip brings.
 */
#define VIRTUAL_LOWAT	  4096
#define VIRTUAL_LOWAT_MAX (256 << 10)
#define WAKES_A_WINDOW	  32

enum conn_state { CONN_NONE, CONN_CONNECTING, CONN_OPEN, CONN_LOST };

/**
 * struct conn - one TCP connection
 * @bytes:	handed to the kernel (sender) or taken from it (receiver)
 * @counted:	payload acknowledged (sender) or taken (receiver), at the last reading
 * @moved_ns:	the last reading at which @counted had grown
 * @lost_errno:	0 = the other end closed it
 */
struct conn {
	struct sb_watch watch;
	struct sb_node_flow *flow;
	uint32_t index;
	enum conn_state state;
	uint64_t bytes, counted;
	int64_t open_ns, moved_ns, lost_ns;
	int lost_errno;
	int wake_bytes; /* the receiver is woken when so much waits; 0 = for each packet */
	uint16_t client_port;
	char cc[16];
	struct sb_tcp_reading tcp;
};

struct bulk {
	struct sb_watch listener;
	uint32_t accepted;
	struct conn conns[];
};

/* TCP_INFO, and the bytes that count at this end. */
static void read_state(struct conn *c, int64_t now)
{
	uint64_t counted = c->bytes;

	sb_tcp_read(c->watch.fd, &c->tcp);
	if (sb_flow_sends(&c->flow->spec))
		counted = sb_tcp_bytes_acked(c->watch.fd, counted);
	if (counted > c->counted)
		c->moved_ns = now;
	c->counted = counted;
}

static void lose_conn(struct conn *c, int error)
{
	c->lost_ns = sb_mono_ns();
	c->lost_errno = error;
	read_state(c, c->lost_ns);
	c->state = CONN_LOST;
	sb_tcp_abort(&c->watch);
}

/* True where the socket may take more. */
static bool send_some(struct conn *c)
{
	size_t from = c->bytes % SB_PAYLOAD_BYTES;
	size_t rest = SB_PAYLOAD_BYTES - from, len = rest < SEND_QUANTUM ? rest : SEND_QUANTUM;
	ssize_t n =
	    send(c->watch.fd, c->flow->node->payload + from, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		c->bytes += (uint64_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		lose_conn(c, errno);
	return n == (ssize_t)len;
}

/*
 * The socket is kept full, as by a program that blocks in write(): it is called writable only with a third of its
 * buffer free, and acknowledgements free none while something is lost before them, so with less in it TCP has nothing
 * new to send in a recovery.
 */
static void fill(struct conn *c)
{
	int turns = SEND_TURNS;

	while (turns-- && send_some(c))
		;
}

/* What is there, dropped unseen; false when there is nothing more now. */
static bool take_some(struct conn *c)
{
	ssize_t n = recv(c->watch.fd, NULL, TAKE_QUANTUM, MSG_TRUNC | MSG_DONTWAIT);

	if (n > 0) {
		c->bytes += (uint64_t)n;
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n == 0 || errno != EAGAIN)
		lose_conn(c, n == 0 ? 0 : errno);
	return false;
}

/* What waits below the mark of the socket, too. */
static void take_rest(struct conn *c)
{
	int turns = DRAIN_TURNS;

	while (turns-- && take_some(c))
		;
}

static void receiver_work(struct sb_watch *w, uint32_t events)
{
	(void)events; /* an error is what recv() will say */
	take_some(sb_container_of(w, struct conn, watch));
}

static void sender_work(struct sb_watch *w, uint32_t events)
{
	struct conn *c = sb_container_of(w, struct conn, watch);

	if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
		lose_conn(c, sb_tcp_error(w->fd));
	else
		fill(c);
}

static void wake_from(struct conn *c, int bytes)
{
	if (!setsockopt(c->watch.fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes)))
		c->wake_bytes = bytes;
}

static void wake_seldom(struct conn *c)
{
	uint32_t bytes = c->tcp.info.tcpi_rcv_space / WAKES_A_WINDOW;

	if (bytes > VIRTUAL_LOWAT_MAX)
		bytes = VIRTUAL_LOWAT_MAX;
	if (c->wake_bytes && bytes >= 2 * (uint32_t)c->wake_bytes)
		wake_from(c, (int)bytes);
}

static void open_conn(struct conn *c, int64_t now)
{
	struct sb_node_flow *flow = c->flow;
	bool sends = sb_flow_sends(&flow->spec);
	struct sb_err err = {0};

	c->state = CONN_OPEN;
	c->open_ns = now;
	c->watch.ready = sends ? sender_work : receiver_work;
	flow->totals.connected++;
	if (!sends && sb_clock_is_virtual())
		wake_from(c, VIRTUAL_LOWAT);
	c->client_port = sb_tcp_client_port(c->watch.fd, flow->spec.is_client);
	if (sb_tcp_check_cc(c->watch.fd, sends ? flow->spec.cc : "", c->cc, &err))
		sb_flow_error(flow, "%s", err.msg);
}

static uint32_t wanted_events(const struct sb_node_flow *flow)
{
	return sb_flow_sends(&flow->spec) ? EPOLLOUT | EPOLLRDHUP : EPOLLIN;
}

static void connected(struct sb_watch *w, uint32_t events)
{
	struct conn *c = sb_container_of(w, struct conn, watch);
	int error = sb_tcp_error(w->fd);

	if (error || !(events & EPOLLOUT)) {
		lose_conn(c, error);
		return;
	}
	open_conn(c, sb_mono_ns());
	sb_watch_change(c->flow->node, w, wanted_events(c->flow));
}

static void accept_conns(struct sb_watch *w, uint32_t events)
{
	struct bulk *bulk = sb_container_of(w, struct bulk, listener);
	struct conn *c = &bulk->conns[bulk->accepted];
	struct sb_node_flow *flow = c->flow;
	struct sb_err err = {0};

	(void)events;
	c->watch.fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->watch.fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			sb_flow_error(flow, "accepting a connection: %s", strerror(errno));
		return;
	}
	open_conn(c, sb_mono_ns());
	if (!flow->first_ns)
		flow->first_ns = c->open_ns;
	if (sb_watch_add(flow->node, &c->watch, wanted_events(flow), &err)) {
		sb_flow_error(flow, "%s", err.msg);
		lose_conn(c, errno);
	}
	if (++bulk->accepted < flow->spec.streams)
		return;
	/* Nobody else is expected; but the kernel refuses MPTCP's other paths where nobody listens. */
	if (flow->spec.mptcp)
		sb_watch_mute(flow->node, w);
	else
		sb_watch_close(w);
}

static int bulk_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	struct bulk *bulk = calloc(1, sizeof(*bulk) + flow->spec.streams * sizeof(bulk->conns[0]));

	if (!bulk)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = bulk;
	bulk->listener.fd = -1;
	for (uint32_t i = 0; i < flow->spec.streams; i++) {
		bulk->conns[i].watch.fd = -1;
		bulk->conns[i].flow = flow;
		bulk->conns[i].index = i;
	}
	if (!flow->spec.is_client) {
		bulk->listener.ready = accept_conns;
		bulk->listener.fd = sb_tcp_listen(&flow->spec, (int)flow->spec.streams, err);
		return bulk->listener.fd < 0 ? -1 : 0;
	}
	for (uint32_t i = 0; i < flow->spec.streams; i++) {
		bulk->conns[i].watch.fd = sb_tcp_socket(&flow->spec, err);
		if (bulk->conns[i].watch.fd < 0)
			return -1;
	}
	return 0;
}

static void begin_conn(struct conn *c)
{
	const struct sb_node_addr *to = &c->flow->spec.server;
	struct sb_err err = {0};

	c->state = CONN_CONNECTING;
	c->watch.ready = connected;
	if (connect(c->watch.fd, (const struct sockaddr *)&to->sa, to->len) &&
	    errno != EINPROGRESS) {
		lose_conn(c, errno);
		return;
	}
	/* Only now: a socket that has not begun to connect looks hung up to epoll. */
	if (sb_watch_add(c->flow->node, &c->watch, EPOLLOUT, &err)) {
		sb_flow_error(c->flow, "%s", err.msg);
		lose_conn(c, errno);
	}
}

static void bulk_begin(struct sb_node_flow *flow, int64_t now)
{
	struct bulk *bulk = flow->impl;
	struct sb_err err = {0};

	if (!flow->spec.is_client) {
		if (sb_watch_add(flow->node, &bulk->listener, EPOLLIN, &err))
			sb_flow_error(flow, "%s", err.msg);
		return;
	}
	flow->first_ns = now;
	for (uint32_t i = 0; i < flow->spec.streams; i++)
		begin_conn(&bulk->conns[i]);
}

static void bulk_sample(struct sb_node_flow *flow, int64_t now)
{
	struct bulk *bulk = flow->impl;

	for (uint32_t i = 0; i < flow->spec.streams; i++) {
		struct conn *c = &bulk->conns[i];
		struct sb_text t;

		if (c->state == CONN_OPEN && !sb_flow_sends(&flow->spec))
			take_rest(c);
		if (c->state != CONN_OPEN)
			continue;
		read_state(c, now);
		wake_seldom(c);
		sb_flow_sample_open(flow, &t, i, now);
		sb_text_uint(&t, "bytes", c->counted);
		sb_text_uint(&t, "client_port", c->client_port);
		sb_tcp_text(&t, &c->tcp);
		sb_flow_sample_send(flow, &t);
	}
}

/* What to say of a connection that is not, or no longer, as it should be; false = all is well. */
static bool explain(const struct conn *c, int64_t now, char *buf, size_t room)
{
	const struct sb_node_flow *flow = c->flow;
	double since_s = (double)(now - flow->first_ns) / 1e9;
	int64_t idle_ns = now - (c->moved_ns ? c->moved_ns : c->open_ns);
	bool ours =
	    c->lost_ns >= flow->end_ns || (flow->stopped && now - c->lost_ns < STOP_SKEW_NS);

	switch (c->state) {
	case CONN_NONE:
		snprintf(buf, room, "no connection");
		return true;
	case CONN_CONNECTING:
		snprintf(buf, room, "no answer to %u connection requests within %.1f s",
			 c->tcp.info.tcpi_total_retrans + 1, since_s);
		return true;
	case CONN_LOST:
		if (c->open_ns && ours &&
		    (!c->lost_errno || c->lost_errno == ECONNRESET || c->lost_errno == EPIPE))
			return false;
		snprintf(buf, room, "%s after %.1f s: %s", c->open_ns ? "lost" : "not connected",
			 (double)(c->lost_ns - flow->first_ns) / 1e9,
			 c->lost_errno ? strerror(c->lost_errno) : "connection closed by the peer");
		return true;
	case CONN_OPEN:
		if (c->moved_ns && idle_ns < STALL_NS)
			return false;
		snprintf(buf, room, "%s in the last %.1f s",
			 c->counted ? "stalled: no progress" : "connected, but no progress",
			 (double)idle_ns / 1e9);
		return true;
	}
	return false;
}

static void add_totals(struct sb_totals *sum, const struct conn *c)
{
	sum->bytes += c->counted;
	sb_tcp_add(sum, &c->tcp);
	if (c->cc[0])
		memcpy(sum->cc, c->cc, sizeof(sum->cc));
}

static void finish_conn(struct conn *c, int64_t now)
{
	if (c->state == CONN_OPEN && !sb_flow_sends(&c->flow->spec))
		take_rest(c);
	if (c->watch.fd < 0)
		return;
	read_state(c, now);
	sb_tcp_abort(&c->watch);
}

static void bulk_finish(struct sb_node_flow *flow, int64_t now)
{
	struct bulk *bulk = flow->impl;
	uint32_t bad = 0;
	char first[160] = "", text[160];

	/* All senders first: what comes after this instant belongs to no measurement. */
	for (uint32_t i = 0; i < flow->spec.streams; i++)
		finish_conn(&bulk->conns[i], now);
	sb_watch_close(&bulk->listener);
	for (uint32_t i = 0; i < flow->spec.streams; i++) {
		add_totals(&flow->totals, &bulk->conns[i]);
		if (!explain(&bulk->conns[i], now, text, sizeof(text)))
			continue;
		if (!bad++)
			memcpy(first, text, sizeof(first));
	}
	if (bad && flow->spec.streams > 1)
		sb_flow_error(flow, "%u of %u connections: %s", bad, flow->spec.streams, first);
	else if (bad)
		sb_flow_error(flow, "%s", first);
}

static void bulk_release(struct sb_node_flow *flow)
{
	struct bulk *bulk = flow->impl;

	if (!bulk)
		return;
	sb_watch_close(&bulk->listener);
	for (uint32_t i = 0; i < flow->spec.streams; i++)
		sb_watch_close(&bulk->conns[i].watch);
	free(bulk);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_bulk_ops = {
    .prepare = bulk_prepare,
    .begin = bulk_begin,
    .sample = bulk_sample,
    .finish = bulk_finish,
    .release = bulk_release,
};
