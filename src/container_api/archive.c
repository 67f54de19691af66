// SPDX-License-Identifier: MIT
/* archive.c - files into a container and out of it */
#include "container_api_priv.h"
#include "satbed/base/mem.h"
#include "tar.h"

/* Nothing moving for this long: the daemon or its disk hangs. */
#define SILENCE_MS 60000

static char *archive_path(const struct sb_daemon *d, const char *container, const char *directory,
			  char **shown)
{
	sb_auto_free char *id = sb_daemon_escape(container), *path = sb_daemon_escape(directory);

	*shown = sb_asprintf("/containers/%s/archive?path=%s", id, path);
	return sb_daemon_path(d, *shown);
}

int sb_daemon_upload(struct sb_daemon *d, const char *container, const char *directory,
		     const struct sb_tar_entry *entries, size_t count, struct sb_err *err)
{
	sb_auto_free char *shown = NULL, *path = archive_path(d, container, directory, &shown);
	struct sb_tar_maker *maker = sb_tar_make(entries, count);
	struct sb_http_request r = {
	    .method = "PUT",
	    .path = path,
	    .shown = shown,
	    .content_type = "application/x-tar",
	    .source = sb_tar_take,
	    .ctx = maker,
	    .silence_ms = SILENCE_MS,
	};
	struct sb_transfer *t = NULL;
	int status = sb_http_begin(d->http, &r, &t, err), rc = -1;
	sb_auto_free char *rest = NULL;
	size_t len;

	if (status >= 0 && status != 200)
		sb_daemon_refused(d, &r, status, t, err);
	else if (status == 200)
		rc = sb_http_slurp(t, SB_JSON_BYTES_MAX, &rest, &len, err);
	sb_http_end(t);
	sb_tar_made(maker);
	return rc ? sb_wrap(err, "putting files into container %s", container) : 0;
}

static ssize_t from_transfer(void *ctx, void *buf, size_t size, struct sb_err *err)
{
	return sb_http_read(ctx, buf, size, err);
}

int sb_daemon_download(struct sb_daemon *d, const char *container, const char *directory,
		       sb_daemon_download_fn *each, void *ctx, struct sb_err *err)
{
	sb_auto_free char *shown = NULL, *path = archive_path(d, container, directory, &shown);
	struct sb_http_request r = {
	    .method = "GET", .path = path, .shown = shown, .silence_ms = SILENCE_MS};
	struct sb_transfer *t = NULL;
	int status = sb_http_begin(d->http, &r, &t, err), rc = -1;

	if (status >= 0 && status != 200)
		sb_daemon_refused(d, &r, status, t, err);
	else if (status == 200)
		rc = sb_tar_read(from_transfer, t, each, ctx, err);
	sb_http_end(t);
	return rc ? sb_wrap(err, "fetching files out of container %s", container) : 0;
}
