// SPDX-License-Identifier: MIT
/* tar.c - tar archives made and read piece by piece */
#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

#define PIECE_BYTES ((size_t)64 << 10)

/* libarchive pushes, curl pulls: what was made and not yet taken waits in @buf. */
struct sb_tar_maker {
	const struct sb_tar_entry *entries;
	size_t count, next; /* the entry to begin next */
	size_t done;	    /* bytes of the current one */
	bool in_entry, closed;
	struct archive *a;
	char *buf;
	size_t len, at, room;
};

static la_ssize_t keep(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct sb_tar_maker *m = ctx;

	(void)a;
	if (m->at == m->len)
		m->at = m->len = 0;
	while (m->room - m->len < len) {
		m->room = m->room ? 2 * m->room : 2 * PIECE_BYTES;
		m->buf = sb_realloc(m->buf, m->room, 1);
	}
	memcpy(m->buf + m->len, data, len);
	m->len += len;
	return (la_ssize_t)len;
}

struct sb_tar_maker *sb_tar_make(const struct sb_tar_entry *entries, size_t count)
{
	struct sb_tar_maker *m = sb_alloc(1, sizeof(*m));

	m->entries = entries;
	m->count = count;
	m->a = sb_must(archive_write_new());
	archive_write_set_format_pax_restricted(m->a);
	archive_write_set_bytes_per_block(m->a, 0);
	archive_write_open(m->a, m, NULL, keep, NULL);
	return m;
}

static int begin_entry(struct sb_tar_maker *m)
{
	const struct sb_tar_entry *e = &m->entries[m->next++];
	struct archive_entry *head = sb_must(archive_entry_new());
	int rc;

	archive_entry_set_pathname(head, e->path);
	archive_entry_set_perm(head, e->mode);
	archive_entry_set_filetype(head, e->data ? AE_IFREG : AE_IFDIR);
	archive_entry_set_size(head, e->data ? (la_int64_t)e->len : 0);
	rc = archive_write_header(m->a, head);
	archive_entry_free(head);
	m->in_entry = e->data;
	m->done = 0;
	return rc;
}

static int make_some(struct sb_tar_maker *m, struct sb_err *err)
{
	const struct sb_tar_entry *e = m->next ? &m->entries[m->next - 1] : NULL;
	int rc = ARCHIVE_OK;

	if (m->in_entry && m->done < e->len) {
		size_t n = e->len - m->done < PIECE_BYTES ? e->len - m->done : PIECE_BYTES;

		if (archive_write_data(m->a, (const char *)e->data + m->done, n) < 0)
			rc = ARCHIVE_FATAL;
		m->done += n;
	} else if (m->next < m->count) {
		rc = begin_entry(m);
	} else {
		rc = archive_write_close(m->a);
		m->closed = true;
	}
	if (rc >= ARCHIVE_WARN)
		return 0;
	return sb_fail(err, SB_EINTERNAL, 0, "a tar archive with \"%s\": %s", e ? e->path : "",
		       archive_error_string(m->a));
}

ssize_t sb_tar_take(void *maker, void *buf, size_t size, struct sb_err *err)
{
	struct sb_tar_maker *m = maker;
	size_t n;

	while (m->at == m->len && !m->closed)
		if (make_some(m, err))
			return -1;
	n = m->len - m->at < size ? m->len - m->at : size;
	memcpy(buf, m->buf + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

void sb_tar_made(struct sb_tar_maker *m)
{
	if (!m)
		return;
	archive_write_free(m->a);
	free(m->buf);
	free(m);
}

struct reader {
	sb_tar_source *source;
	void *ctx;
	struct sb_err err; /* of the source */
	char buf[PIECE_BYTES];
};

static la_ssize_t pull(struct archive *a, void *ctx, const void **data)
{
	struct reader *r = ctx;
	ssize_t n = r->source(r->ctx, r->buf, sizeof(r->buf), &r->err);

	if (n < 0)
		archive_set_error(a, EIO, "%s", r->err.msg);
	*data = r->buf;
	return n;
}

/* Directories in it are the archive's own business: files are asked for by their last part. */
static const char *plain_name(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry), *slash;

	if (!path)
		return NULL;
	slash = strrchr(path, '/');
	path = slash ? slash + 1 : path;
	if (!*path || !strcmp(path, ".") || !strcmp(path, "..") || strlen(path) > NAME_MAX)
		return NULL;
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return NULL;
	return path;
}

static int fail_read(struct archive *a, const struct reader *r, struct sb_err *err)
{
	const char *why = archive_error_string(a);
	sb_auto_free char *clean = sb_clean(why ? why : "no reason given");

	if (r->err.code) {
		if (err)
			*err = r->err;
		return -1;
	}
	return sb_fail(err, SB_EENGINE, 0, "the received archive is damaged: %s", clean);
}

static int copy_out(struct archive *a, const struct reader *r, const char *name, int fd,
		    uint64_t *bytes, struct sb_err *err)
{
	uint64_t at = 0;
	const void *data;
	la_int64_t offset;
	size_t len;
	int rc;

	while ((rc = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
		/* Sparse files have holes; what is written must not go back, nor too far. */
		if (offset < 0 || (uint64_t)offset < at ||
		    (uint64_t)offset + len > SB_TAR_BYTES_MAX || *bytes + len > SB_TAR_BYTES_MAX)
			return sb_fail(err, SB_EENGINE, 0,
				       "the received archive is too large, or damaged, at \"%s\"",
				       name);
		if ((uint64_t)offset > at &&
		    lseek(fd, (off_t)((uint64_t)offset - at), SEEK_CUR) < 0)
			return sb_fail(err, SB_EENV, errno, "writing \"%s\"", name);
		if (sb_write_all(fd, data, len))
			return sb_fail(err, SB_EENV, errno, "writing \"%s\"", name);
		at = (uint64_t)offset + len;
		*bytes += len;
	}
	return rc == ARCHIVE_EOF ? 0 : fail_read(a, r, err);
}

struct names {
	char **items;
	size_t count, room;
};

static int note_name(struct names *seen, const char *name, struct sb_err *err)
{
	for (size_t i = 0; i < seen->count; i++)
		if (!strcmp(seen->items[i], name))
			return sb_fail(err, SB_EENGINE, 0, "the received archive has \"%s\" twice",
				       name);
	if (seen->count == SB_TAR_FILES_MAX)
		return sb_fail(err, SB_EENGINE, 0, "the received archive has more than %d files",
			       SB_TAR_FILES_MAX);
	seen->items = sb_grow(seen->items, seen->count, &seen->room, sizeof(*seen->items));
	seen->items[seen->count++] = sb_strdup(name);
	return 0;
}

static int read_entry(struct archive *a, struct archive_entry *entry, const struct reader *r,
		      struct names *seen, uint64_t *bytes, sb_daemon_download_fn *each, void *ctx,
		      struct sb_err *err)
{
	const char *name;
	int fd;

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return 0;
	name = plain_name(entry);
	if (!name)
		return sb_fail(err, SB_EENGINE, 0,
			       "the received archive has a file with an impossible name");
	if (note_name(seen, name, err))
		return -1;
	fd = each(name, ctx);
	return fd < 0 ? 0 : copy_out(a, r, name, fd, bytes, err);
}

static int read_all(struct archive *a, const struct reader *r, sb_daemon_download_fn *each,
		    void *ctx, struct sb_err *err)
{
	struct archive_entry *entry;
	struct names seen = {0};
	uint64_t bytes = 0;
	size_t entries = 0;
	int rc, out = 0;

	while (!out && (rc = archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
		if (rc < ARCHIVE_WARN)
			out = fail_read(a, r, err);
		else if (++entries > (size_t)4 * SB_TAR_FILES_MAX)
			out = sb_fail(err, SB_EENGINE, 0, "the received archive has no end");
		else
			out = read_entry(a, entry, r, &seen, &bytes, each, ctx, err);
	}
	while (seen.count)
		free(seen.items[--seen.count]);
	free(seen.items);
	return out;
}

/* archive_read_open() and archive_read_open_fd() go on without their data where these could not be allocated. */
static int open_source(struct archive *a, struct reader *r)
{
	if (archive_read_set_read_callback(a, pull) != ARCHIVE_OK ||
	    archive_read_set_callback_data(a, r) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_read_open1(a);
}

int sb_tar_read(sb_tar_source *source, void *source_ctx, sb_daemon_download_fn *each, void *ctx,
		struct sb_err *err)
{
	struct archive *a = sb_must(archive_read_new());
	struct reader *r = sb_alloc(1, sizeof(*r));
	int rc;

	r->source = source;
	r->ctx = source_ctx;
	/* Daemons send plain tar: no other format or compression gets to see foreign bytes. */
	archive_read_support_format_tar(a);
	if (open_source(a, r) != ARCHIVE_OK)
		rc = fail_read(a, r, err);
	else
		rc = read_all(a, r, each, ctx, err);
	archive_read_free(a);
	free(r);
	return rc;
}

static ssize_t read_file(void *fd, void *buf, size_t size, struct sb_err *err)
{
	ssize_t n;

	do
		n = read(*(int *)fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? sb_fail(err, SB_EINPUT, errno, "cannot read the archive") : n;
}

/* Looked at in a rootfs: something that can be run, and a place for settings. */
struct rootfs {
	bool bin, etc, saved_image, anything;
};

static void look_at(struct archive_entry *entry, struct rootfs *found)
{
	const char *path = archive_entry_pathname(entry);

	if (!path)
		return;
	path += strspn(path, "./");
	found->anything = true;
	if (!strncmp(path, "bin", 3) || !strncmp(path, "usr/", 4) || !strncmp(path, "sbin", 4))
		found->bin = true;
	if (!strncmp(path, "etc", 3))
		found->etc = true;
	if (!strcmp(path, "manifest.json") || !strcmp(path, "oci-layout"))
		found->saved_image = true;
}

int sb_tar_check_rootfs(int fd, struct sb_err *err)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	struct archive_entry *entry;
	struct rootfs found = {0};
	struct archive *a;
	struct reader *r;
	int rc;

	if (start < 0)
		return 0;
	a = sb_must(archive_read_new());
	r = sb_alloc(1, sizeof(*r));
	r->source = read_file;
	r->ctx = &fd;
	archive_read_support_format_tar(a);
	/* What daemons understand; "all" has those that start a program of that name from PATH. */
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	rc = open_source(a, r);
	while (rc >= ARCHIVE_WARN && !(found.bin && found.etc) &&
	       (rc = archive_read_next_header(a, &entry)) >= ARCHIVE_WARN && rc != ARCHIVE_EOF)
		look_at(entry, &found);
	archive_read_free(a);
	free(r);
	if (lseek(fd, start, SEEK_SET) < 0)
		return sb_fail(err, SB_EINPUT, errno, "the archive cannot be read twice");
	if (found.bin && found.etc)
		return 0;
	if (found.saved_image)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "this is a saved image, not a root file system; load it instead: docker "
		    "load -i FILE, or podman load -i FILE");
	if (!found.anything || rc < ARCHIVE_WARN)
		return sb_fail(err, SB_EINPUT, 0,
			       "not a tar archive, or damaged; expected the archive of a root file "
			       "system:  debootstrap makes one, and tar -C ROOT -cf ROOTFS.tar .");
	return sb_fail(err, SB_EINPUT, 0,
		       "this tar archive does not hold a root file system: etc or bin is missing "
		       "at its top; create one with: tar -C ROOT -cf ROOTFS.tar .");
}
