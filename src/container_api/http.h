/* SPDX-License-Identifier: MIT */
/* http.h - requests to one daemon over a UNIX socket, TCP or TLS; every wait and every size bounded
 */
#ifndef SATBED_CONTAINER_API_HTTP_H
#define SATBED_CONTAINER_API_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "satbed/container_api.h"

struct sb_http;

/**
 * struct sb_http_request - what to ask
 * @path:	with version prefix and query
 * @shown:	the same for messages
 * @body:	NULL = none; @body_len bytes of @content_type
 * @source:	instead of @body, for what is made while it is sent: bytes put into @buf, 0 at the
 *		end, -1 with @err
 * @timeout_ms:	for the whole exchange, 0 = none
 * @silence_ms:	for a time in which not one byte moves either way, 0 = none
 * @interruptible: Ctrl-C ends it; not for what tidies up
 */
struct sb_http_request {
	const char *method, *path, *shown;
	const char *content_type;
	const void *body;
	size_t body_len;
	ssize_t (*source)(void *ctx, void *buf, size_t size, struct sb_err *err);
	void *ctx;
	int timeout_ms, silence_ms;
	bool interruptible;
};

/** sb_http_new() - for @address, whose TLS files must be readable; connects to nothing yet */
int sb_http_new(const struct sb_daemon_address *address, struct sb_http **out, struct sb_err *err);
void sb_http_free(struct sb_http *h);

/** sb_http_patience_ms() - @ms, or what SATBED_DAEMON_PATIENCE_MS says instead; 0 stays 0: for ever */
int sb_http_patience_ms(const struct sb_http *h, int ms);
/** sb_http_grant_ns() - sb_writeback_grant_ns() for a limit of @limit_ms that has passed; 0 for daemons elsewhere, which have
 * their own disks, and where SATBED_DAEMON_PATIENCE_MS is the limit */
int64_t sb_http_grant_ns(const struct sb_http *h, int limit_ms, int64_t begun_ns);

/**
 * sb_http_peer() - the user of the process that listens at a UNIX socket
 *
 * Return: true: all answers so far came from listeners of user @uid; false: over TCP, not asked
 * anything yet, or from several users
 */
bool sb_http_peer(const struct sb_http *h, uid_t *uid);

struct sb_transfer;

/**
 * sb_http_begin() - send a request and wait for the head of its answer
 * @request:	stays the caller's until sb_http_end(), strings and all
 *
 * One transfer at a time.  Return: the HTTP status, or -1 with @err (@out is NULL then)
 */
int sb_http_begin(struct sb_http *h, const struct sb_http_request *request,
		  struct sb_transfer **out, struct sb_err *err);
/** sb_http_read() - the next bytes of the answer; 0 at its end, -1 with @err */
ssize_t sb_http_read(struct sb_transfer *t, void *buf, size_t size, struct sb_err *err);
/** sb_http_content_type() - as the daemon named it, cleaned; "" when it did not */
const char *sb_http_content_type(const struct sb_transfer *t);
/** sb_http_end() - what was not read is not fetched either; NULL is allowed */
void sb_http_end(struct sb_transfer *t);

/**
 * sb_http_slurp() - the rest of the answer as a string
 * @max:	more than this many bytes is an error
 */
int sb_http_slurp(struct sb_transfer *t, size_t max, char **out, size_t *len, struct sb_err *err);

/** sb_http_dial() - a connection of its own, TLS done, for a protocol spoken by hand */
int sb_http_dial(struct sb_http *h, CURL **out, struct sb_err *err);

#endif
