/* SPDX-License-Identifier: MIT */
/* pump.h - one attach stream between a daemon's connection and a socketpair; never blocks */
#ifndef SATBED_CONTAINER_API_PUMP_H
#define SATBED_CONTAINER_API_PUMP_H

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "frames.h"

#define SB_TAIL_BYTES 4096
#define SB_PUMP_BYTES 65536

/**
 * struct sb_pump - one stream; the pump thread's alone, but for @tail
 * @easy:	the connection to the daemon, NULL once it is over
 * @near:	our end of the socketpair, -1 once it is closed
 * @to, @to_at, @to_len: bytes on their way to the container
 * @from, @from_at, @from_len: bytes of the daemon not yet taken apart
 * @piece, @piece_len: standard output not yet written to @near; part of @from
 * @near_ended:	no more will come from @near; @told: and the daemon knows
 * @near_gone:	nobody reads @near any more: output is dropped
 * @hurry:	there may be more to do without poll() knowing (TLS holds bytes back)
 * @tail:	what it complained of last, a ring of @tail_used (ever written) bytes; under @lock
 */
struct sb_pump {
	char container[96];
	CURL *easy;
	curl_socket_t sock;
	int near;
	unsigned char to[SB_PUMP_BYTES], from[SB_PUMP_BYTES];
	size_t to_at, to_len, from_at, from_len;
	const unsigned char *piece;
	size_t piece_len;
	struct sb_frames frames;
	bool near_ended, told, near_gone, hurry;
	pthread_mutex_t lock;
	size_t tail_used;
	char tail[SB_TAIL_BYTES];
};

/** sb_pump_want() - what to poll for; a descriptor of -1 where there is nothing to wait for */
void sb_pump_want(const struct sb_pump *p, struct pollfd *near, struct pollfd *daemon);
/** sb_pump_move() - whatever can be moved, a bounded amount of it */
void sb_pump_move(struct sb_pump *p);
/** sb_pump_end() - both ends closed */
void sb_pump_end(struct sb_pump *p);
/** sb_pump_complaint() - the last of standard error, cleaned line by line; the caller's to free */
char *sb_pump_complaint(struct sb_pump *p);

#endif
