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
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file.h"
#include "satbed/base/clock.h"

#define MIN_WATCH_NS (10 * SB_NS_PER_MS)

/* --- connections --- */

static void work(struct sb_watch *w, uint32_t events)
{
	struct sb_file_end *f = sb_container_of(w, struct sb_file_end, conn);

	if (sb_file_sends(f))
		sb_file_send(f, events);
	else
		sb_file_receive(f, events);
}

static void open_conn(struct sb_file_end *f)
{
	struct sb_node_flow *flow = f->flow;
	struct sb_err err = {0};

	f->phase = PHASE_OPEN;
	f->conn.ready = work;
	f->moved_ns = sb_mono_ns();
	flow->totals.connected++;
	f->client_port = sb_tcp_client_port(f->conn.fd, flow->spec.is_client);
	if (sb_tcp_check_cc(f->conn.fd, sb_file_sends(f) ? flow->spec.cc : "", flow->totals.cc,
			    &err))
		sb_flow_error(flow, "%s", err.msg);
	f->writing = false;
	sb_watch_change(flow->node, &f->conn, EPOLLIN);
	if (!sb_file_sends(f))
		sb_file_say_have(f);
}

static void connected(struct sb_watch *w, uint32_t events)
{
	struct sb_file_end *f = sb_container_of(w, struct sb_file_end, conn);
	int error = sb_tcp_error(w->fd);

	if (error || !(events & EPOLLOUT))
		sb_file_lose_errno(f, error);
	else
		open_conn(f);
}

static int next_socket(struct sb_file_end *f, struct sb_err *err)
{
	for (int i = 0; i < SPARE_SOCKETS; i++) {
		int fd = f->spares[i];

		f->spares[i] = -1;
		if (fd >= 0)
			return fd;
	}
	return sb_tcp_socket(&f->flow->spec, err);
}

static void attempt(struct sb_file_end *f)
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
		sb_file_lose_errno(f, errno);
		return;
	}
	if (sb_watch_add(f->flow->node, &f->conn, EPOLLOUT, &err)) {
		sb_file_lose(f, err.msg);
		return;
	}
	sb_timer_arm(&f->timer, f->moved_ns + f->flow->spec.stall_ns);
}

/* Client: time for another attempt, or to see whether anything has moved. */
static void timer_struck(struct sb_timer *t)
{
	struct sb_file_end *f = sb_container_of(t, struct sb_file_end, timer);
	int64_t stall_ns = f->flow->spec.stall_ns, now = sb_mono_ns(), due;
	char why[64];

	if (f->flow->state != SB_FLOW_RUNNING)
		return;
	if (f->phase == PHASE_AWAY) {
		attempt(f);
		return;
	}
	sb_file_read_state(f);
	due = f->moved_ns + stall_ns;
	if (now >= due) {
		snprintf(why, sizeof(why), "%s for %.1f s",
			 f->phase == PHASE_OPEN ? "no progress" : "no connection",
			 (double)stall_ns / 1e9);
		sb_file_lose(f, why);
		return;
	}
	/* A sender sees only on looking that something was acknowledged. */
	if (sb_file_sends(f) && due > now + stall_ns / 8 + MIN_WATCH_NS)
		due = now + stall_ns / 8 + MIN_WATCH_NS;
	sb_timer_arm(t, due);
}

static void accept_conn(struct sb_watch *w, uint32_t events)
{
	struct sb_file_end *f = sb_container_of(w, struct sb_file_end, listener);
	struct sb_err err = {0};
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	/* The client has given the last one up. */
	sb_file_drop(f, "the client made another connection");
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

static int file_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	struct sb_file_end *f = calloc(1, sizeof(*f));

	if (!f)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = f;
	f->flow = flow;
	f->listener.fd = f->conn.fd = -1;
	f->retry_ns = SB_FILE_FIRST_RETRY_NS;
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
	sb_timer_open(flow->node, &f->timer, timer_struck);
	return 0;
}

static void file_begin(struct sb_node_flow *flow, int64_t now)
{
	struct sb_file_end *f = flow->impl;
	struct sb_err err = {0};

	if (flow->spec.is_client) {
		flow->first_ns = now;
		attempt(f);
	} else if (sb_watch_add(flow->node, &f->listener, EPOLLIN, &err)) {
		sb_flow_error(flow, "%s", err.msg);
	}
}

static void file_sample(struct sb_node_flow *flow, int64_t now)
{
	struct sb_file_end *f = flow->impl;
	struct sb_text t;

	if (f->phase != PHASE_OPEN)
		return;
	sb_file_read_state(f);
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", f->have);
	sb_text_uint(&t, "client_port", f->client_port);
	sb_tcp_text(&t, &f->tcp);
	sb_flow_sample_send(flow, &t);
}

static void file_finish(struct sb_node_flow *flow, int64_t now)
{
	struct sb_file_end *f = flow->impl;
	struct sb_totals *sum = &flow->totals;
	double seconds = flow->first_ns ? (double)(now - flow->first_ns) / 1e9 : 0;

	sb_file_drop(f, f->phase == PHASE_OPEN ? "" : "no connection");
	sb_watch_close(&f->listener);
	sb_timer_close(&f->timer);
	sum->bytes = f->have;
	if (sum->damaged_at >= 0)
		sb_flow_error(flow, "damaged: byte %lld differs from what was sent",
			      (long long)sum->damaged_at);
	if (sb_file_is_complete(f))
		return;
	sb_flow_error(flow, "incomplete: %llu of %llu bytes after %.1f s and %u connection%s%s%s",
		      (unsigned long long)f->have, (unsigned long long)flow->spec.size_bytes,
		      seconds, sum->connected, sum->connected == 1 ? "" : "s",
		      f->why[0] ? "; " : "", f->why);
}

static void file_release(struct sb_node_flow *flow)
{
	struct sb_file_end *f = flow->impl;

	if (!f)
		return;
	sb_watch_close(&f->listener);
	sb_watch_close(&f->conn);
	sb_timer_close(&f->timer);
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
