// SPDX-License-Identifier: MIT
/*
 * relay.c - a proxy at work: bytes from one connection into another, both ways
 *
 * Edge-triggered: the kernel says once that a socket can be read or written, and it is until it says EAGAIN.
 * Each way has one buffer, read into only when it is empty, so a slow side holds the other back by
 * nothing but TCP's own windows.  Nothing is allocated after the start.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/pep/pep.h"
#include "satbed/base/mem.h"

#define MOST	    1024  /* connections at once */
#define BUFFER	    65536 /* bytes, of one way */
#define EVENTS	    64
#define SHARE_MS    100
#define SMALL_BYTES 16384		  /* under way: less is a request or an answer */
#define TURN_BYTES  (16 * (size_t)BUFFER) /* of one connection and way, before others have theirs */

/** struct way - from one side of a connection to the other */
struct way {
	char *buffer;
	uint32_t begin, end;
	bool ended, /* nothing more comes from the one side */
	    shut;   /* and the other has been told */
};

/**
 * struct pair - two connections that are one
 * @fd:		the client's side, the server's side
 * @way:	by enum sb_dir: from fd[0] to fd[1], from fd[1] to fd[0]
 * @again:	has more to do than its turn allowed
 */
struct pair {
	int fd[2];
	bool used, connected, again, readable[2], writable[2];
	uint64_t rate; /* it is paced at, bytes a second */
	struct way way[2];
};

struct proxy {
	const struct sb_pep_relay *relay;
	int epoll_fd;
	struct pair *pairs;
	uint32_t most, free_list[MOST], free_count;
	uint32_t again[MOST], again_count;
	int64_t share_at_ms;
};

/* What an event belongs to. */
static uint64_t mark_listener(size_t i)
{
	return UINT64_C(1) << 63 | i;
}

static uint64_t mark_side(uint32_t pair, int side)
{
	return (uint64_t)pair << 1 | (uint64_t)side;
}

/*
 * The fixed rate is shared by the connections that have something under way over the satellite: what waits
 * for an answer, or only receives, takes no share.
 */
static void share_rate(struct proxy *p)
{
	uint64_t active = 0, rate;
	int unacked;

	for (uint32_t i = 0; i < MOST; i++)
		active += p->pairs[i].used &&
			  !ioctl(p->pairs[i].fd[p->relay->satellite], SIOCOUTQ, &unacked) &&
			  unacked > SMALL_BYTES;
	rate = p->relay->rate_bps / 8 / (active ? active : 1);
	for (uint32_t i = 0; i < MOST; i++) {
		struct pair *c = &p->pairs[i];

		/* A socket that has just ended keeps what it had. */
		if (c->used && c->rate != rate &&
		    !setsockopt(c->fd[p->relay->satellite], SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
				sizeof(rate)))
			c->rate = rate;
	}
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Return: for how long the loop may wait, in milliseconds; -1 = for ever */
static int share_in_time(struct proxy *p)
{
	int64_t now;

	if (!p->relay->rate_bps || p->free_count == p->most)
		return -1;
	now = now_ms();
	if (now >= p->share_at_ms) {
		share_rate(p);
		p->share_at_ms = now + SHARE_MS;
	}
	return SHARE_MS;
}

/* The other end learns that the connection broke. */
static void refuse(int fd)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* With @reset both ends learn that the connection broke, else that it is over. */
static void close_pair(struct proxy *p, uint32_t i, bool reset)
{
	struct pair *c = &p->pairs[i];

	for (int side = 0; side < 2; side++) {
		if (reset)
			refuse(c->fd[side]);
		else
			close(c->fd[side]);
	}
	c->used = false;
	p->free_list[p->free_count++] = i;
	p->share_at_ms = 0;
}

/* Return: 1 moved all that there was, 0 its turn is over, -1 the connection broke */
static int move(struct proxy *p, struct pair *c, int from)
{
	struct way *w = &c->way[from];
	uint64_t moved = 0;
	int to = !from;

	while (moved < TURN_BYTES) {
		ssize_t n;

		if (w->begin < w->end) {
			if (!c->writable[to])
				return 1;
			n = send(c->fd[to], w->buffer + w->begin, w->end - w->begin, MSG_NOSIGNAL);
			if (n < 0 && errno == EAGAIN) {
				c->writable[to] = false;
				return 1;
			}
			if (n < 0)
				return -1;
			w->begin += (uint32_t)n;
			moved += (uint64_t)n;
			p->relay->counts->bytes[from] += (uint64_t)n;
			continue;
		}
		if (w->ended || !c->readable[from])
			break;
		n = recv(c->fd[from], w->buffer, BUFFER, 0);
		if (n < 0 && errno == EAGAIN) {
			c->readable[from] = false;
			break;
		}
		if (n < 0)
			return -1;
		w->begin = 0;
		w->end = (uint32_t)n;
		w->ended = n == 0;
	}
	if (moved >= TURN_BYTES)
		return 0;
	if (w->ended && !w->shut) {
		w->shut = true;
		if (shutdown(c->fd[to], SHUT_WR))
			return -1;
	}
	return 1;
}

static void serve(struct proxy *p, uint32_t i)
{
	struct pair *c = &p->pairs[i];
	bool more = false;

	c->again = false;
	for (int from = 0; from < 2; from++) {
		int rc = move(p, c, from);

		if (rc < 0) {
			close_pair(p, i, true);
			return;
		}
		more |= rc == 0;
	}
	if (c->way[0].shut && c->way[1].shut) {
		close_pair(p, i, false);
	} else if (more) {
		c->again = true;
		p->again[p->again_count++] = i;
	}
}

/* The address behind an IPv4-mapped one (RFC 4291, section 2.5.5.2). */
static socklen_t plain_address(const struct sockaddr_in6 *in, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = in->sin6_port};

	memset(out, 0, sizeof(*out));
	if (!IN6_IS_ADDR_V4MAPPED(&in->sin6_addr)) {
		memcpy(out, in, sizeof(*in));
		return sizeof(*in);
	}
	memcpy(&v4.sin_addr, &in->sin6_addr.s6_addr[12], 4);
	memcpy(out, &v4, sizeof(v4));
	return sizeof(v4);
}

/* Onwards, with the client's own address and port; below 0: it cannot be. */
static int connect_onwards(int accepted)
{
	struct sockaddr_in6 client, server;
	socklen_t client_len = sizeof(client), server_len = sizeof(server);
	struct sockaddr_storage from, to;
	sb_auto_close int fd = -1;
	int on = 1;

	if (getpeername(accepted, (struct sockaddr *)&client, &client_len) ||
	    getsockname(accepted, (struct sockaddr *)&server, &server_len))
		return -1;
	client_len = plain_address(&client, &from);
	server_len = plain_address(&server, &to);
	fd = socket(from.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&from, client_len) ||
	    (connect(fd, (struct sockaddr *)&to, server_len) && errno != EINPROGRESS))
		return -1;
	return sb_steal_fd(&fd);
}

static int watch(struct proxy *p, int fd, uint64_t mark, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u64 = mark};

	return epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static void open_pair(struct proxy *p, int accepted)
{
	struct sb_pep_counts *counts = p->relay->counts;
	struct pair *c;
	uint32_t i;
	int onwards;

	if (!p->free_count) {
		counts->turned_away++;
		refuse(accepted);
		return;
	}
	onwards = connect_onwards(accepted);
	if (onwards < 0) {
		counts->failed++;
		refuse(accepted);
		return;
	}
	i = p->free_list[--p->free_count];
	c = &p->pairs[i];
	*c = (struct pair){.fd = {accepted, onwards},
			   .used = true,
			   .way = {{.buffer = c->way[0].buffer}, {.buffer = c->way[1].buffer}}};
	counts->connections++;
	if (watch(p, accepted, mark_side(i, 0), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) ||
	    watch(p, onwards, mark_side(i, 1), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
		close_pair(p, i, true);
	p->share_at_ms = 0;
}

static int accept_all(struct proxy *p, size_t listener, struct sb_err *err)
{
	for (;;) {
		int fd = accept4(p->relay->listeners[listener], NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			open_pair(p, fd);
		else if (errno == EAGAIN)
			return 0;
		/* Of a connection that was gone before it was taken (accept(2)). */
		else if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO)
			continue;
		/* It stays in the queue, and is taken with the next one. */
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			return 0;
		else
			return sb_fail(err, SB_EENV, errno, "cannot accept a connection");
	}
}

static void on_event(struct proxy *p, const struct epoll_event *e)
{
	uint32_t i = (uint32_t)(e->data.u64 >> 1);
	struct pair *c = &p->pairs[i];
	int side = (int)(e->data.u64 & 1);

	/* Of the same batch, after its end. */
	if (!c->used)
		return;
	if (e->events & EPOLLERR) {
		if (side == 1 && !c->connected)
			p->relay->counts->failed++;
		close_pair(p, i, true);
		return;
	}
	c->readable[side] |= (e->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
	c->writable[side] |= (e->events & EPOLLOUT) != 0;
	/* Before it is connected, a socket is neither. */
	if (side == 1 && (e->events & EPOLLOUT))
		c->connected = true;
	if (c->connected && !c->again)
		serve(p, i);
}

static void serve_again(struct proxy *p)
{
	uint32_t list[MOST], count = p->again_count;

	memcpy(list, p->again, count * sizeof(list[0]));
	p->again_count = 0;
	for (uint32_t k = 0; k < count; k++)
		if (p->pairs[list[k]].used && p->pairs[list[k]].again)
			serve(p, list[k]);
}

static int prepare(struct proxy *p, struct sb_err *err)
{
	char *buffers = mmap(NULL, (size_t)2 * MOST * BUFFER, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	p->pairs = sb_alloc(MOST, sizeof(*p->pairs));
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (buffers == MAP_FAILED || p->epoll_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot prepare");
	p->most = p->relay->most < MOST ? p->relay->most : MOST;
	for (uint32_t i = 0; i < p->most; i++) {
		p->pairs[i].way[0].buffer = buffers + (size_t)2 * i * BUFFER;
		p->pairs[i].way[1].buffer = buffers + ((size_t)2 * i + 1) * BUFFER;
		p->free_list[p->free_count++] = p->most - 1 - i;
	}
	for (size_t i = 0; i < p->relay->listener_count; i++)
		if (watch(p, p->relay->listeners[i], mark_listener(i), EPOLLIN | EPOLLET))
			return sb_fail(err, SB_EENV, errno, "cannot watch a socket");
	return 0;
}

int sb_pep_relay_run(const struct sb_pep_relay *relay, struct sb_err *err)
{
	struct proxy *p = sb_alloc(1, sizeof(*p));
	struct epoll_event events[EVENTS];
	int rc;

	p->relay = relay;
	rc = prepare(p, err);
	while (!rc) {
		int wait_ms = share_in_time(p);
		int count = epoll_wait(p->epoll_fd, events, EVENTS, p->again_count ? 0 : wait_ms);

		if (count < 0 && errno != EINTR)
			rc = sb_fail(err, SB_EENV, errno, "cannot wait");
		for (int i = 0; i < count && !rc; i++)
			if (events[i].data.u64 >> 63)
				rc = accept_all(p, events[i].data.u64 & UINT32_MAX, err);
			else
				on_event(p, &events[i]);
		serve_again(p);
	}
	free(p->pairs);
	free(p);
	return rc;
}
