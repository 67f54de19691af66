// SPDX-License-Identifier: MIT
/*
 * udp.c - the datagrams of a session, each at its time, whatever becomes of the others
 *
 * A datagram begins with its flow's number and its own, as far as it has room for them.  The server
 * has one socket, and knows a flow by its client's port: there must be no relay between them.
 * Sockets stay open until the node ends: a late datagram must not be answered
 * by "port unreachable".
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "satbed/base/clock.h"
#include "session.h"

#define RECEIVE_BUFFER (4 << 20)
#define TAKES_A_TURN   64
#define SENDS_A_TURN   64
/* After the last one was due at the other end: then what is missing is lost. */
#define LATE_NS (3 * SB_NS_PER_S)

struct head {
	uint32_t flow, number;
};

static uint64_t spec_end(const struct sb_session_item *it)
{
	return it->spec->first + it->spec->count;
}

static int64_t due_of(const struct sb_session_item *it, uint64_t turn)
{
	const struct sb_session_script *s = it->session;

	return s->flow->begin_ns + it->spec->start_ns + s->turns[turn].wait_ns;
}

static int64_t last_due(const struct sb_session_item *it)
{
	return due_of(it, spec_end(it) - 1);
}

static void send_one(struct sb_session_item *it, uint64_t turn)
{
	const struct sb_session_script *s = it->session;
	const struct sb_flow_spec *spec = &s->flow->spec;
	struct head head = {it->index, (uint32_t)(turn - it->spec->first)};
	size_t len = s->turns[turn].bytes, front = len < sizeof(head) ? len : sizeof(head);
	struct iovec iov[] = {{.iov_base = &head, .iov_len = front},
			      {.iov_base = s->flow->node->payload, .iov_len = len - front}};
	struct sockaddr_storage to = spec->peer.sa;
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	bool client = sb_session_is_client(s);

	if (!client) {
		((struct sockaddr_in *)(void *)&to)->sin_port =
		    htons((uint16_t)(spec->first_port + it->index));
		msg.msg_name = &to;
		msg.msg_namelen = spec->peer.len;
	}
	sb_session_note(it->session, turn, sb_mono_ns());
	/* What cannot be sent is lost, as on the way. */
	if (sendmsg(client ? it->watch.fd : s->udp.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
	it->sent++;
	it->given += len;
}

static bool is_complete(const struct sb_session_item *it)
{
	return it->own == spec_end(it) && it->received == it->peer_total &&
	       it->peer == spec_end(it);
}

void sb_session_udp_step(struct sb_session_item *it, int64_t now)
{
	int turns = SENDS_A_TURN;
	int64_t next;

	if (it->state == SB_ITEM_WAITS) {
		it->state = SB_ITEM_OPEN;
		it->open_ns = due_of(it, it->spec->first);
	}
	while (turns-- && it->own < spec_end(it) && due_of(it, it->own) <= now) {
		send_one(it, it->own);
		it->own = sb_session_turn_of(it, it->own + 1, true);
	}
	next = it->own < spec_end(it) ? due_of(it, it->own) : last_due(it) + LATE_NS;
	if (is_complete(it) || (it->own == spec_end(it) && next <= now))
		sb_session_settle(it, SB_ITEM_DONE);
	else
		sb_session_due(it, next);
}

/* One that came; copies of it that the network made do not count. */
static void take_one(struct sb_session_item *it, const struct head *head, size_t len, int64_t now)
{
	struct sb_session_script *s = it->session;
	uint64_t turn = it->peer;

	if (len >= sizeof(*head))
		turn =
		    head->number < it->spec->count ? it->spec->first + head->number : spec_end(it);
	if (turn >= spec_end(it) || s->turns[turn].bytes != len || s->at_ns[turn] >= 0 ||
	    s->turns[turn].from_server != sb_session_is_client(s))
		return;
	sb_session_note(s, turn, now);
	it->arrived++;
	it->received += len;
	while (it->peer < spec_end(it) && s->at_ns[it->peer] >= 0)
		it->peer = sb_session_turn_of(it, it->peer + 1, false);
	if (it->state == SB_ITEM_OPEN && is_complete(it))
		sb_session_settle(it, SB_ITEM_DONE);
}

static void done_taking(struct sb_session_script *s)
{
	sb_session_arm(s);
	if (!s->left)
		sb_flow_over(s->flow);
}

static void client_work(struct sb_watch *w, uint32_t events)
{
	struct sb_session_item *it = sb_container_of(w, struct sb_session_item, watch);
	struct head head = {0};

	(void)events;
	for (int i = 0; i < TAKES_A_TURN; i++) {
		ssize_t n = recv(w->fd, &head, sizeof(head), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && errno != ECONNREFUSED)
			break;
		if (n >= 0)
			take_one(it, &head, (size_t)n, sb_mono_ns());
	}
	if (it->session->flow->state == SB_FLOW_RUNNING)
		done_taking(it->session);
}

static void server_work(struct sb_watch *w, uint32_t events)
{
	struct sb_session_script *s = sb_container_of(w, struct sb_session_script, udp);

	(void)events;
	for (int i = 0; i < TAKES_A_TURN; i++) {
		struct sockaddr_storage from = {0};
		struct head head = {0};
		socklen_t room = sizeof(from);
		ssize_t n = recvfrom(w->fd, &head, sizeof(head), MSG_DONTWAIT | MSG_TRUNC,
				     (struct sockaddr *)&from, &room);
		uint32_t index = ntohs(((struct sockaddr_in *)(void *)&from)->sin_port) -
				 (uint32_t)s->flow->spec.first_port;

		if (n < 0 && errno != ECONNREFUSED)
			break;
		if (n >= 0 && index < s->count && s->specs[index].is_udp)
			take_one(&s->items[index], &head, (size_t)n, sb_mono_ns());
	}
	if (s->flow->state == SB_FLOW_RUNNING)
		done_taking(s);
}

static int open_client(struct sb_session_script *s, struct sb_session_item *it, struct sb_err *err)
{
	const struct sb_flow_spec *spec = &s->flow->spec;
	struct sockaddr_storage sa = {.ss_family = spec->server.sa.ss_family};
	uint32_t port = spec->first_port + it->index;

	((struct sockaddr_in *)(void *)&sa)->sin_port = htons((uint16_t)port);
	it->watch.ready = client_work;
	it->watch.fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (it->watch.fd < 0 || port > UINT16_MAX ||
	    bind(it->watch.fd, (const struct sockaddr *)&sa, spec->server.len) ||
	    connect(it->watch.fd, (const struct sockaddr *)&spec->server.sa, spec->server.len))
		return sb_fail(err, SB_EENV, errno, "session: a UDP socket at port %u", port);
	return 0;
}

static int open_server(struct sb_session_script *s, struct sb_err *err)
{
	const struct sb_node_addr *at = &s->flow->spec.server;
	int room = RECEIVE_BUFFER;

	s->udp.ready = server_work;
	s->udp.fd = socket(at->sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->udp.fd < 0)
		return sb_fail(err, SB_EENV, errno, "a UDP socket for %s", at->text);
	setsockopt(s->udp.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(s->udp.fd, (const struct sockaddr *)&at->sa, at->len))
		return sb_fail(err, SB_EENV, errno, "cannot bind to %s port %u", at->text,
			       at->port);
	return 0;
}

int sb_session_udp_prepare(struct sb_session_script *s, struct sb_err *err)
{
	bool any = false;

	for (uint64_t i = 0; i < s->count; i++) {
		any |= s->items[i].spec->is_udp;
		if (s->items[i].spec->is_udp && sb_session_is_client(s) &&
		    open_client(s, &s->items[i], err))
			return -1;
	}
	return any && !sb_session_is_client(s) ? open_server(s, err) : 0;
}

void sb_session_udp_begin(struct sb_session_script *s)
{
	struct sb_err err = {0};

	if (s->udp.fd >= 0 && sb_watch_add(s->flow->node, &s->udp, EPOLLIN, &err))
		sb_flow_error(s->flow, "%s", err.msg);
	for (uint64_t i = 0; i < s->count; i++) {
		struct sb_session_item *it = &s->items[i];

		if (!it->spec->is_udp)
			continue;
		if (it->watch.fd >= 0 && sb_watch_add(s->flow->node, &it->watch, EPOLLIN, &err))
			sb_flow_error(s->flow, "%s", err.msg);
		sb_session_due(it, due_of(it, it->spec->first));
	}
}
