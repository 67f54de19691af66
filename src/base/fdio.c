// SPDX-License-Identifier: MIT
/* fdio.c - whole reads and writes, files replaced atomically */
#include "satbed/base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int sb_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int sb_open_program(const char *name, const char *from, const char *to, struct sb_err *err)
{
	sb_auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_EXEC);

	/* Kernels before 6.3 know no MFD_EXEC. */
	if (fd < 0)
		fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0 || sb_write_all(fd, from, (size_t)(to - from)))
		return sb_fail(err, SB_EENV, errno, "cannot unpack %s into memory", name);
	return sb_steal_fd(&fd);
}

int sb_write_text(const char *path, const char *text)
{
	sb_auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : sb_write_all(fd, text, strlen(text));
}

int sb_read_fd(int fd, const char *path, size_t max, char **out, size_t *out_len,
	       struct sb_err *err)
{
	sb_auto_free char *buf = NULL;
	size_t len = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (room - len < 2) {
			room = room ? room * 2 : 16384;
			buf = sb_realloc(buf, room, 1);
		}
		n = read(fd, buf + len, room - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return sb_fail(err, SB_EINPUT, 0, "%s is larger than %zu bytes", path, max);
	}
	buf[len] = '\0';
	if (out_len)
		*out_len = len;
	*out = sb_steal(&buf);
	return 0;
}

int sb_read_file(const char *path, size_t max, char **out, size_t *out_len, struct sb_err *err)
{
	/* Not to wait for whoever might write into a FIFO. */
	sb_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	if (S_ISDIR(st.st_mode))
		return sb_fail(err, SB_EINPUT, EISDIR, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return sb_fail(err, SB_EINPUT, 0, "cannot read %s: not a regular file", path);
	return sb_read_fd(fd, path, max, out, out_len, err);
}

bool sb_may_quote(const char *path, bool typed)
{
	const char *sudo = getenv("SUDO_UID");
	struct stat st;
	uint64_t uid;

	if (geteuid() != 0 || stat(path, &st) || (st.st_mode & S_IROTH))
		return true;
	if (sudo && *sudo)
		return !sb_parse_digits(sudo, UINT32_MAX, &uid) && uid == st.st_uid && uid != 0;
	return typed;
}

char *sb_path_beside(const char *file, const char *path)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (*path == '/' || !slash)
		return sb_strdup(path);
	return sb_asprintf("%.*s%s", (int)(slash + 1 - file), file, path);
}

/* Some file systems have none. */
static int sync_file(int fd)
{
	return fsync(fd) && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
}

/* The name as well; a directory that may not be read is no reason to fail. */
static void sync_directory(const char *file)
{
	sb_auto_free char *directory = sb_path_beside(file, ".");
	sb_auto_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

int sb_replace_file(const char *path, const void *buf, size_t len, struct sb_err *err)
{
	sb_auto_free char *tmp = sb_asprintf("%s.XXXXXX", path);
	sb_auto_close int fd = mkostemp(tmp, O_CLOEXEC);
	mode_t mask = umask(0);
	int failed = 0;

	umask(mask);
	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	/* On the disk before it has its name: after a power failure a name must not lead to nothing. */
	if (sb_write_all(fd, buf, len) || fchmod(fd, 0666 & ~mask) || sync_file(fd) ||
	    rename(tmp, path))
		failed = errno ? errno : EIO;
	if (failed) {
		unlink(tmp);
		return sb_fail(err, SB_EENV, failed, "cannot write %s", path);
	}
	sync_directory(path);
	return 0;
}

int sb_close_read(FILE *f, const char *path, struct sb_err *err)
{
	bool failed = ferror(f);

	fclose(f);
	return failed ? sb_fail(err, SB_EINPUT, 0, "%s cannot be read to its end", path) : 0;
}
