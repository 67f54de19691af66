// SPDX-License-Identifier: MIT
/* pull.c - images into a daemon: from a registry, through its own mirrors, or from a tar file */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container_api_priv.h"
#include "pull_stream.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "tar.h"

/* Between two words of the daemon; before the first one it tries its mirrors one after the other,
 * and gives each 15 s or more, Podman three times over. */
#define SILENCE_MS    60000
#define FIRST_WORD_MS 180000
/* Unpacking and registering an imported image is done in silence. */
#define IMPORT_MS  300000
#define INSPECT_MS 20000

static int follow(struct sb_daemon *d, struct sb_http_request *r, struct sb_pull_stream *s,
		  struct sb_err *err)
{
	char buf[16384];
	struct sb_transfer *t;
	int status = sb_http_begin(d->http, r, &t, err);
	ssize_t n = -1;

	if (status < 0)
		return -1;
	if (status != 200) {
		sb_daemon_refused(d, r, status, t, err);
	} else {
		while ((n = sb_http_read(t, buf, sizeof(buf), err)) > 0) {
			if (!r->source)
				r->silence_ms = SILENCE_MS;
			if (sb_pull_stream_feed(s, buf, (size_t)n, err)) {
				n = -1;
				break;
			}
		}
		if (n == 0)
			n = sb_pull_stream_finish(s, err);
	}
	sb_http_end(t);
	/* Its own words say more than the way the stream ended. */
	if (s->failure && !(err && err->code == SB_EINTERRUPTED))
		return sb_fail(err, SB_EENGINE, 0, "%s: %s", d->address.url, s->failure);
	return n ? -1 : 0;
}

/* What a daemon has, by its own word. */
static int inspect(struct sb_daemon *d, const char *image, char **id, struct sb_err *err)
{
	sb_auto_free char *name = sb_daemon_escape(image);
	sb_auto_free char *path = sb_asprintf("/images/%s/json", name);
	cJSON *tree = NULL;
	int status = sb_daemon_call(d, "GET", path, NULL, INSPECT_MS, &tree, err);
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "Id"));
	int rc = 0;

	if (status == 404)
		rc = sb_fail(err, SB_EENGINE, 0, "%s reported success, but does not have the image",
			     d->address.url);
	else if (status != 200 || !text)
		rc = status < 0 ? -1
				: sb_fail(err, SB_EENGINE, 0, "GET %s: %s answered without an Id",
					  path, d->address.url);
	else if (id)
		*id = sb_strdup(text);
	cJSON_Delete(tree);
	return rc;
}

static char *joined(const struct sb_reference *ref)
{
	return sb_asprintf("%s%c%s", ref->name, strchr(ref->version, ':') ? '@' : ':',
			   ref->version);
}

int sb_daemon_pull(struct sb_daemon *d, const char *image, sb_daemon_progress_fn *progress,
		   void *ctx, struct sb_err *err)
{
	sb_auto_free char *name = NULL, *version = NULL, *shown = NULL, *path = NULL, *full = NULL;
	struct sb_pull_stream *s;
	struct sb_reference ref;
	struct sb_http_request r = {.method = "POST", .interruptible = true};
	int rc;

	if (sb_reference_parse(image, &ref, err))
		return -1;
	name = sb_daemon_escape(ref.name);
	version = sb_daemon_escape(ref.version);
	full = joined(&ref);
	shown = sb_asprintf("/images/create?fromImage=%s&tag=%s", name, version);
	path = sb_daemon_path(d, shown);
	r.path = path;
	r.shown = shown;
	r.silence_ms = FIRST_WORD_MS;
	s = sb_alloc(1, sizeof(*s));
	s->progress = progress;
	s->ctx = ctx;
	rc = follow(d, &r, s, err);
	sb_pull_stream_fini(s);
	free(s);
	if (!rc)
		rc = inspect(d, full, NULL, err);
	if (!rc)
		return 0;
	if (err && err->code == SB_EENGINE) {
		sb_wrap(err, "the image %s could not be pulled", full);
		sb_daemon_pull_advice(d, full, err);
	}
	return -1;
}

struct import {
	int fd;
	uint64_t done, total;
	sb_daemon_progress_fn *progress;
	void *ctx;
};

static ssize_t read_import(void *ctx, void *buf, size_t size, struct sb_err *err)
{
	struct import *in = ctx;
	ssize_t n;

	do {
		n = read(in->fd, buf, size);
	} while (n < 0 && errno == EINTR && !sb_interrupted());
	if (n < 0)
		return errno == EINTR ? sb_fail(err, SB_EINTERRUPTED, 0, "interrupted")
				      : sb_fail(err, SB_EINPUT, errno, "reading the archive");
	in->done += (uint64_t)n;
	if (in->progress)
		in->progress(n ? "Importing" : "Unpacking", in->done, in->total, in->ctx);
	return n;
}

/* Podman before 5 takes no tag with an import: the image is named afterwards. */
static int name_it(struct sb_daemon *d, const char *id, const struct sb_reference *ref,
		   struct sb_err *err)
{
	sb_auto_free char *full = sb_reference_full(ref->name), *repo = sb_daemon_escape(full);
	sb_auto_free char *path =
	    sb_asprintf("/images/%s/tag?repo=%s&tag=%s", id, repo, ref->version);
	int status = sb_daemon_call(d, "POST", path, NULL, INSPECT_MS, NULL, err);

	if (status >= 200 && status < 300)
		return 0;
	return sb_wrap(err, "naming the image");
}

/* Podman wants both in one: before 5 it does not look at a tag, since then it joins it to what may have one. */
static char *import_path(const struct sb_daemon *d, const struct sb_reference *ref)
{
	sb_auto_free char *full = sb_reference_full(ref->name);
	sb_auto_free char *with_tag = sb_asprintf("%s:%s", full, ref->version);
	sb_auto_free char *repo = sb_daemon_escape(d->about.podman ? with_tag : ref->name);

	return d->about.podman
		   ? sb_asprintf("/images/create?fromSrc=-&repo=%s", repo)
		   : sb_asprintf("/images/create?fromSrc=-&repo=%s&tag=%s", repo, ref->version);
}

int sb_daemon_import(struct sb_daemon *d, int fd, const char *image,
		     sb_daemon_progress_fn *progress, void *ctx, char **digest, struct sb_err *err)
{
	struct import in = {.fd = fd, .progress = progress, .ctx = ctx};
	sb_auto_free char *shown = NULL, *path = NULL, *full = NULL;
	struct sb_pull_stream *s;
	struct sb_reference ref;
	struct sb_http_request r = {
	    .method = "POST",
	    .content_type = "application/x-tar",
	    .source = read_import,
	    .ctx = &in,
	    .silence_ms = IMPORT_MS,
	    .interruptible = true,
	};
	struct stat st;
	int rc;

	if (sb_reference_parse(image, &ref, err))
		return -1;
	if (strchr(image, '@'))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\": an imported image gets a name and a tag; its digest is what "
		    "comes out",
		    image);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		in.total = (uint64_t)st.st_size;
	if (sb_tar_check_rootfs(fd, err))
		return -1;
	full = joined(&ref);
	shown = import_path(d, &ref);
	path = sb_daemon_path(d, shown);
	r.path = path;
	r.shown = shown;
	s = sb_alloc(1, sizeof(*s));
	rc = follow(d, &r, s, err);
	if (!rc && d->about.podman && s->id[0])
		rc = name_it(d, s->id, &ref, err);
	if (!rc)
		rc = inspect(d, full, digest, err);
	sb_pull_stream_fini(s);
	free(s);
	return rc ? sb_wrap(err, "importing the image %s", full) : 0;
}

/* "&changes=LABEL%20satbed.run%3D5f0c91a2" for each; the caller's to free */
static char *label_changes(const cJSON *labels)
{
	char *all = sb_strdup("");
	const cJSON *label;

	cJSON_ArrayForEach(label, labels)
	{
		sb_auto_free char *line =
		    sb_asprintf("LABEL %s=%s", label->string, label->valuestring);
		sb_auto_free char *escaped = sb_daemon_escape(line), *before = all;

		all = sb_asprintf("%s&changes=%s", before, escaped);
	}
	return all;
}

int sb_daemon_make_image(struct sb_daemon *d, const char *name, const struct sb_tar_entry *entries,
			 size_t count, const cJSON *labels, char **id, struct sb_err *err)
{
	struct sb_reference ref = {.version = "latest"};
	struct sb_tar_maker *maker = NULL;
	sb_auto_free char *changes = label_changes(labels), *base = NULL, *shown = NULL,
			  *path = NULL;
	struct sb_http_request r = {
	    .method = "POST",
	    .content_type = "application/x-tar",
	    .source = sb_tar_take,
	    .silence_ms = IMPORT_MS,
	    .interruptible = true,
	};
	struct sb_pull_stream *s;
	int rc;

	if (sb_copy_str(ref.name, sizeof(ref.name), name))
		return sb_fail(err, SB_EINTERNAL, 0, "the name of an image is too long");
	base = import_path(d, &ref);
	shown = sb_asprintf("%s%s", base, changes);
	path = sb_daemon_path(d, shown);
	r.path = path;
	r.shown = base;
	r.ctx = maker = sb_tar_make(entries, count);
	s = sb_alloc(1, sizeof(*s));
	rc = follow(d, &r, s, err);
	if (!rc && d->about.podman && s->id[0])
		rc = name_it(d, s->id, &ref, err);
	if (!rc && s->id[0])
		*id = sb_strdup(s->id);
	else if (!rc)
		rc = inspect(d, name, id, err);
	sb_pull_stream_fini(s);
	free(s);
	sb_tar_made(maker);
	return rc ? sb_wrap(err, "making the image %s", name) : 0;
}
