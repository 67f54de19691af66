/* SPDX-License-Identifier: MIT */
/* listen.h - addresses that satbed serves something at, and the names it is asked by */
#ifndef SATBED_BASE_LISTEN_H
#define SATBED_BASE_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "satbed/base/err.h"

/**
 * sb_listen_address() - "9464" (of 127.0.0.1), "127.0.0.1:9464", "[::1]:9464", "localhost:9464"
 * @option:	that it is the value of, for messages; @example: a good value of it
 *
 * Return: 0, or -1 with @err (SB_EINPUT); @out is then not modified
 */
int sb_listen_address(const char *option, const char *text, const char *example,
		      struct sockaddr_storage *out, struct sb_err *err);
/** sb_listen_is_loopback() - 127.0.0.0/8 and ::1: what no other machine reaches */
bool sb_listen_is_loopback(const struct sockaddr_storage *address);
/**
 * sb_listen_open() - a socket that listens there, whatever else has just been there
 * @text:	the address, for messages
 *
 * Return: the descriptor, non-blocking and closed by exec, or -1 with @err (SB_EENV)
 */
int sb_listen_open(const char *option, const char *text, const struct sockaddr_storage *address,
		   struct sb_err *err);

/** sb_host_is_loopback() - a Host header with a name or an address of loopback */
bool sb_host_is_loopback(const char *header);
/** sb_host_is_address() - a Host header with any address, localhost or this machine's own name: no
 * name that somebody's name server may point anywhere */
bool sb_host_is_address(const char *header);

#endif
