// SPDX-License-Identifier: MIT
/*
 * attach.c - the attach streams of one testbed, moved by one thread
 *
 * Attaching turns the HTTP connection into the container's own (Engine API, "Attach to a
 * container"), which libcurl's requests cannot do; it still makes the connection, TLS included.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container_api_priv.h"
#include "pump.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define ATTACH_MS      20000
#define LAST_WORDS_MS  1000
#define HEAD_BYTES_MAX 16384
#define LOOK_MS	       1000 /* at what has changed, where the waking of the thread has failed */

struct sb_attachments {
	struct sb_daemon *d;
	pthread_t thread;
	pthread_mutex_t lock; /* of the list */
	struct sb_pump **items;
	size_t count, room;
	int wake;
	bool stop; /* under @lock */
};

static bool wait_until(curl_socket_t sock, short events, int64_t deadline_ns)
{
	struct pollfd p = {.fd = sock, .events = events};
	int64_t left = deadline_ns - sb_mono_ns();

	if (left <= 0)
		return false;
	return poll(&p, 1, (int)(left / SB_NS_PER_MS) + 1) >= 0 || errno == EINTR;
}

static int send_all(struct sb_pump *p, const char *text, int wait_ms, struct sb_err *err)
{
	int64_t deadline = sb_mono_ns() + wait_ms * SB_NS_PER_MS;
	size_t len = strlen(text), done = 0, n;

	while (done < len) {
		CURLcode rc = curl_easy_send(p->easy, text + done, len - done, &n);

		if (!rc)
			done += n;
		else if (rc != CURLE_AGAIN || !wait_until(p->sock, POLLOUT, deadline))
			return sb_fail(err, SB_EENGINE, 0, "the daemon did not take the request");
	}
	return 0;
}

/* Reads into p->from until @enough says so, the other side ends, or it is too late or too much; @h may grant more time. */
static bool read_until(struct sb_pump *p, bool (*enough)(const struct sb_pump *), int wait_ms,
		       const struct sb_http *h)
{
	int64_t begun = sb_mono_ns(), deadline = begun + wait_ms * SB_NS_PER_MS;
	size_t n;

	while (!enough(p) && p->from_len < HEAD_BYTES_MAX) {
		CURLcode rc = curl_easy_recv(p->easy, p->from + p->from_len,
					     HEAD_BYTES_MAX - p->from_len, &n);

		if (rc == CURLE_AGAIN) {
			if (wait_until(p->sock, POLLIN, deadline))
				continue;
			if (h)
				deadline = sb_mono_ns() + sb_http_grant_ns(h, ATTACH_MS, begun);
			if (!wait_until(p->sock, POLLIN, deadline))
				return false;
		} else if (rc || n == 0) {
			return false;
		} else {
			p->from_len += n;
		}
	}
	return enough(p);
}

static bool has_head(const struct sb_pump *p)
{
	return memmem(p->from, p->from_len, "\r\n\r\n", 4) != NULL;
}

/* Only for a better message: a refusal's JSON object, however it is packed. */
static bool has_object(const struct sb_pump *p)
{
	const unsigned char *body = memmem(p->from, p->from_len, "\r\n\r\n", 4);

	return memchr(body, '}', p->from_len - (size_t)(body - p->from)) != NULL;
}

static int refused(struct sb_pump *p, int status, struct sb_err *err)
{
	sb_auto_free char *message = NULL;
	const char *body, *end, *from, *to;

	read_until(p, has_object, LAST_WORDS_MS, NULL);
	end = (const char *)p->from + p->from_len;
	body = (const char *)memmem(p->from, p->from_len, "\r\n\r\n", 4) + 4;
	from = memchr(body, '{', (size_t)(end - body));
	to = from ? memrchr(from, '}', (size_t)(end - from)) : NULL;
	/* Docker answers this one request in plain text. */
	message = to ? sb_daemon_message(from, (size_t)(to - from) + 1)
		     : sb_daemon_message(body, (size_t)(end - body));
	return sb_fail(err, SB_EENGINE, 0, "refused (status %d): %s", status, message);
}

static int read_head(struct sb_pump *p, int wait_ms, const struct sb_http *h, struct sb_err *err)
{
	const unsigned char *end;
	int status = 0;

	if (!read_until(p, has_head, wait_ms, h))
		return sb_fail(err, SB_EENGINE, 0,
			       p->from_len ? "incomplete response from the daemon"
					   : "no response; is the daemon still running?");
	if (sscanf((const char *)p->from, "HTTP/1.%*1[01] %3d", &status) != 1)
		return sb_fail(err, SB_EENGINE, 0, "the response is not HTTP");
	/* 200 is how daemons answered before there was an Upgrade, and some still do. */
	if (status != 101 && status != 200)
		return refused(p, status, err);
	end = memmem(p->from, p->from_len, "\r\n\r\n", 4);
	p->from_at = (size_t)(end - p->from) + 4;
	return 0;
}

static int upgrade(struct sb_attachments *a, struct sb_pump *p, struct sb_err *err)
{
	int wait_ms = sb_http_patience_ms(a->d->http, ATTACH_MS);
	sb_auto_free char *id = sb_daemon_escape(p->container);
	sb_auto_free char *shown =
	    sb_asprintf("/containers/%s/attach?stream=1&stdin=1&stdout=1&stderr=1", id);
	sb_auto_free char *path = sb_daemon_path(a->d, shown);
	sb_auto_free char *request =
	    sb_asprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
			"Upgrade: tcp\r\nContent-Length: 0\r\n\r\n",
			path);

	if (sb_http_dial(a->d->http, &p->easy, err))
		return -1;
	if (curl_easy_getinfo(p->easy, CURLINFO_ACTIVESOCKET, &p->sock))
		return sb_fail(err, SB_EINTERNAL, 0, "libcurl does not show its socket");
	return send_all(p, request, wait_ms, err) || read_head(p, wait_ms, a->d->http, err) ? -1
											    : 0;
}

static void wake(struct sb_attachments *a)
{
	uint64_t one = 1;

	/* Full means awake; whatever else fails, there is LOOK_MS. */
	if (write(a->wake, &one, sizeof(one)) < 0)
		return;
}

static size_t copy_list(struct sb_attachments *a, struct sb_pump ***list, struct pollfd **fds,
			bool *stop)
{
	size_t count;

	pthread_mutex_lock(&a->lock);
	count = a->count;
	*stop = a->stop;
	*list = sb_realloc(*list, count + 1, sizeof(**list));
	if (count)
		memcpy(*list, a->items, count * sizeof(**list));
	pthread_mutex_unlock(&a->lock);
	*fds = sb_realloc(*fds, 2 * count + 1, sizeof(**fds));
	return count;
}

static void *pump_all(void *arg)
{
	struct sb_attachments *a = arg;
	struct sb_pump **list = NULL;
	struct pollfd *fds = NULL;
	size_t count;
	bool stop;

	while (count = copy_list(a, &list, &fds, &stop), !stop) {
		bool hurry = false;
		uint64_t drop;

		for (size_t i = 0; i < count; i++) {
			sb_pump_want(list[i], &fds[2 * i], &fds[2 * i + 1]);
			hurry |= list[i]->hurry;
		}
		fds[2 * count] = (struct pollfd){.fd = a->wake, .events = POLLIN};
		if (poll(fds, 2 * count + 1, hurry ? 0 : LOOK_MS) < 0)
			continue;
		if (fds[2 * count].revents && read(a->wake, &drop, sizeof(drop)) < 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (list[i]->hurry || fds[2 * i].revents || fds[2 * i + 1].revents)
				sb_pump_move(list[i]);
	}
	free(list);
	free(fds);
	return NULL;
}

int sb_attachments_open(const struct sb_daemon *d, struct sb_attachments **out, struct sb_err *err)
{
	struct sb_attachments *a = sb_alloc(1, sizeof(*a));
	sigset_t all, old;
	int rc;

	*out = NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->wake < 0 || sb_daemon_again(d, &a->d, err)) {
		if (a->wake < 0)
			sb_fail(err, SB_EINTERNAL, errno, "an eventfd");
		sb_close_p(&a->wake);
		free(a);
		return -1;
	}
	/* Signals are for the thread that looks at sb_interrupted(). */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&a->thread, NULL, pump_all, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc) {
		sb_daemon_close(a->d);
		sb_close_p(&a->wake);
		free(a);
		return sb_fail(err, SB_EINTERNAL, rc, "a thread for the attach streams");
	}
	*out = a;
	return 0;
}

static void free_pump(struct sb_pump *p)
{
	sb_pump_end(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int sb_attachments_add(struct sb_attachments *a, const char *container, int *fd, struct sb_err *err)
{
	struct sb_pump *p = sb_alloc(1, sizeof(*p));
	int ends[2];

	pthread_mutex_init(&p->lock, NULL);
	p->near = -1;
	snprintf(p->container, sizeof(p->container), "%s", container);
	if (upgrade(a, p, err)) {
		free_pump(p);
		return sb_wrap(err, "attaching to container %s on %s", container,
			       a->d->address.url);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		free_pump(p);
		return sb_fail(err, SB_EINTERNAL, errno, "a channel to container %s", container);
	}
	p->near = ends[0];
	p->hurry = true; /* bytes may have come with the head */
	pthread_mutex_lock(&a->lock);
	a->items = sb_grow(a->items, a->count, &a->room, sizeof(struct sb_pump *));
	a->items[a->count++] = p;
	pthread_mutex_unlock(&a->lock);
	wake(a);
	*fd = ends[1];
	return 0;
}

char *sb_attachments_stderr(struct sb_attachments *a, const char *container)
{
	char *out = NULL;

	pthread_mutex_lock(&a->lock);
	/* A container attached to again: the latest stream has the latest words. */
	for (size_t i = a->count; i > 0 && !out; i--)
		if (!strcmp(a->items[i - 1]->container, container))
			out = sb_pump_complaint(a->items[i - 1]);
	pthread_mutex_unlock(&a->lock);
	return out ? out : sb_strdup("");
}

void sb_attachments_close(struct sb_attachments *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_mutex_unlock(&a->lock);
	wake(a);
	pthread_join(a->thread, NULL);
	while (a->count)
		free_pump(a->items[--a->count]);
	free(a->items);
	sb_daemon_close(a->d);
	sb_close_p(&a->wake);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
