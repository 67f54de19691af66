// SPDX-License-Identifier: MIT
/* file_ends.c - a file's sender and receiver on one connection, and what becomes of a connection that is lost */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "pattern.h"
#include "satbed/base/clock.h"

#define SEND_TURNS    128
#define LAST_RETRY_NS (2 * SB_NS_PER_S)

bool sb_file_sends(const struct sb_file_end *f)
{
	return sb_flow_sends(&f->flow->spec);
}

bool sb_file_is_complete(const struct sb_file_end *f)
{
	return f->flow->totals.complete_ns;
}

static void moved(struct sb_file_end *f)
{
	f->moved_ns = sb_mono_ns();
	f->retry_ns = SB_FILE_FIRST_RETRY_NS;
}

void sb_file_read_state(struct sb_file_end *f)
{
	uint64_t acked;

	if (f->conn.fd < 0 || f->phase != PHASE_OPEN)
		return;
	sb_tcp_read(f->conn.fd, &f->tcp);
	acked = sb_file_sends(f) ? sb_tcp_bytes_acked(f->conn.fd, f->given) : 0;
	if (acked > f->acked)
		moved(f);
	f->acked = acked;
	/* Acknowledged by its kernel: more than likely what it will say. */
	if (f->greeted && f->base + acked > f->have)
		f->have = f->base + acked;
}

/* The connection is no more; what it did is counted. */
void sb_file_drop(struct sb_file_end *f, const char *why)
{
	struct sb_totals *sum = &f->flow->totals;

	if (f->conn.fd < 0)
		return;
	sb_file_read_state(f);
	sb_tcp_read(f->conn.fd, &f->tcp);
	if (sb_file_sends(f))
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
void sb_file_lose(struct sb_file_end *f, const char *why)
{
	int64_t now = sb_mono_ns();

	sb_file_drop(f, why);
	if (!f->flow->spec.is_client)
		return;
	if (sb_file_is_complete(f)) {
		sb_flow_over(f->flow);
		return;
	}
	sb_timer_arm(&f->timer, now + f->retry_ns);
	f->retry_ns = 2 * f->retry_ns < LAST_RETRY_NS ? 2 * f->retry_ns : LAST_RETRY_NS;
}

void sb_file_lose_errno(struct sb_file_end *f, int error)
{
	sb_file_lose(f, error ? strerror(error) : "connection closed by the peer");
}

static void want(struct sb_file_end *f, bool writing)
{
	if (f->conn.fd < 0 || f->writing == writing)
		return;
	f->writing = writing;
	sb_watch_change(f->flow->node, &f->conn, writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void flush_have(struct sb_file_end *f)
{
	while (f->out_len) {
		ssize_t n = send(f->conn.fd, f->out + SB_FILE_HEADER - f->out_len, f->out_len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			sb_file_lose_errno(f, errno);
			return;
		}
		if (n < 0)
			break;
		f->out_len -= (size_t)n;
	}
	want(f, f->out_len > 0);
}

void sb_file_say_have(struct sb_file_end *f)
{
	const struct sb_datagram d = {
	    .magic = SB_DATAGRAM_HAVE,
	    .flow = (uint32_t)f->flow->spec.id,
	    .number = f->have,
	    .sent_ns = sb_mono_ns(),
	};

	sb_datagram_write(f->out, &d);
	f->out_len = SB_FILE_HEADER;
	flush_have(f);
}

static void take(struct sb_file_end *f, size_t len)
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
	sb_file_say_have(f);
}

void sb_file_receive(struct sb_file_end *f, uint32_t events)
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
		sb_file_lose_errno(f, n == 0 ? 0 : errno);
}

/* True where the socket may take more, and there is more. */
static bool send_some(struct sb_file_end *f)
{
	const struct sb_flow_spec *spec = &f->flow->spec;
	uint64_t at = f->base + f->given, left = spec->size_bytes - at;
	size_t len = left < sizeof(f->buf) ? (size_t)left : sizeof(f->buf);
	ssize_t n;

	if (!len) {
		want(f, false);
		return false;
	}
	sb_pattern_fill(spec->seed, at, f->buf, len);
	n = send(f->conn.fd, f->buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		f->given += (uint64_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		sb_file_lose_errno(f, errno);
	return n == (ssize_t)len;
}

/* As bulk.c's: kept full, a bounded amount a turn. */
static void fill(struct sb_file_end *f)
{
	int turns = SEND_TURNS;

	while (turns-- && send_some(f))
		;
}

static void hear_have(struct sb_file_end *f)
{
	const struct sb_flow_spec *spec = &f->flow->spec;
	struct sb_datagram d;

	if (!sb_datagram_read(f->in, SB_FILE_HEADER, &d) || d.magic != SB_DATAGRAM_HAVE ||
	    d.flow != (uint32_t)spec->id || d.number > spec->size_bytes) {
		sb_file_lose(f, "the peer is not a satbed node of this run");
		return;
	}
	moved(f);
	f->in_len = 0;
	if (d.number == spec->size_bytes) {
		f->have = d.number;
		f->flow->totals.complete_ns = f->moved_ns;
		sb_file_drop(f, "");
		sb_flow_over(f->flow);
		return;
	}
	if (f->greeted)
		return;
	f->greeted = true;
	f->base = f->have = d.number;
	want(f, true);
}

void sb_file_send(struct sb_file_end *f, uint32_t events)
{
	ssize_t n;

	if (events & ~(uint32_t)EPOLLOUT) {
		n = recv(f->conn.fd, f->in + f->in_len, SB_FILE_HEADER - f->in_len, MSG_DONTWAIT);
		if (n > 0)
			f->in_len += (size_t)n;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			sb_file_lose_errno(f, n == 0 ? 0 : errno);
			return;
		}
		if (f->in_len == SB_FILE_HEADER)
			hear_have(f);
	}
	if (f->conn.fd >= 0 && events & EPOLLOUT && f->greeted)
		fill(f);
}
