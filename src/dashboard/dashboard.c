// SPDX-License-Identifier: MIT
/* dashboard.c - a page served while something goes on */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dashboard_state.h"
#include "satbed/base/clock.h"
#include "satbed/base/listen.h"
#include "satbed/base/mem.h"
#include "satbed/base/process.h"

#define STREAM_BYTES (256 << 10)
#define TIMEOUT_S    10 /* of who asks nothing, or does not take the answer */
/* Beyond it the oldest connection goes that listens to no events: whoever knows no token keeps nobody out. */
#define ENOUGH 16
/* Of the end: how long it is waited for at all, for pages to take the word, and for one to ask for the report. */
#define FINISH_NS (15 * SB_NS_PER_S)
#define TOLD_NS	  SB_NS_PER_S
#define ASKED_NS  (5 * SB_NS_PER_S)

static int read_address(const struct sb_dashboard_options *o, struct sockaddr_storage *to,
			struct sb_err *err)
{
	if (sb_listen_address("serve", o->address, "127.0.0.1:8080", to, err))
		return -1;
	if (!sb_listen_is_loopback(to) && !o->token_file)
		return sb_fail(err, SB_EINPUT, 0,
			       "--serve: \"%s\" is not a loopback address; for other machines give "
			       "a token of your own with --serve-token FILE, or use ssh -L with "
			       "--serve 127.0.0.1:8080",
			       o->address);
	return 0;
}

static int read_token(const struct sb_dashboard_options *o, char token[SB_TOKEN_MAX + 1],
		      struct sb_err *err)
{
	return o->token_file ? sb_token_read(o->token_file, token, err) : sb_token_make(token, err);
}

int sb_dashboard_check(const struct sb_dashboard_options *options, struct sb_err *err)
{
	struct sockaddr_storage to;
	char token[SB_TOKEN_MAX + 1];

	return read_address(options, &to, err) || read_token(options, token, err) ? -1 : 0;
}

static void forget(struct sb_dashboard *d, int fd)
{
	for (size_t i = 0; i < d->connection_count; i++)
		if (d->connections[i] == fd) {
			memmove(&d->connections[i], &d->connections[i + 1],
				(--d->connection_count - i) * sizeof(d->connections[0]));
			break;
		}
	sb_fd_forget(fd);
}

static void drop_oldest(struct sb_dashboard *d)
{
	size_t others = d->connection_count - d->viewer_count;

	for (size_t i = 0; others > ENOUGH && i < d->connection_count; i++)
		if (!sb_is_viewer(d, d->connections[i])) {
			shutdown(d->connections[i], SHUT_RDWR);
			return;
		}
}

static void on_connection(void *arg, struct MHD_Connection *c, void **state,
			  enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sb_dashboard *d = arg;

	(void)state;
	if (!info)
		return;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		forget(d, info->connect_fd);
		return;
	}
	if (d->connection_count == SB_CONNECTIONS_MAX)
		return;
	d->connections[d->connection_count++] = info->connect_fd;
	sb_fd_keep_from_children(info->connect_fd);
	drop_oldest(d);
}

static int start(struct sb_dashboard *d, const struct sockaddr_storage *to, struct sb_err *err)
{
	const union MHD_DaemonInfo *info;

	d->listen_fd = sb_listen_open("serve", d->o.address, to, err);
	if (d->listen_fd < 0)
		return -1;
	errno = 0;
	d->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, sb_web_answer, d, MHD_OPTION_LISTEN_SOCKET, d->listen_fd,
	    MHD_OPTION_CONNECTION_LIMIT, SB_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
	    TIMEOUT_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection, d, MHD_OPTION_NOTIFY_COMPLETED,
	    sb_web_completed, d, MHD_OPTION_END);
	if (!d->daemon)
		return sb_fail(err, SB_EENV, errno, "cannot serve at %s", d->o.address);
	sb_fd_keep_from_children(d->listen_fd);
	info = MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info)
		sb_fd_keep_from_children(d->epoll_fd = info->epoll_fd);
	return 0;
}

/* As it was given, with the port that was taken. */
static void make_url(struct sb_dashboard *d)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_BIND_PORT);
	const char *colon = strrchr(d->o.address, ':');
	int len = colon ? (int)(colon - d->o.address) : 0;

	d->url = sb_asprintf("http://%.*s:%d/?token=%s", len ? len : 9,
			     len ? d->o.address : "127.0.0.1", info ? info->port : 0, d->token);
}

int sb_dashboard_open(const struct sb_dashboard_options *options, struct sb_dashboard **out,
		      struct sb_err *err)
{
	struct sb_dashboard *d = sb_alloc(1, sizeof(*d));
	struct sockaddr_storage to;

	d->o = *options;
	d->listen_fd = d->epoll_fd = -1;
	if (read_address(options, &to, err) || read_token(options, d->token, err) ||
	    start(d, &to, err)) {
		sb_close_p(&d->listen_fd);
		free(d);
		return -1;
	}
	d->rules = (struct sb_web_rules){.token = d->token,
					 .anywhere = !sb_listen_is_loopback(&to),
					 .may_act = options->act != NULL};
	d->title = sb_strdup(options->title);
	make_url(d);
	sb_stream_init(&d->stream, STREAM_BYTES);
	*out = d;
	return 0;
}

const char *sb_dashboard_url(const struct sb_dashboard *d)
{
	return d->url;
}

int sb_dashboard_fd(const struct sb_dashboard *d)
{
	return d->epoll_fd;
}

size_t sb_dashboard_viewers(const struct sb_dashboard *d)
{
	return d->viewer_count;
}

void sb_dashboard_publish(struct sb_dashboard *d, const char *event, const char *json)
{
	sb_auto_free char *text = NULL;

	if (!d->viewer_count)
		return;
	text = sb_asprintf("event: %s\ndata: %s\n\n", event, json);
	sb_stream_put(&d->stream, text, strlen(text));
}

void sb_dashboard_serve(struct sb_dashboard *d)
{
	sb_viewers_check(d);
	MHD_run(d->daemon);
}

/* The @wanted pages were told, have asked for the report, and got it. */
static bool is_finished(const struct sb_dashboard *d, size_t wanted, int64_t passed_ns)
{
	/* Whoever has taken the word listens no longer. */
	size_t stuck = d->viewer_count;

	if (stuck && passed_ns < TOLD_NS)
		return false;
	if (!d->report || d->reports_sent + stuck >= wanted)
		return true;
	/* Pages that were closed ask for nothing. */
	return !stuck && d->reports_begun == d->reports_sent && passed_ns > ASKED_NS;
}

void sb_dashboard_finish(struct sb_dashboard *d, const char *report)
{
	int64_t begin_ns = sb_mono_ns(), passed_ns = 0;
	size_t wanted;

	sb_dashboard_serve(d);
	wanted = d->viewer_count;
	d->report = sb_strdup(report);
	sb_dashboard_publish(d, "over", report ? "{\"report\":true}" : "{\"report\":false}");
	d->over = true;
	sb_dashboard_serve(d);
	while (passed_ns < FINISH_NS && !is_finished(d, wanted, passed_ns)) {
		struct pollfd p = {.fd = d->epoll_fd, .events = POLLIN};

		poll(&p, 1, 10);
		sb_dashboard_serve(d);
		passed_ns = sb_mono_ns() - begin_ns;
	}
	/* The last of them may have been handed to the kernel only now. */
	sb_dashboard_serve(d);
}

void sb_dashboard_close(struct sb_dashboard *d)
{
	if (!d)
		return;
	sb_fd_forget(d->listen_fd);
	sb_fd_forget(d->epoll_fd);
	MHD_stop_daemon(d->daemon);
	sb_stream_fini(&d->stream);
	free(d->title);
	free(d->url);
	free(d->report);
	free(d);
}
