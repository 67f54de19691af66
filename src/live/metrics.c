// SPDX-License-Identifier: MIT
/* metrics.c - OpenMetrics over HTTP, on loopback only */
#include "metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/listen.h"
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

int sb_metrics_address(const char *text, struct sockaddr_storage *out, struct sb_err *err)
{
	struct sockaddr_storage found;

	if (sb_listen_address("metrics", text, "127.0.0.1:9464", &found, err))
		return -1;
	if (!sb_listen_is_loopback(&found))
		return sb_fail(err, SB_EINPUT, 0,
			       "--metrics: \"%s\" is not a loopback address; metrics are served on "
			       "this machine only: --metrics 127.0.0.1:9464",
			       text);
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
	if (host && !sb_host_is_loopback(host))
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
	int fd;

	if (sb_metrics_address(address, &to, err))
		return -1;
	fd = sb_listen_open("metrics", address, &to, err);
	if (fd < 0)
		return -1;
	m = sb_alloc(1, sizeof(*m));
	m->listen_fd = m->epoll_fd = -1;
	m->text = text;
	m->arg = arg;
	errno = 0;
	m->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, answer, m, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, m, MHD_OPTION_END);
	if (!m->daemon) {
		close(fd);
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
