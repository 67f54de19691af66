// SPDX-License-Identifier: MIT
/* unpack.c - a kernel's source, from an archive or a directory, into one of ours */
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define BLOCK (1u << 20)

/* --- what is needed --- */

/* Large, and never compiled for a guest; their Kconfig files and Makefiles are read all the same. */
static const char *const unwanted[] = {
    "Documentation/",
    "drivers/accel/",
    "drivers/comedi/",
    "drivers/gpu/",
    "drivers/hwmon/",
    "drivers/iio/",
    "drivers/infiniband/",
    "drivers/media/",
    "drivers/mtd/",
    "drivers/net/ethernet/",
    "drivers/net/wireless/",
    "drivers/scsi/",
    "drivers/staging/",
    "drivers/usb/",
    "fs/bcachefs/",
    "fs/btrfs/",
    "fs/ceph/",
    "fs/ext4/",
    "fs/f2fs/",
    "fs/gfs2/",
    "fs/nfs/",
    "fs/nfsd/",
    "fs/ntfs3/",
    "fs/ocfs2/",
    "fs/smb/",
    "fs/xfs/",
    "samples/",
    "sound/",
    "tools/perf/",
    "tools/testing/",
};

static bool is_build_file(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return !strncmp(name, "Kconfig", 7) || !strncmp(name, "Makefile", 8) ||
	       !strncmp(name, "Kbuild", 6);
}

bool sb_unpack_wants(const char *path)
{
	if (is_build_file(path))
		return true;
	if (!strncmp(path, "arch/", 5) && strchr(path + 5, '/'))
		return !strncmp(path, "arch/um/", 8) || !strncmp(path, "arch/x86/", 9);
	for (size_t i = 0; i < SB_ARRAY_LEN(unwanted); i++)
		if (!strncmp(path, unwanted[i], strlen(unwanted[i])))
			return false;
	return true;
}

/* --- archives --- */

struct unpacking {
	const struct sb_unpack *u;
	struct archive *in, *out;
	uint64_t total;
};

/* The name without the directory at the top; NULL where nothing is left, or it points out of it. */
static const char *name_inside(const char *name)
{
	const char *slash;

	while (!strncmp(name, "./", 2))
		name += 2;
	slash = strchr(name, '/');
	if (*name == '/' || !slash || !slash[1])
		return NULL;
	return slash + 1;
}

static int copy_data(struct unpacking *x, struct sb_err *err)
{
	const void *block;
	la_int64_t offset;
	size_t size;
	int rc;

	while ((rc = archive_read_data_block(x->in, &block, &size, &offset)) == ARCHIVE_OK)
		if (archive_write_data_block(x->out, block, size, offset) < ARCHIVE_OK)
			return sb_fail(err, SB_EENV, 0, "cannot write: %s",
				       archive_error_string(x->out));
	if (rc != ARCHIVE_EOF)
		return sb_fail(err, SB_EINPUT, 0, "%s", archive_error_string(x->in));
	return 0;
}

/* Plain modes: what the archive says of users, links to others' files and the like is not taken over. */
static void make_plain(struct archive_entry *entry, const char *inside)
{
	sb_auto_free char *name = sb_strdup(inside);
	const char *link = archive_entry_hardlink(entry);
	bool directory = archive_entry_filetype(entry) == AE_IFDIR;

	if (link) {
		const char *target = name_inside(link);

		archive_entry_set_hardlink(entry, target ? target : "");
	} else {
		archive_entry_set_perm(
		    entry, directory ? 0755 : 0644 | (archive_entry_perm(entry) & 0111));
	}
	archive_entry_set_pathname(entry, name);
}

static int take_entry(struct unpacking *x, struct archive_entry *entry, struct sb_err *err)
{
	const char *name = archive_entry_pathname(entry), *inside = name ? name_inside(name) : NULL;
	bool directory = archive_entry_filetype(entry) == AE_IFDIR;

	if (!inside || (!directory && !x->u->whole && !sb_unpack_wants(inside)))
		return 0;
	make_plain(entry, inside);
	if (archive_write_header(x->out, entry) < ARCHIVE_WARN ||
	    (archive_entry_size(entry) > 0 && copy_data(x, err)) ||
	    archive_write_finish_entry(x->out) < ARCHIVE_WARN)
		return err->code
			   ? -1
			   : sb_fail(err, SB_EENV, 0, "cannot write %s: %s",
				     archive_entry_pathname(entry), archive_error_string(x->out));
	return 0;
}

static int take_entries(struct unpacking *x, struct sb_err *err)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(x->in, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		if (sb_interrupted())
			return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		if (x->u->progress)
			x->u->progress(x->u->ctx, (uint64_t)archive_filter_bytes(x->in, -1),
				       x->total);
		if (take_entry(x, entry, err))
			return -1;
	}
	return rc == ARCHIVE_EOF ? 0
				 : sb_fail(err, SB_EINPUT, 0, "%s", archive_error_string(x->in));
}

/* Names are relative to the current directory, so that libarchive can look at each part of them for links. */
static int unpack_here(struct unpacking *x, struct sb_err *err)
{
	struct stat st;
	int rc = -1;

	x->in = sb_must(archive_read_new());
	x->out = sb_must(archive_write_disk_new());
	/* What kernels come in; "all" has those that start a program of that name from PATH. */
	archive_read_support_filter_gzip(x->in);
	archive_read_support_filter_bzip2(x->in);
	archive_read_support_filter_xz(x->in);
	archive_read_support_filter_zstd(x->in);
	archive_read_support_format_tar(x->in);
	archive_write_disk_set_options(
	    x->out, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
			ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
	if (!stat(x->u->from, &st))
		x->total = (uint64_t)st.st_size;
	if (archive_read_open_filename(x->in, x->u->from, BLOCK) != ARCHIVE_OK)
		sb_fail(err, SB_EINPUT, 0, "%s", archive_error_string(x->in));
	else
		rc = take_entries(x, err);
	archive_read_free(x->in);
	if (archive_write_free(x->out) != ARCHIVE_OK && !rc)
		rc = sb_fail(err, SB_EENV, 0, "cannot write the files");
	return rc;
}

static int unpack_archive(const struct sb_unpack *u, struct sb_err *err)
{
	sb_auto_close int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct unpacking x = {.u = u};
	int rc;

	if (before < 0 || chdir(u->to))
		return sb_fail(err, SB_EENV, errno, "cannot change to %s", u->to);
	rc = unpack_here(&x, err);
	if (fchdir(before) && !rc)
		rc = sb_fail(err, SB_EENV, errno, "cannot change back from %s", u->to);
	return rc;
}

/* --- directories --- */

static int copy_bytes(int in, int out)
{
	for (;;) {
		/* Shares the blocks where the file system can. */
		ssize_t n = copy_file_range(in, NULL, out, NULL, 1u << 30, 0);

		if (n <= 0)
			return (int)n;
	}
}

static int copy_file(const char *from, const char *to, mode_t mode, struct sb_err *err)
{
	sb_auto_close int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;

	if (in < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644 | (mode & 0111));
	if (out < 0 || copy_bytes(in, out))
		return sb_fail(err, SB_EENV, errno, "cannot copy %s", from);
	return 0;
}

static int copy_link(const char *from, const char *to, struct sb_err *err)
{
	char target[4096];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", from);
	target[n] = '\0';
	return symlink(target, to) ? sb_fail(err, SB_EENV, errno, "cannot copy %s", from) : 0;
}

static int copy_entry(const struct sb_unpack *u, FTS *fts, FTSENT *e, struct sb_err *err)
{
	const char *inside = e->fts_path + strlen(u->from) + 1;
	sb_auto_free char *to = NULL;

	if (e->fts_level == 0)
		return 0;
	to = sb_asprintf("%s/%s", u->to, inside);
	switch (e->fts_info) {
	case FTS_D:
		if (!strcmp(inside, ".git")) {
			fts_set(fts, e, FTS_SKIP);
			return 0;
		}
		return mkdir(to, 0755) ? sb_fail(err, SB_EENV, errno, "cannot make %s", to) : 0;
	case FTS_F:
		return u->whole || sb_unpack_wants(inside)
			   ? copy_file(e->fts_accpath, to, e->fts_statp->st_mode, err)
			   : 0;
	case FTS_SL:
	case FTS_SLNONE:
		return copy_link(e->fts_accpath, to, err);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return sb_fail(err, SB_EINPUT, e->fts_errno, "cannot read %s", e->fts_path);
	default:
		return 0;
	}
}

static int copy_directory(const struct sb_unpack *u, struct sb_err *err)
{
	char *roots[] = {(char *)(uintptr_t)u->from, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t done = 0;
	FTSENT *e;
	int rc = 0;

	if (!fts)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", u->from);
	while (!rc && (e = fts_read(fts))) {
		if (sb_interrupted())
			rc = sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		else
			rc = copy_entry(u, fts, e, err);
		if (u->progress)
			u->progress(u->ctx, ++done, 0);
	}
	fts_close(fts);
	return rc;
}

int sb_unpack(const struct sb_unpack *u, struct sb_err *err)
{
	return u->is_directory ? copy_directory(u, err) : unpack_archive(u, err);
}
