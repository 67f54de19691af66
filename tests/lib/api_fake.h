/* SPDX-License-Identifier: MIT */
/* api_fake.h - a daemon that plays recorded and damaged dialogues on a UNIX socket */
#ifndef API_FAKE_H
#define API_FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/container_api.h"

/**
 * struct api_answer - what one request gets
 * @request:	how its first line begins, without the version prefix: "GET /info"
 * @bytes:	sent as they are, head included; @len 0 = a string
 * @again:	@tail is sent this many times after them; in pieces of what one write takes
 * @pause_ms:	before every byte
 * @hang:	then nothing, until the client leaves; else the connection is closed
 * @keep:	the connection goes on with the next request
 * @play:	instead of all this
 */
struct api_answer {
	const char *request;
	const char *bytes;
	size_t len;
	const char *tail;
	size_t again;
	int pause_ms;
	bool hang, keep;
	void (*play)(int fd);
};

struct api_fake;

/**
 * api_fake_start() - @answers ends with a row without @request; the first that fits counts
 *
 * Before them come answers of Docker 20.10 to /version and /info, unless @answers has its own; with
 * @podman those of Podman 4.3.  What nothing fits gets a 404.
 */
struct api_fake *api_fake_start(const struct api_answer *answers, bool podman);
/** api_fake_stop() - all its threads have ended then */
void api_fake_stop(struct api_fake *f);
/** api_fake_address() - where it listens */
struct sb_daemon_address api_fake_address(const struct api_fake *f);
/** api_fake_seen() - the first lines of all requests so far, one a line; the caller's to free */
char *api_fake_seen(struct api_fake *f);
/** api_fake_body_bytes() - the length of the last request body that came whole */
size_t api_fake_body_bytes(struct api_fake *f);

/* Answers made of a body. */
#define API_JSON(body) \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define API_STATUS(status, body) \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

#endif
