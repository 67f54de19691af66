// SPDX-License-Identifier: MIT
/* pump.c - one attach stream between a daemon's connection and a socketpair */
#include "pump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* One stream that always has more must not starve the others. */
#define ROUNDS 8

static void remember(struct sb_pump *p, const void *data, size_t len)
{
	const char *bytes = data;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < len; i++)
		p->tail[p->tail_used++ % sizeof(p->tail)] = bytes[i];
	pthread_mutex_unlock(&p->lock);
}

char *sb_pump_complaint(struct sb_pump *p)
{
	sb_auto_free char *text = sb_alloc(1, sizeof(p->tail) + 1);
	size_t len, first;
	char *out, *line;

	pthread_mutex_lock(&p->lock);
	len = p->tail_used < sizeof(p->tail) ? p->tail_used : sizeof(p->tail);
	first = p->tail_used - len;
	for (size_t i = 0; i < len; i++)
		text[i] = p->tail[(first + i) % sizeof(p->tail)];
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '?';
	/* Lines stay lines. */
	out = sb_alloc(1, len + 1);
	line = text;
	while (line) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		sb_auto_free char *clean = sb_clean(line);

		strcat(out, clean);
		if (end)
			strcat(out, "\n");
		line = end ? end + 1 : NULL;
	}
	return out;
}

void sb_pump_end(struct sb_pump *p)
{
	if (p->easy)
		curl_easy_cleanup(p->easy);
	p->easy = NULL;
	if (p->near >= 0) {
		/* Closing on unread bytes would be a reset, not an end of file. */
		shutdown(p->near, SHUT_RDWR);
		while (recv(p->near, p->to, sizeof(p->to), MSG_DONTWAIT) > 0)
			;
	}
	sb_close_p(&p->near);
	p->hurry = false;
}

static void give_up(struct sb_pump *p, const char *why)
{
	sb_auto_free char *line = sb_asprintf("satbed: %s\n", why);

	remember(p, line, strlen(line));
	sb_pump_end(p);
}

void sb_pump_want(const struct sb_pump *p, struct pollfd *near, struct pollfd *daemon)
{
	bool full = p->from_at < p->from_len || p->piece_len;

	*near = (struct pollfd){.fd = -1};
	*daemon = (struct pollfd){.fd = -1};
	if (!p->easy)
		return;
	if (!p->near_ended && p->to_at == p->to_len)
		near->events |= POLLIN;
	if (p->piece_len)
		near->events |= POLLOUT;
	if (!full)
		daemon->events |= POLLIN;
	if (p->to_at < p->to_len)
		daemon->events |= POLLOUT;
	/* poll() reports hang-ups unasked, again and again: who waits for nothing is left out. */
	if (near->events)
		near->fd = p->near;
	if (daemon->events)
		daemon->fd = p->sock;
}

static bool read_near(struct sb_pump *p)
{
	ssize_t n;

	if (p->near_ended || p->to_at < p->to_len)
		return false;
	n = recv(p->near, p->to, sizeof(p->to), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	p->to_at = 0;
	p->to_len = n > 0 ? (size_t)n : 0;
	p->near_ended = n <= 0;
	return true;
}

static bool write_daemon(struct sb_pump *p)
{
	size_t n = 0;
	CURLcode rc;

	if (p->to_at == p->to_len) {
		if (!p->near_ended || p->told)
			return false;
		/* The container's standard input ends; its output goes on. */
		shutdown(p->sock, SHUT_WR);
		p->told = true;
		return false;
	}
	rc = curl_easy_send(p->easy, p->to + p->to_at, p->to_len - p->to_at, &n);
	if (rc == CURLE_AGAIN)
		return false;
	if (rc) {
		/* It takes no more, but may have last words. */
		p->to_at = p->to_len;
		p->near_ended = p->told = true;
		return true;
	}
	p->to_at += n;
	return n > 0;
}

/* true: something happened; the connection may be over then */
static bool read_daemon(struct sb_pump *p)
{
	size_t n = 0;
	CURLcode rc;

	if (p->from_at < p->from_len || p->piece_len)
		return false;
	rc = curl_easy_recv(p->easy, p->from, sizeof(p->from), &n);
	if (rc == CURLE_AGAIN)
		return false;
	if (rc || n == 0) {
		sb_pump_end(p);
		return false;
	}
	p->from_at = 0;
	p->from_len = n;
	return true;
}

static bool take_apart(struct sb_pump *p)
{
	const unsigned char *at = p->from + p->from_at;
	size_t left = p->from_len - p->from_at;
	enum sb_stream stream;
	struct sb_err err = {0};
	long n;

	if (p->piece_len || left == 0)
		return false;
	n = sb_frames_next(&p->frames, &at, &left, &stream, &p->piece, &err);
	if (n < 0) {
		give_up(p, err.msg);
		return false;
	}
	p->from_at = p->from_len - left;
	if (stream == SB_STREAM_ERR || stream == SB_STREAM_DAEMON)
		remember(p, p->piece, (size_t)n);
	else if (!p->near_gone)
		p->piece_len = (size_t)n;
	return true;
}

static bool write_near(struct sb_pump *p)
{
	ssize_t n;

	if (!p->piece_len)
		return false;
	n = send(p->near, p->piece, p->piece_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		p->near_gone = true;
		p->piece_len = 0;
		return true;
	}
	p->piece += n;
	p->piece_len -= (size_t)n;
	return true;
}

void sb_pump_move(struct sb_pump *p)
{
	bool moved = true;

	for (int round = 0; moved && p->easy && round < ROUNDS; round++) {
		moved = read_near(p);
		moved |= write_daemon(p);
		moved |= write_near(p);
		moved |= take_apart(p);
		if (p->easy)
			moved |= read_daemon(p);
	}
	p->hurry = moved && p->easy;
}
