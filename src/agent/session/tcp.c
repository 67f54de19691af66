// SPDX-License-Identifier: MIT
/* tcp.c - the connections of a session: who has the next word, and when */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "session.h"

/* Nothing tells that the kernel has sent what it had, or that it was acknowledged: looked at. */
#define LEAVES_NS      (2 * SB_NS_PER_MS)
#define ACKED_NS       (10 * SB_NS_PER_MS)
#define TAKE_BYTES     (1u << 20)
#define TAKES_A_TURN   16
#define ACCEPTS_A_TURN 64
#define DRAIN_TURNS    64

static uint64_t spec_end(const struct sb_session_item *it)
{
	return it->spec->first + it->spec->count;
}

static void want(struct sb_session_item *it, bool writing)
{
	if (it->writing == writing)
		return;
	it->writing = writing;
	sb_watch_change(it->session->flow->node, &it->watch,
			writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static bool has_all(const struct sb_session_item *it)
{
	return it->received == it->peer_total;
}

static void end_item(struct sb_session_item *it, int error)
{
	/* The other end aborts once it has everything; what it has said is there by then. */
	bool done = has_all(it) && it->given == it->own_total;

	sb_tcp_read(it->watch.fd, &it->tcp);
	sb_watch_mute(it->session->flow->node, &it->watch);
	it->error = error;
	sb_session_settle(it, done ? SB_ITEM_DONE : SB_ITEM_LOST);
}

/* What has come, dropped unseen; false: the connection is over. */
static bool take(struct sb_session_item *it, int turns)
{
	struct sb_session_script *s = it->session;

	while (turns--) {
		ssize_t n = recv(it->watch.fd, NULL, TAKE_BYTES, MSG_TRUNC | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0) {
			end_item(it, n ? errno : 0);
			return false;
		}
		it->received += (uint64_t)n;
		while (it->peer < spec_end(it) && it->received >= it->peer_end) {
			sb_session_note(s, it->peer, sb_mono_ns());
			it->peer = sb_session_turn_of(it, it->peer + 1, false);
			if (it->peer < spec_end(it))
				it->peer_end += s->turns[it->peer].bytes;
		}
	}
	return true;
}

/* false: the kernel takes no more now, or the connection is over. */
static bool give(struct sb_session_item *it)
{
	const struct sb_session_script *s = it->session;

	while (it->own_left) {
		size_t from = it->given % (SB_PAYLOAD_BYTES / 2);
		size_t len = it->own_left < SB_PAYLOAD_BYTES / 2 ? (size_t)it->own_left
								 : SB_PAYLOAD_BYTES / 2;
		uint32_t tag = it->index;
		const void *data = s->flow->node->payload + from;
		ssize_t n;

		/* Its number, for a server behind a relay. */
		if (sb_session_is_client(s) && !it->given && len >= SB_SESSION_TAG) {
			data = &tag;
			len = SB_SESSION_TAG;
		}
		n = send(it->watch.fd, data, len,
			 MSG_DONTWAIT | MSG_NOSIGNAL | (len < it->own_left ? MSG_MORE : 0));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			end_item(it, errno);
		if (n < 0)
			return false;
		it->given += (uint64_t)n;
		it->own_left -= (uint64_t)n;
	}
	return true;
}

/* The next own turn, when what it needs has come: when is it due? */
static void consider(struct sb_session_item *it, int64_t now)
{
	const struct sb_node_session_turn *t = &it->session->turns[it->own];

	if (it->received < t->needs)
		return;
	it->phase = SB_THINKS;
	if (t->wait_ns)
		sb_session_due(it, now + t->wait_ns);
}

/* true: what was given has left, and what comes next can be seen to. */
static bool leave(struct sb_session_item *it, int64_t now)
{
	uint64_t next = sb_session_turn_of(it, it->own + 1, true);
	bool last = next == spec_end(it);
	uint64_t gone = last ? sb_tcp_bytes_acked(it->watch.fd, it->given)
			     : sb_tcp_bytes_sent(it->watch.fd, it->given);

	if (gone < it->given) {
		sb_session_due(it, now + (last ? ACKED_NS : LEAVES_NS));
		return false;
	}
	it->own = next;
	it->phase = last ? SB_SILENT : SB_NEEDS;
	return true;
}

/*
 * This end has said and heard everything.  A relay acknowledges what it has yet to hand on, so
 * behind one both ends say that they have everything, and an end is done when the other one has
 * said so.
 */
static void part(struct sb_session_item *it)
{
	if (!it->session->flow->spec.relayed)
		sb_session_settle(it, SB_ITEM_DONE);
	else if (!it->parted)
		shutdown(it->watch.fd, SHUT_WR);
	it->parted = true;
}

void sb_session_tcp_step(struct sb_session_item *it, int64_t now)
{
	struct sb_session_script *s = it->session;

	while (it->state == SB_ITEM_OPEN) {
		switch (it->phase) {
		case SB_NEEDS:
			consider(it, now);
			if (it->phase == SB_NEEDS)
				return;
			break;
		case SB_THINKS:
			if (it->heap_at != SB_SESSION_NOT_DUE)
				return;
			sb_session_note(s, it->own, sb_mono_ns());
			it->own_left = s->turns[it->own].bytes;
			it->phase = SB_WRITES;
			break;
		case SB_WRITES:
			if (!give(it)) {
				if (it->state == SB_ITEM_OPEN)
					want(it, true);
				return;
			}
			want(it, false);
			it->phase = SB_LEAVES;
			break;
		case SB_LEAVES:
			if (!leave(it, now))
				return;
			break;
		case SB_SILENT:
			if (has_all(it))
				part(it);
			return;
		}
	}
}

static void item_work(struct sb_watch *w, uint32_t events)
{
	struct sb_session_item *it = sb_container_of(w, struct sb_session_item, watch);
	struct sb_session_script *s = it->session;

	if (it->state == SB_ITEM_DONE || it->state == SB_ITEM_LOST) {
		/* Nothing is expected any more; the other end's abort need not be told of twice. */
		sb_watch_mute(s->flow->node, w);
		return;
	}
	if (events & ~(uint32_t)EPOLLOUT && !take(it, TAKES_A_TURN))
		goto out;
	sb_session_tcp_step(it, sb_mono_ns());
out:
	sb_session_arm(s);
	if (!s->left)
		sb_flow_over(s->flow);
}

static void open_item(struct sb_session_item *it)
{
	struct sb_node_flow *flow = it->session->flow;
	struct sb_err err = {0};
	int one = 1;

	it->state = SB_ITEM_OPEN;
	it->open_ns = sb_mono_ns();
	it->watch.ready = item_work;
	setsockopt(it->watch.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (sb_tcp_check_cc(it->watch.fd, flow->spec.cc, flow->totals.cc, &err))
		sb_flow_error(flow, "%s", err.msg);
	it->phase = it->own < spec_end(it) ? SB_NEEDS : SB_SILENT;
	sb_session_tcp_step(it, it->open_ns);
}

static void connected(struct sb_watch *w, uint32_t events)
{
	struct sb_session_item *it = sb_container_of(w, struct sb_session_item, watch);
	int error = sb_tcp_error(w->fd);

	if (error || !(events & EPOLLOUT)) {
		end_item(it, error);
	} else {
		sb_watch_change(it->session->flow->node, w, EPOLLIN);
		open_item(it);
	}
	sb_session_arm(it->session);
	if (!it->session->left)
		sb_flow_over(it->session->flow);
}

void sb_session_tcp_connect(struct sb_session_item *it)
{
	const struct sb_node_addr *to = &it->session->flow->spec.server;
	struct sb_err err = {0};

	it->state = SB_ITEM_CONNECTS;
	it->watch.ready = connected;
	if (connect(it->watch.fd, (const struct sockaddr *)&to->sa, to->len) &&
	    errno != EINPROGRESS) {
		it->error = errno;
		sb_session_settle(it, SB_ITEM_LOST);
	} else if (sb_watch_add(it->session->flow->node, &it->watch, EPOLLOUT, &err)) {
		it->error = errno;
		sb_session_settle(it, SB_ITEM_LOST);
	}
}

/* A connection whose flow is known becomes that flow's. */
static void take_in(struct sb_session_script *s, uint32_t index, int fd)
{
	struct sb_session_item *it = index < s->count ? &s->items[index] : NULL;
	struct sb_err err = {0};

	if (!it || it->spec->is_udp || it->state != SB_ITEM_WAITS) {
		close(fd);
		return;
	}
	it->watch.fd = fd;
	it->watch.ready = item_work;
	if (sb_watch_add(s->flow->node, &it->watch, EPOLLIN, &err)) {
		sb_flow_error(s->flow, "%s", err.msg);
		sb_session_settle(it, SB_ITEM_LOST);
		return;
	}
	open_item(it);
}

static void guest_spoke(struct sb_watch *w, uint32_t events)
{
	struct sb_session_guest *guest = sb_container_of(w, struct sb_session_guest, watch);
	struct sb_session_script *s = guest->session;
	uint32_t tag;
	ssize_t n = recv(w->fd, &tag, sizeof(tag), MSG_PEEK | MSG_DONTWAIT);
	int fd = w->fd;

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* The four bytes were sent in one segment. */
	if (n != (ssize_t)sizeof(tag)) {
		sb_watch_close(w);
		return;
	}
	sb_watch_mute(s->flow->node, w);
	w->fd = -1;
	take_in(s, tag, fd);
	sb_session_arm(s);
	if (!s->left)
		sb_flow_over(s->flow);
}

static void receive_guest(struct sb_session_script *s, int fd)
{
	struct sb_err err = {0};
	uint64_t i = 0;

	while (i < s->count && s->guests[i].watch.fd >= 0)
		i++;
	if (i == s->count) {
		close(fd);
		return;
	}
	s->guests[i].watch = (struct sb_watch){.fd = fd, .ready = guest_spoke};
	if (sb_watch_add(s->flow->node, &s->guests[i].watch, EPOLLIN, &err))
		sb_watch_close(&s->guests[i].watch);
}

static void accept_some(struct sb_watch *w, uint32_t events)
{
	struct sb_session_script *s = sb_container_of(w, struct sb_session_script, listener);
	int fd;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			sb_flow_error(s->flow, "accepting a connection: %s", strerror(errno));
		if (fd < 0)
			break;
		if (s->flow->spec.relayed)
			receive_guest(s, fd);
		else
			take_in(s,
				(uint32_t)sb_tcp_client_port(fd, false) - s->flow->spec.first_port,
				fd);
	}
	sb_session_arm(s);
	if (!s->left)
		sb_flow_over(s->flow);
}

static int bind_port(const struct sb_session_script *s, struct sb_session_item *it,
		     struct sb_err *err)
{
	struct sockaddr_storage sa = {.ss_family = s->flow->spec.server.sa.ss_family};
	uint32_t port = s->flow->spec.first_port + it->index;
	int one = 1;

	/* sin_port and sin6_port are at the same place. */
	((struct sockaddr_in *)(void *)&sa)->sin_port = htons((uint16_t)port);
	setsockopt(it->watch.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (port > UINT16_MAX ||
	    bind(it->watch.fd, (const struct sockaddr *)&sa, s->flow->spec.server.len))
		return sb_fail(err, SB_EENV, errno, "session: the client's port %u", port);
	return 0;
}

int sb_session_tcp_prepare(struct sb_session_script *s, struct sb_err *err)
{
	const struct sb_flow_spec *spec = &s->flow->spec;
	int tcp = 0;

	for (uint64_t i = 0; i < s->count; i++) {
		struct sb_session_item *it = &s->items[i];

		tcp += !it->spec->is_udp;
		if (it->spec->is_udp || !sb_session_is_client(s))
			continue;
		it->watch.fd = sb_tcp_socket(spec, err);
		if (it->watch.fd < 0 || (!spec->relayed && bind_port(s, it, err)))
			return -1;
	}
	if (!tcp || sb_session_is_client(s))
		return 0;
	s->listener.ready = accept_some;
	s->listener.fd = sb_tcp_listen(spec, tcp, err);
	return s->listener.fd < 0 ? -1 : 0;
}

void sb_session_tcp_listen(struct sb_session_script *s)
{
	struct sb_err err = {0};

	if (s->listener.fd >= 0 && sb_watch_add(s->flow->node, &s->listener, EPOLLIN, &err))
		sb_flow_error(s->flow, "%s", err.msg);
}

void sb_session_tcp_end(struct sb_session_item *it)
{
	if (it->watch.fd < 0)
		return;
	if (it->state == SB_ITEM_OPEN && take(it, DRAIN_TURNS)) {
		if (has_all(it) && sb_tcp_bytes_acked(it->watch.fd, it->given) == it->own_total)
			sb_session_settle(it, SB_ITEM_DONE);
	}
	sb_tcp_read(it->watch.fd, &it->tcp);
	sb_tcp_abort(&it->watch);
}
