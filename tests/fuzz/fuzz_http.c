// SPDX-License-Identifier: MIT
/*
 * fuzz_http.c - any bytes as what a daemon answers over its socket, from the status line on
 *
 * The first byte is the most that is wanted of a body.  Invariant beyond not crashing: an answer comes
 * with a status of three digits and no more of its body than that, and a failure with a message that
 * moves no reader's cursor.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "container_api/http.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATIENCE_MS 5000

static struct sb_daemon_address address;
static int listener;
static const uint8_t *answer;
static size_t answer_len;
static sem_t answered;

/* One answer for one connection, once its request is there. */
static void *play(void *unused)
{
	char request[4096];

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		size_t len = 0;
		ssize_t n;

		MUST(fd >= 0);
		while (len < sizeof(request) - 1 &&
		       (n = recv(fd, request + len, sizeof(request) - 1 - len, 0)) > 0) {
			len += (size_t)n;
			request[len] = '\0';
			if (strstr(request, "\r\n\r\n"))
				break;
		}
		for (size_t at = 0; at < answer_len; at += (size_t)n)
			if ((n = send(fd, answer + at, answer_len - at, MSG_NOSIGNAL)) <= 0)
				break;
		close(fd);
		sem_post(&answered);
	}
	return unused;
}

static void listen_once(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	pthread_t thread;

	if (address.url[0])
		return;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", scratch());
	snprintf(address.url, sizeof(address.url), "unix://%s/s", scratch());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(!bind(listener, (struct sockaddr *)&at, sizeof(at)) && !listen(listener, 8));
	MUST(!sem_init(&answered, 0, 0) && !pthread_create(&thread, NULL, play, NULL));
}

static void check_words(const char *text)
{
	for (const char *c = text; *c; c++)
		MUST((unsigned char)*c >= 0x20 || *c == '\n');
}

static void ask(struct sb_http *h, size_t max)
{
	struct sb_http_request r = {.method = "GET",
				    .path = "/v1.41/info",
				    .shown = "/info",
				    .timeout_ms = PATIENCE_MS,
				    .silence_ms = PATIENCE_MS};
	struct sb_transfer *t = NULL;
	struct sb_err err = {0};
	char *body = NULL;
	size_t len = 0;
	int status = sb_http_begin(h, &r, &t, &err);

	if (status < 0) {
		MUST(!t && err.msg[0]);
		check_words(err.msg);
		return;
	}
	MUST(t && status >= 100 && status <= 999);
	check_words(sb_http_content_type(t));
	if (sb_http_slurp(t, max, &body, &len, &err)) {
		MUST(err.msg[0] && !body);
		check_words(err.msg);
	} else {
		MUST(len <= max && strlen(body) <= len);
		free(body);
	}
	sb_http_end(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_err err = {0};
	struct sb_http *h;

	if (!size)
		return 0;
	listen_once();
	answer = data + 1;
	answer_len = size - 1;
	MUST(!sb_http_new(&address, &h, &err));
	ask(h, data[0]);
	sb_http_free(h);
	/* The bytes are the fuzzer's: nobody may read them after this.  Each connection was served once. */
	sem_wait(&answered);
	return 0;
}
