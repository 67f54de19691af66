// SPDX-License-Identifier: MIT
/*
 * viewers.c - pages that listen to events
 *
 * Each has a place in the one stream.  Nobody is waited for: whoever does not read is ended when what it
 * has not read is overwritten, or after a while, and its browser connects again by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dashboard_state.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define BLOCK	 16384
#define STUCK_NS (20 * SB_NS_PER_S)

static ssize_t read_first(struct sb_viewer *v, char *out, size_t max)
{
	size_t len = v->first_len - v->first_at;

	if (len > max)
		len = max;
	memcpy(out, v->first + v->first_at, len);
	v->first_at += len;
	if (v->first_at == v->first_len) {
		free(v->first);
		v->first = NULL;
	}
	return (ssize_t)len;
}

/* 0: nothing yet; it is called again in the next sb_dashboard_serve(). */
static ssize_t read_events(void *arg, uint64_t pos, char *out, size_t max)
{
	struct sb_viewer *v = arg;
	ssize_t n = v->first ? read_first(v, out, max)
			     : sb_stream_get(&v->dashboard->stream, &v->at, out, max);

	(void)pos;
	v->moved_ns = sb_mono_ns();
	if (n < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return n || !v->dashboard->over ? n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void end_viewer(void *arg)
{
	struct sb_viewer *v = arg;
	struct sb_dashboard *d = v->dashboard;

	for (size_t i = 0; i < d->viewer_count; i++)
		if (d->viewers[i] == v)
			d->viewers[i] = d->viewers[--d->viewer_count];
	free(v->first);
	free(v);
}

/* "retry": how long the browser waits before it connects again. */
static void set_first(struct sb_viewer *v)
{
	const struct sb_dashboard_options *o = &v->dashboard->o;
	sb_auto_free char *state = o->state(o->arg);

	v->first = sb_asprintf("retry: 1000\nevent: state\ndata: %s\n\n", state);
	v->first_len = strlen(v->first);
	v->at = v->dashboard->stream.end;
}

struct MHD_Response *sb_viewer_response(struct sb_dashboard *d, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct MHD_Response *response;
	struct sb_viewer *v;

	if (!info || d->viewer_count == SB_VIEWERS_MAX)
		return NULL;
	v = sb_alloc(1, sizeof(*v));
	v->dashboard = d;
	v->fd = info->connect_fd;
	v->moved_ns = sb_mono_ns();
	set_first(v);
	response =
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, v, end_viewer);
	if (!response) {
		free(v->first);
		free(v);
		return NULL;
	}
	d->viewers[d->viewer_count++] = v;
	/* It may be silent for long, as while captures are read. */
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	return response;
}

void sb_viewers_check(struct sb_dashboard *d)
{
	int64_t now_ns = sb_mono_ns();

	for (size_t i = 0; i < d->viewer_count; i++) {
		struct sb_viewer *v = d->viewers[i];

		if (!v->first && v->at == d->stream.end)
			v->moved_ns = now_ns;
		if (v->at < d->stream.begin || now_ns - v->moved_ns > STUCK_NS)
			shutdown(v->fd, SHUT_RDWR);
	}
}

bool sb_is_viewer(const struct sb_dashboard *d, int fd)
{
	for (size_t i = 0; i < d->viewer_count; i++)
		if (d->viewers[i]->fd == fd)
			return true;
	return false;
}
