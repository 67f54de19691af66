/* SPDX-License-Identifier: MIT */
/* metrics.h - OpenMetrics over HTTP, on loopback only */
#ifndef SATBED_LIVE_METRICS_H
#define SATBED_LIVE_METRICS_H

#include <sys/socket.h>

#include "satbed/base/err.h"

struct sb_metrics;

/** sb_metrics_address() - "9464", "127.0.0.1:9464", "[::1]:9464", "localhost:9464"; anything that
 * is not loopback is SB_EINPUT */
int sb_metrics_address(const char *text, struct sockaddr_storage *out, struct sb_err *err);

/**
 * sb_metrics_open() - listen
 * @text:	makes the answer, the caller's to free; called from sb_metrics_serve() only
 */
int sb_metrics_open(const char *address, char *(*text)(void *arg), void *arg,
		    struct sb_metrics **out, struct sb_err *err);
/** sb_metrics_port() - where it listens, for port 0 as well */
int sb_metrics_port(const struct sb_metrics *m);
/** sb_metrics_serve() - whatever can be done without waiting: no thread, for satbed forks */
void sb_metrics_serve(struct sb_metrics *m);
void sb_metrics_close(struct sb_metrics *m);

#endif
