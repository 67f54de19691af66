// SPDX-License-Identifier: MIT
/*
 * file.c - so many bytes over TCP, whatever happens to the connections
 *
 * On every connection the receiver first says how much of the payload it has ("have"), and the
 * sender goes on from there; when the receiver has all of it, it says so again.  Only what is
 * confirmed in this way counts.  The client watches: when nothing moves for the stall time, or the
 * connection breaks, it makes another one, waiting longer each time that nothing came of it.  The
 * server takes the newest connection for the real one, and stays until the flow's end.
 *
 * The receiver compares each byte with what the payload must be: TCP's checksum does not notice all
 * that a path can do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram.h"
#include "agent/agent.h"
#include "pattern.h"
#include "satbed/base/clock.h"
#include "tcp.h"

#define HEADER	       SB_NODE_MIN_DATAGRAM
#define BUFFER_BYTES   (128u << 10)
#define FIRST_RETRY_NS (100 * SB_NS_PER_MS)
#define LAST_RETRY_NS  (2 * SB_NS_PER_S)
#define MIN_WATCH_NS   (10 * SB_NS_PER_MS)
/* Made before capabilities go: a congestion control may need one, and so may each attempt. */
#define SPARE_SOCKETS 32

enum phase {
	PHASE_AWAY,	  /* no connection (server), or the next one comes later (client) */
	PHASE_CONNECTING, /* client */
	PHASE_OPEN
};

/**
 * struct file - one end of a transfer
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
struct file {
	struct sb_watch listener, conn, timer;
	struct sb_flow *flow;
	enum phase phase;
	int spares[SPARE_SOCKETS];
	uint64_t base, given, have, acked;
	bool greeted, writing;
	unsigned char in[HEADER], out[HEADER];
	size_t in_len, out_len;
	int64_t moved_ns, retry_ns;
	uint16_t client_port;
	struct sb_tcp_reading tcp;
	char why[96];
	unsigned char buf[BUFFER_BYTES];
};

static bool sends(const struct file *f)
{
	return sb_flow_sends(&f->flow->spec);
}

static bool is_complete(const struct file *f)
{
	return f->flow->totals.complete_ns;
}

static void moved(struct file *f)
{
	f->moved_ns = sb_mono_ns();
	f->retry_ns = FIRST_RETRY_NS;
}

static void read_state(struct file *f)
{
	uint64_t acked;

	if (f->conn.fd < 0 || f->phase != PHASE_OPEN)
		return;
	sb_tcp_read(f->conn.fd, &f->tcp);
	acked = sends(f) ? sb_tcp_bytes_acked(f->conn.fd, f->given) : 0;
	if (acked > f->acked)
		moved(f);
	f->acked = acked;
	/* Acknowledged by its kernel: more than likely what it will say. */
	if (f->greeted && f->base + acked > f->have)
		f->have = f->base + acked;
}

/* The connection is no more; what it did is counted. */
static void drop(struct file *f, const char *why)
{
	struct sb_totals *sum = &f->flow->totals;

	if (f->conn.fd < 0)
		return;
	read_state(f);
	sb_tcp_read(f->conn.fd, &f->tcp);
	if (sends(f))
		sum->sent_bytes += sb_tcp_bytes_sent(f->conn.fd, f->given);
	sb_tcp_add(sum, &f->tcp);
	f->tcp = (struct sb_tcp_reading){0};
	snprintf(f->why, sizeof(f->why), "%s", why);
	sb_tcp_abort(&f->conn);
	f->phase = PHASE_AWAY;
	f->given = f->acked = f->base = 0;
	f->in_len = f->out_len = 0;
	f->greeted = f->writing = false;
}

/* Client: what comes next, and when. */
static void lose(struct file *f, const char *why)
{
	int64_t now = sb_mono_ns();

	drop(f, why);
	if (!f->flow->spec.is_client)
		return;
	if (is_complete(f)) {
		sb_flow_over(f->flow);
		return;
	}
	sb_watch_arm(&f->timer, now + f->retry_ns);
	f->retry_ns = 2 * f->retry_ns < LAST_RETRY_NS ? 2 * f->retry_ns : LAST_RETRY_NS;
}

static void lose_errno(struct file *f, int error)
{
	lose(f, error ? strerror(error) : "connection closed by the peer");
}

static void want(struct file *f, bool writing)
{
	if (f->conn.fd < 0 || f->writing == writing)
		return;
	f->writing = writing;
	sb_watch_change(f->flow->node, &f->conn, writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* --- receiver --- */

static void flush_have(struct file *f)
{
	while (f->out_len) {
		ssize_t n = send(f->conn.fd, f->out + HEADER - f->out_len, f->out_len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			lose_errno(f, errno);
			return;
		}
		if (n < 0)
			break;
		f->out_len -= (size_t)n;
	}
	want(f, f->out_len > 0);
}

static void say_have(struct file *f)
{
	const struct sb_datagram d = {
	    .magic = SB_DATAGRAM_HAVE,
	    .flow = (uint32_t)f->flow->spec.id,
	    .number = f->have,
	    .sent_ns = sb_mono_ns(),
	};

	sb_datagram_write(f->out, &d);
	f->out_len = HEADER;
	flush_have(f);
}

static void take(struct file *f, size_t len)
{
	struct sb_totals *sum = &f->flow->totals;
	const struct sb_flow_spec *spec = &f->flow->spec;
	size_t good = sb_pattern_check(spec->seed, f->have, f->buf, len);

	if (good < len && sum->damaged_at < 0)
		sum->damaged_at = (int64_t)(f->have + good);
	f->have += len;
	moved(f);
	if (f->have < spec->size_bytes)
		return;
	sum->complete_ns = f->moved_ns;
	say_have(f);
}

static void receiver_work(struct file *f, uint32_t events)
{
	uint64_t left = f->flow->spec.size_bytes - f->have;
	ssize_t n;

	if (events & EPOLLOUT)
		flush_have(f);
	if (f->conn.fd < 0 || !(events & ~(uint32_t)EPOLLOUT))
		return;
	n = recv(f->conn.fd, f->buf, left && left < sizeof(f->buf) ? left : sizeof(f->buf),
		 MSG_DONTWAIT);
	if (n > 0 && left)
		take(f, (size_t)n);
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		lose_errno(f, n == 0 ? 0 : errno);
}

/* --- sender --- */

/* A bounded amount a turn. */
static void send_some(struct file *f)
{
	const struct sb_flow_spec *spec = &f->flow->spec;
	uint64_t at = f->base + f->given, left = spec->size_bytes - at;
	size_t len = left < sizeof(f->buf) ? (size_t)left : sizeof(f->buf);
	ssize_t n;

	if (!len) {
		want(f, false);
		return;
	}
	sb_pattern_fill(spec->seed, at, f->buf, len);
	n = send(f->conn.fd, f->buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		f->given += (uint64_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		lose_errno(f, errno);
}

static void hear_have(struct file *f)
{
	const struct sb_flow_spec *spec = &f->flow->spec;
	struct sb_datagram d;

	if (!sb_datagram_read(f->in, HEADER, &d) || d.magic != SB_DATAGRAM_HAVE ||
	    d.flow != (uint32_t)spec->id || d.number > spec->size_bytes) {
		lose(f, "the peer is not a satbed node of this run");
		return;
	}
	moved(f);
	f->in_len = 0;
	if (d.number == spec->size_bytes) {
		f->have = d.number;
		f->flow->totals.complete_ns = f->moved_ns;
		drop(f, "");
		sb_flow_over(f->flow);
		return;
	}
	if (f->greeted)
		return;
	f->greeted = true;
	f->base = f->have = d.number;
	want(f, true);
}

static void sender_work(struct file *f, uint32_t events)
{
	ssize_t n;

	if (events & ~(uint32_t)EPOLLOUT) {
		n = recv(f->conn.fd, f->in + f->in_len, HEADER - f->in_len, MSG_DONTWAIT);
		if (n > 0)
			f->in_len += (size_t)n;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			lose_errno(f, n == 0 ? 0 : errno);
			return;
		}
		if (f->in_len == HEADER)
			hear_have(f);
	}
	if (f->conn.fd >= 0 && events & EPOLLOUT && f->greeted)
		send_some(f);
}

/* --- connections --- */

static void work(struct sb_watch *w, uint32_t events)
{
	struct file *f = sb_container_of(w, struct file, conn);

	if (sends(f))
		sender_work(f, events);
	else
		receiver_work(f, events);
}

static void open_conn(struct file *f)
{
	struct sb_flow *flow = f->flow;
	struct sb_err err = {0};

	f->phase = PHASE_OPEN;
	f->conn.ready = work;
	f->moved_ns = sb_mono_ns();
	flow->totals.connected++;
	f->client_port = sb_tcp_client_port(f->conn.fd, flow->spec.is_client);
	if (sb_tcp_check_cc(f->conn.fd, sends(f) ? flow->spec.cc : "", flow->totals.cc, &err))
		sb_flow_error(flow, "%s", err.msg);
	f->writing = false;
	sb_watch_change(flow->node, &f->conn, EPOLLIN);
	if (!sends(f))
		say_have(f);
}

static void connected(struct sb_watch *w, uint32_t events)
{
	struct file *f = sb_container_of(w, struct file, conn);
	int error = sb_tcp_error(w->fd);

	if (error || !(events & EPOLLOUT))
		lose_errno(f, error);
	else
		open_conn(f);
}

static int next_socket(struct file *f, struct sb_err *err)
{
	for (int i = 0; i < SPARE_SOCKETS; i++) {
		int fd = f->spares[i];

		f->spares[i] = -1;
		if (fd >= 0)
			return fd;
	}
	return sb_tcp_socket(&f->flow->spec, err);
}

static void attempt(struct file *f)
{
	const struct sb_node_addr *to = &f->flow->spec.server;
	struct sb_err err = {0};

	f->moved_ns = sb_mono_ns();
	f->flow->totals.attempts++;
	f->conn.fd = next_socket(f, &err);
	if (f->conn.fd < 0) {
		sb_flow_error(f->flow, "%s", err.msg);
		return;
	}
	f->phase = PHASE_CONNECTING;
	f->conn.ready = connected;
	if (connect(f->conn.fd, (const struct sockaddr *)&to->sa, to->len) &&
	    errno != EINPROGRESS) {
		lose_errno(f, errno);
		return;
	}
	if (sb_watch_add(f->flow->node, &f->conn, EPOLLOUT, &err)) {
		lose(f, err.msg);
		return;
	}
	sb_watch_arm(&f->timer, f->moved_ns + f->flow->spec.stall_ns);
}

/* Client: time for another attempt, or to see whether anything has moved. */
static void timer_struck(struct sb_watch *w, uint32_t events)
{
	struct file *f = sb_container_of(w, struct file, timer);
	int64_t stall_ns = f->flow->spec.stall_ns, now = sb_mono_ns(), due;
	char why[64];

	(void)events;
	if (f->flow->state != SB_FLOW_RUNNING)
		return;
	if (f->phase == PHASE_AWAY) {
		attempt(f);
		return;
	}
	read_state(f);
	due = f->moved_ns + stall_ns;
	if (now >= due) {
		snprintf(why, sizeof(why), "%s for %.1f s",
			 f->phase == PHASE_OPEN ? "no progress" : "no connection",
			 (double)stall_ns / 1e9);
		lose(f, why);
		return;
	}
	/* A sender sees only on looking that something was acknowledged. */
	if (sends(f) && due > now + stall_ns / 8 + MIN_WATCH_NS)
		due = now + stall_ns / 8 + MIN_WATCH_NS;
	sb_watch_arm(w, due);
}

static void accept_conn(struct sb_watch *w, uint32_t events)
{
	struct file *f = sb_container_of(w, struct file, listener);
	struct sb_err err = {0};
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	/* The client has given the last one up. */
	drop(f, "the client made another connection");
	f->conn.fd = fd;
	f->flow->totals.attempts++;
	if (!f->flow->first_ns)
		f->flow->first_ns = sb_mono_ns();
	if (sb_watch_add(f->flow->node, &f->conn, EPOLLIN, &err)) {
		sb_flow_error(f->flow, "%s", err.msg);
		sb_watch_close(&f->conn);
		return;
	}
	open_conn(f);
}

/* --- the flow --- */

static int file_prepare(struct sb_flow *flow, struct sb_err *err)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = f;
	f->flow = flow;
	f->listener.fd = f->conn.fd = f->timer.fd = -1;
	f->retry_ns = FIRST_RETRY_NS;
	flow->totals.damaged_at = -1;
	for (int i = 0; i < SPARE_SOCKETS; i++)
		f->spares[i] = -1;
	if (!flow->spec.is_client) {
		f->listener.ready = accept_conn;
		f->listener.fd = sb_tcp_listen(&flow->spec, 8, err);
		return f->listener.fd < 0 ? -1 : 0;
	}
	for (int i = 0; i < (flow->spec.cc[0] ? SPARE_SOCKETS : 1); i++) {
		f->spares[i] = sb_tcp_socket(&flow->spec, err);
		if (f->spares[i] < 0)
			return -1;
	}
	return sb_watch_timer(flow->node, &f->timer, timer_struck, err);
}

static void file_begin(struct sb_flow *flow, int64_t now)
{
	struct file *f = flow->impl;
	struct sb_err err = {0};

	if (flow->spec.is_client) {
		flow->first_ns = now;
		attempt(f);
	} else if (sb_watch_add(flow->node, &f->listener, EPOLLIN, &err)) {
		sb_flow_error(flow, "%s", err.msg);
	}
}

static void file_sample(struct sb_flow *flow, int64_t now)
{
	struct file *f = flow->impl;
	struct sb_text t;

	if (f->phase != PHASE_OPEN)
		return;
	read_state(f);
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", f->have);
	sb_text_uint(&t, "client_port", f->client_port);
	sb_tcp_text(&t, &f->tcp);
	sb_flow_sample_send(flow, &t);
}

static void file_finish(struct sb_flow *flow, int64_t now)
{
	struct file *f = flow->impl;
	struct sb_totals *sum = &flow->totals;
	double seconds = flow->first_ns ? (double)(now - flow->first_ns) / 1e9 : 0;

	drop(f, f->phase == PHASE_OPEN ? "" : "no connection");
	sb_watch_close(&f->listener);
	sb_watch_close(&f->timer);
	sum->bytes = f->have;
	if (sum->damaged_at >= 0)
		sb_flow_error(flow, "damaged: byte %lld differs from what was sent",
			      (long long)sum->damaged_at);
	if (is_complete(f))
		return;
	sb_flow_error(flow, "incomplete: %llu of %llu bytes after %.1f s and %u connection%s%s%s",
		      (unsigned long long)f->have, (unsigned long long)flow->spec.size_bytes,
		      seconds, sum->connected, sum->connected == 1 ? "" : "s",
		      f->why[0] ? "; " : "", f->why);
}

static void file_release(struct sb_flow *flow)
{
	struct file *f = flow->impl;

	if (!f)
		return;
	sb_watch_close(&f->listener);
	sb_watch_close(&f->conn);
	sb_watch_close(&f->timer);
	for (int i = 0; i < SPARE_SOCKETS; i++)
		if (f->spares[i] >= 0)
			close(f->spares[i]);
	free(f);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_file_ops = {
    .prepare = file_prepare,
    .begin = file_begin,
    .sample = file_sample,
    .finish = file_finish,
    .release = file_release,
};
