// SPDX-License-Identifier: MIT
/*
 * stream.c - paced UDP with numbers and send times in it
 *
 * The client's socket is connected to the server; the server learns the client's address from the
 * first datagram, which for dir "down" is a hello that the client repeats until data comes. Sockets
 * stay open until the node ends: a late datagram must not be answered by "port unreachable".
 *
 * On a virtual clock, where waking up is what costs, a receiver whose socket has room for all that
 * ever comes takes it at the samples (decision 0037).
 */
#include <errno.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram.h"
#include "agent/agent.h"
#include "pacer.h"
#include "satbed/base/clock.h"
#include "seq.h"

#define HEADER	       SB_NODE_MIN_DATAGRAM
#define HELLO_NS       (200 * SB_NS_PER_MS)
#define MIN_SLEEP_NS   (50 * SB_NS_PER_US)  /* more wake-ups than this cost more than they give */
#define RETRY_NS       (500 * SB_NS_PER_US) /* the interface's queue was full */
#define RECEIVE_BUFFER (4 << 20)
#define DRAIN_TURNS    1024
/* What the kernel counts for a datagram (SKB_TRUESIZE): its struct sk_buff, and a power of two for the
 * headers, the datagram and what the kernel keeps behind it. */
#define SKB_BYTES      256u
#define SKB_ROOM_BYTES 512u

/**
 * struct stream - one end of a stream flow
 * @timer:	pacing (sender) or hello (client of a "down" flow)
 * @has_peer:	somewhere to send to, or heard from
 * @refused:	times the other end's kernel said that nobody listens
 * @broken:	sending failed for good
 * @at_samples:	receives at samples only, from the first datagram on
 * @packets, @bytes: sent; a receiver's are in @seq
 * @head, @iov, @msg, @take: one batch, either way
 */
struct stream {
	struct sb_watch sock;
	struct sb_timer timer;
	struct sb_node_flow *flow;
	bool has_peer, broken, at_samples;
	uint64_t refused, packets, bytes, heard;
	struct sb_pacer pacer;
	struct sb_seq seq;
	unsigned char head[SB_BATCH][HEADER];
	struct iovec iov[SB_BATCH][2];
	struct mmsghdr msg[SB_BATCH];
};

static uint64_t socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		return 0;
	return info[SK_MEMINFO_DROPS];
}

/* Room for a batch in which all datagrams share one body and differ in their first bytes. */
static void lay_out_send(struct stream *s)
{
	for (size_t i = 0; i < SB_BATCH; i++) {
		s->iov[i][0] = (struct iovec){.iov_base = s->head[i], .iov_len = HEADER};
		s->iov[i][1] = (struct iovec){
		    .iov_base = s->flow->node->payload,
		    .iov_len = s->flow->spec.packet_bytes - HEADER,
		};
		s->msg[i].msg_hdr = (struct msghdr){.msg_iov = s->iov[i], .msg_iovlen = 2};
	}
}

/* Only the first bytes are wanted; MSG_TRUNC tells the whole length. */
static void lay_out_take(struct stream *s)
{
	for (size_t i = 0; i < SB_BATCH; i++) {
		s->iov[i][0] = (struct iovec){.iov_base = s->head[i], .iov_len = HEADER};
		s->msg[i].msg_hdr = (struct msghdr){.msg_iov = s->iov[i], .msg_iovlen = 1};
	}
}

/* An error that sendmmsg() gave: true when it will pass. */
static bool passes(struct stream *s, int error)
{
	switch (error) {
	case ECONNREFUSED:
		/* Of an earlier datagram; asking has cleared it. */
		s->refused++;
		return true;
	case EAGAIN:
	case EINTR:
	case ENOBUFS:
	case EHOSTUNREACH:
		return true;
	default:
		sb_flow_error(s->flow, "sending to %s port %u: %s", s->flow->spec.server.text,
			      s->flow->spec.server.port, strerror(error));
		s->broken = true;
		return false;
	}
}

/* Up to @n packets; how many went out. */
static unsigned int send_batch(struct stream *s, uint64_t n)
{
	unsigned int count = n < SB_BATCH ? (unsigned int)n : SB_BATCH;
	struct sb_datagram d = {
	    .magic = SB_DATAGRAM_DATA,
	    .flow = (uint32_t)s->flow->spec.id,
	    .sent_ns = sb_mono_ns(),
	};
	int sent;

	for (unsigned int i = 0; i < count; i++) {
		d.number = s->packets + i;
		sb_datagram_write(s->head[i], &d);
	}
	sent = sendmmsg(s->sock.fd, s->msg, count, MSG_DONTWAIT);
	if (sent < 0) {
		passes(s, errno);
		return 0;
	}
	if (!s->flow->first_ns)
		s->flow->first_ns = d.sent_ns;
	s->packets += (unsigned int)sent;
	s->bytes += (uint64_t)sent * s->flow->spec.packet_bytes;
	sb_pacer_sent(&s->pacer, (unsigned int)sent);
	return (unsigned int)sent;
}

static void pace(struct sb_timer *t)
{
	struct stream *s = sb_container_of(t, struct stream, timer);
	int64_t now = sb_mono_ns(), next, last = s->flow->end_ns - 1;
	/* However late this is: a slot at or after the flow's end is none. */
	uint64_t due = sb_pacer_due(&s->pacer, now < last ? now : last);
	unsigned int sent = due ? send_batch(s, due) : 0;

	next = sb_pacer_next_ns(&s->pacer);
	if (s->broken || next > last)
		return;
	if (due && !sent)
		next = now + RETRY_NS;
	else if (s->pacer.packet_bits * SB_NS_PER_S < MIN_SLEEP_NS * s->pacer.rate_bps &&
		 next > now && next < now + MIN_SLEEP_NS)
		next = now + MIN_SLEEP_NS;
	sb_timer_arm(t, next);
}

static void start_pacing(struct stream *s, int64_t now)
{
	s->pacer.origin_ns = now;
	pace(&s->timer);
}

static void say_hello(struct sb_timer *t)
{
	struct stream *s = sb_container_of(t, struct stream, timer);
	int64_t now = sb_mono_ns();
	struct sb_datagram d = {
	    .magic = SB_DATAGRAM_HELLO, .flow = (uint32_t)s->flow->spec.id, .sent_ns = now};
	unsigned char buf[HEADER];

	if (s->heard || s->broken)
		return;
	sb_datagram_write(buf, &d);
	if (!s->flow->first_ns)
		s->flow->first_ns = now;
	if (send(s->sock.fd, buf, sizeof(buf), MSG_DONTWAIT) < 0 && !passes(s, errno))
		return;
	sb_timer_arm(t, now + HELLO_NS);
}

/* The server of a "down" flow: the first hello tells where to send to. */
static void hear_hello(struct stream *s, const struct sb_datagram *d, const struct sockaddr *from,
		       socklen_t len)
{
	if (s->has_peer || d->magic != SB_DATAGRAM_HELLO)
		return;
	if (connect(s->sock.fd, from, len)) {
		passes(s, errno);
		return;
	}
	s->has_peer = true;
	s->flow->totals.connected = 1;
	start_pacing(s, sb_mono_ns());
}

static void hear_data(struct stream *s, const struct sb_datagram *d, uint32_t len)
{
	if (d->magic != SB_DATAGRAM_DATA)
		return;
	s->heard++;
	s->flow->totals.connected = 1;
	if (!s->flow->first_ns)
		s->flow->first_ns = sb_mono_ns();
	if (sb_seq_take(&s->seq, d->number))
		s->bytes += len;
}

static bool is_ours(const struct stream *s, const unsigned char *head, size_t len,
		    struct sb_datagram *d)
{
	return sb_datagram_read(head, len, d) && d->flow == (uint32_t)s->flow->spec.id;
}

/* One batch of data; false when there is no more now. */
static bool take_batch(struct stream *s)
{
	int n = recvmmsg(s->sock.fd, s->msg, SB_BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);

	if (n < 0 && errno == ECONNREFUSED) {
		s->refused++;
		return true;
	}
	for (int i = 0; i < n; i++) {
		struct sb_datagram d;
		size_t len = s->msg[i].msg_len;

		if (is_ours(s, s->head[i], len < HEADER ? len : HEADER, &d))
			hear_data(s, &d, s->msg[i].msg_len);
	}
	return n == SB_BATCH;
}

static void take_all(struct stream *s)
{
	int turns = DRAIN_TURNS;

	while (turns-- && take_batch(s))
		;
}

/* Is there room in the socket for all datagrams of the flow, were each of them doubled on the way? */
static bool all_fits(const struct stream *s)
{
	const struct sb_flow_spec *spec = &s->flow->spec;
	uint64_t packets = sb_pacer_total(&s->pacer, spec->duration_ns);
	uint64_t each = SKB_ROOM_BYTES;
	int room = 0;
	socklen_t len = sizeof(room);

	while (each < spec->packet_bytes + SKB_ROOM_BYTES)
		each *= 2;
	return !getsockopt(s->sock.fd, SOL_SOCKET, SO_RCVBUF, &room, &len) && room > 0 &&
	       2 * packets < (uint64_t)room / (each + SKB_BYTES);
}

static void receiver_ready(struct sb_watch *w, uint32_t events)
{
	struct stream *s = sb_container_of(w, struct stream, sock);

	(void)events;
	take_batch(s);
	if (s->at_samples && s->heard)
		sb_watch_mute(s->flow->node, w);
}

/* What comes back to a sender: hellos, errors, nothing else. */
static void sender_ready(struct sb_watch *w, uint32_t events)
{
	struct stream *s = sb_container_of(w, struct stream, sock);
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	unsigned char head[HEADER];
	struct sb_datagram d;
	ssize_t n =
	    recvfrom(w->fd, head, sizeof(head), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

	(void)events;
	if (n < 0) {
		passes(s, errno);
		return;
	}
	if (!s->flow->spec.is_client && is_ours(s, head, (size_t)n, &d))
		hear_hello(s, &d, (struct sockaddr *)&from, from_len);
}

static int open_stream(struct sb_node_flow *flow, struct stream *s, struct sb_err *err)
{
	const struct sb_node_addr *at = &flow->spec.server;
	const struct sockaddr *sa = (const struct sockaddr *)&at->sa;
	int room = RECEIVE_BUFFER;

	s->sock.fd = socket(at->sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->sock.fd < 0)
		return sb_fail(err, SB_EENV, errno, "a UDP socket for %s", at->text);
	/* As much as the kernel grants: what does not fit is counted, see socket_drops. */
	setsockopt(s->sock.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (flow->spec.is_client) {
		if (connect(s->sock.fd, sa, at->len))
			return sb_fail(err, SB_EENV, errno, "no way to %s", at->text);
	} else if (bind(s->sock.fd, sa, at->len)) {
		return sb_fail(err, SB_EENV, errno, "cannot bind to %s port %u", at->text,
			       at->port);
	}
	s->sock.ready = sb_flow_sends(&flow->spec) ? sender_ready : receiver_ready;
	s->at_samples = sb_clock_is_virtual() && !sb_flow_sends(&flow->spec) && all_fits(s);
	return 0;
}

static int stream_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	bool sends = sb_flow_sends(&flow->spec);
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = s;
	s->flow = flow;
	s->sock.fd = -1;
	s->pacer.rate_bps = flow->spec.rate_bps;
	s->pacer.packet_bits = UINT64_C(8) * flow->spec.packet_bytes;
	if (sends)
		lay_out_send(s);
	else
		lay_out_take(s);
	if (open_stream(flow, s, err))
		return -1;
	sb_timer_open(flow->node, &s->timer, sends ? pace : say_hello);
	return 0;
}

static void stream_begin(struct sb_node_flow *flow, int64_t now)
{
	struct stream *s = flow->impl;
	struct sb_err err = {0};

	if (sb_watch_add(flow->node, &s->sock, EPOLLIN, &err)) {
		sb_flow_error(flow, "%s", err.msg);
		return;
	}
	if (!flow->spec.is_client)
		return;
	s->has_peer = true;
	if (sb_flow_sends(&flow->spec))
		start_pacing(s, now);
	else
		say_hello(&s->timer);
}

static void stream_sample(struct sb_node_flow *flow, int64_t now)
{
	struct stream *s = flow->impl;
	bool sends = sb_flow_sends(&flow->spec);
	struct sb_text t;

	if (s->at_samples)
		take_all(s);
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", s->bytes);
	sb_text_uint(&t, "packets", sends ? s->packets : s->seq.packets);
	sb_text_uint(&t, "lost", sb_seq_lost(&s->seq));
	sb_text_uint(&t, "reordered", s->seq.reordered);
	sb_text_uint(&t, "duplicated", s->seq.duplicated);
	sb_flow_sample_send(flow, &t);
}

/* What is not as it should be, in order of how much it explains. */
static void explain(struct stream *s)
{
	struct sb_node_flow *flow = s->flow;
	bool sends = sb_flow_sends(&flow->spec);
	unsigned long long drops = flow->totals.socket_drops;

	if (s->refused)
		sb_flow_error(flow, "the peer answered \"port unreachable\" %llu times",
			      (unsigned long long)s->refused);
	if (sends && !s->has_peer)
		sb_flow_error(flow, "no hello from the client");
	if (sends && s->has_peer && !s->packets)
		sb_flow_error(flow, "nothing could be sent");
	if (!sends && !s->heard)
		sb_flow_error(flow, "no datagram arrived");
	if (!sends && drops)
		sb_flow_error(flow, "%llu datagrams were lost in the receiver's own socket buffer",
			      drops);
	if (s->pacer.skipped)
		sb_flow_error(flow, "%llu datagrams could not be sent in time and were left out",
			      (unsigned long long)s->pacer.skipped);
}

static void stream_finish(struct sb_node_flow *flow, int64_t now)
{
	struct stream *s = flow->impl;
	struct sb_totals *sum = &flow->totals;
	bool sends = sb_flow_sends(&flow->spec);

	/* What was due and never came to be sent is left out like what came too late. */
	if (sends && s->pacer.origin_ns && !s->broken)
		sb_pacer_due(&s->pacer, now < flow->end_ns ? now : flow->end_ns - 1);
	if (!sends)
		take_all(s);
	sb_timer_close(&s->timer);
	sb_watch_mute(flow->node, &s->sock);
	if (sends && s->packets)
		sum->connected = 1;
	sum->bytes = s->bytes;
	sum->packets = sends ? s->packets : s->seq.packets;
	sum->lost = sb_seq_lost(&s->seq);
	sum->reordered = s->seq.reordered;
	sum->duplicated = s->seq.duplicated;
	sum->skipped = s->pacer.skipped;
	sum->socket_drops = socket_drops(s->sock.fd);
	explain(s);
}

static void stream_release(struct sb_node_flow *flow)
{
	struct stream *s = flow->impl;

	if (!s)
		return;
	sb_timer_close(&s->timer);
	sb_watch_close(&s->sock);
	free(s);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_stream_ops = {
    .prepare = stream_prepare,
    .begin = stream_begin,
    .sample = stream_sample,
    .finish = stream_finish,
    .release = stream_release,
};
