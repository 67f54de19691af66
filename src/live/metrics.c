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
#include "satbed/base/process.h"

#define CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* A page or two of somebody's dashboard.  Beyond ENOUGH the oldest has to go: whoever connects and asks
 * nothing keeps nobody else from asking. */
#define MAX_CONNECTIONS 32
#define ENOUGH		16
#define TIMEOUT_S	5

struct sb_metrics {
	struct MHD_Daemon *daemon;
	char *(*text)(void *arg);
	void *arg;
	int port, listen_fd, epoll_fd;
	size_t count;
	int fds[MAX_CONNECTIONS]; /* the oldest first */
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

bool sb_metrics_is_local_host(const char *header)
{
	size_t len = header[0] == '[' ? strcspn(header, "]") + 1 : strcspn(header, ":");
	const char *port = header + len;
	struct sockaddr_storage found;
	char host[64];

	if (len > strlen(header) || len < 1 || len >= sizeof(host) ||
	    (*port && (*port != ':' || port[1 + strspn(port + 1, "0123456789")])))
		return false;
	if (header[0] == '[')
		snprintf(host, sizeof(host), "%.*s", (int)len - 2, header + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)len, header);
	return take_loopback(host, &found);
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
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const struct sb_metrics *m = arg;

	(void)version;
	(void)data;
	(void)size;
	(void)state;
	/* A web page may give its own name this machine's address, to read what is here. */
	if (host && !sb_metrics_is_local_host(host))
		return reply(c, MHD_HTTP_FORBIDDEN, "text/plain",
			     sb_strdup("ask for localhost or 127.0.0.1\n"));
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return reply(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
			     sb_strdup("GET /metrics\n"));
	if (strcmp(url, "/metrics") && strcmp(url, "/"))
		return reply(c, MHD_HTTP_NOT_FOUND, "text/plain", sb_strdup("GET /metrics\n"));
	return reply(c, MHD_HTTP_OK, CONTENT_TYPE, m->text(m->arg));
}

static void forget(struct sb_metrics *m, int fd)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->fds[i] == fd) {
			memmove(&m->fds[i], &m->fds[i + 1], (--m->count - i) * sizeof(m->fds[0]));
			break;
		}
	sb_fd_forget(fd);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **state,
			  enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sb_metrics *m = arg;

	(void)state;
	if (!info)
		return;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		forget(m, info->connect_fd);
		return;
	}
	if (m->count == MAX_CONNECTIONS)
		return;
	m->fds[m->count++] = info->connect_fd;
	sb_fd_keep_from_children(info->connect_fd);
	if (m->count > ENOUGH)
		shutdown(m->fds[m->count - ENOUGH - 1], SHUT_RDWR);
}

static void keep_from_children(struct sb_metrics *m)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_LISTEN_FD);

	if (info)
		sb_fd_keep_from_children(m->listen_fd = info->listen_fd);
	info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info)
		sb_fd_keep_from_children(m->epoll_fd = info->epoll_fd);
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
	m->listen_fd = m->epoll_fd = -1;
	m->text = text;
	m->arg = arg;
	errno = 0;
	m->daemon = MHD_start_daemon(
	    flags, 0, NULL, NULL, answer, m, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&to,
	    MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_NOTIFY_CONNECTION, on_connection, m,
	    MHD_OPTION_END);
	if (!m->daemon) {
		free(m);
		return sb_fail(err, SB_EENV, errno, "cannot serve metrics at %s", address);
	}
	info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_BIND_PORT);
	m->port = info ? info->port : 0;
	keep_from_children(m);
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
	sb_fd_forget(m->listen_fd);
	sb_fd_forget(m->epoll_fd);
	MHD_stop_daemon(m->daemon);
	free(m);
}
