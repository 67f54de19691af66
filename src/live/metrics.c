// SPDX-License-Identifier: MIT
/* metrics.c - OpenMetrics over HTTP, on loopback only */
#include "metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

#define CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* A page or two of somebody's dashboard; more are refused rather than kept. */
#define MAX_CONNECTIONS 16
#define TIMEOUT_S	5

struct sb_metrics {
	struct MHD_Daemon *daemon;
	char *(*text)(void *arg);
	void *arg;
	int port;
};

static int read_port(const char *text, const char *all, in_port_t *out, struct sb_err *err)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 0 || n > 65535)
		return sb_fail(err, SB_EINPUT, 0,
			       "metrics: \"%s\" has no port, expected for example 127.0.0.1:9464",
			       all);
	*out = htons((in_port_t)n);
	return 0;
}

/* 127.0.0.0/8 and ::1 are what no other machine reaches. */
static bool take_loopback(const char *host, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
	return false;
}

int sb_metrics_address(const char *text, struct sockaddr_storage *out, struct sb_err *err)
{
	const char *colon = strrchr(text, ':'), *from = text;
	struct sockaddr_storage found;
	char host[64] = "127.0.0.1";
	in_port_t port = 0;

	if (colon) {
		size_t len = (size_t)(colon - text);

		if (*from == '[' && len >= 2 && text[len - 1] == ']') {
			from++;
			len -= 2;
		}
		if (len >= sizeof(host))
			len = sizeof(host) - 1;
		memcpy(host, from, len);
		host[len] = '\0';
	}
	if (!take_loopback(host, &found))
		return sb_fail(err, SB_EINPUT, 0,
			       "metrics: \"%s\" is not a loopback address; metrics are served on "
			       "this machine only: --metrics 127.0.0.1:9464",
			       text);
	if (read_port(colon ? colon + 1 : text, text, &port, err))
		return -1;
	if (found.ss_family == AF_INET)
		((struct sockaddr_in *)&found)->sin_port = port;
	else
		((struct sockaddr_in6 *)&found)->sin6_port = port;
	*out = found;
	return 0;
}

static enum MHD_Result reply(struct MHD_Connection *c, unsigned int status, const char *type,
			     char *text)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result rc;

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state)
{
	const struct sb_metrics *m = arg;

	(void)version;
	(void)data;
	(void)size;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return reply(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
			     sb_strdup("GET /metrics\n"));
	if (strcmp(url, "/metrics") && strcmp(url, "/"))
		return reply(c, MHD_HTTP_NOT_FOUND, "text/plain", sb_strdup("GET /metrics\n"));
	return reply(c, MHD_HTTP_OK, CONTENT_TYPE, m->text(m->arg));
}

int sb_metrics_open(const char *address, char *(*text)(void *arg), void *arg,
		    struct sb_metrics **out, struct sb_err *err)
{
	struct sockaddr_storage to;
	const union MHD_DaemonInfo *info;
	struct sb_metrics *m;
	unsigned int flags = MHD_USE_EPOLL;

	if (sb_metrics_address(address, &to, err))
		return -1;
	if (to.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	m = sb_alloc(1, sizeof(*m));
	m->text = text;
	m->arg = arg;
	errno = 0;
	m->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, m, MHD_OPTION_SOCK_ADDR,
				     (struct sockaddr *)&to, MHD_OPTION_CONNECTION_LIMIT,
				     MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
				     MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	if (!m->daemon) {
		free(m);
		return sb_fail(err, SB_EENV, errno, "cannot serve metrics at %s", address);
	}
	info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_BIND_PORT);
	m->port = info ? info->port : 0;
	*out = m;
	return 0;
}

int sb_metrics_port(const struct sb_metrics *m)
{
	return m->port;
}

void sb_metrics_serve(struct sb_metrics *m)
{
	MHD_run(m->daemon);
}

void sb_metrics_close(struct sb_metrics *m)
{
	if (!m)
		return;
	MHD_stop_daemon(m->daemon);
	free(m);
}
