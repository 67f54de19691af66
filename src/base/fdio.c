// SPDX-License-Identifier: MIT
/* fdio.c - whole reads and writes, files replaced atomically */
#include "satbed/base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/mem.h"

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
	sb_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	return sb_read_fd(fd, path, max, out, out_len, err);
}

char *sb_path_beside(const char *file, const char *path)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (*path == '/' || !slash)
		return sb_strdup(path);
	return sb_asprintf("%.*s%s", (int)(slash + 1 - file), file, path);
}

int sb_replace_file(const char *path, const void *buf, size_t len, struct sb_err *err)
{
	sb_auto_free char *tmp = sb_asprintf("%s.XXXXXX", path);
	sb_auto_close int fd = mkostemp(tmp, O_CLOEXEC);
	mode_t mask = umask(0);
	int failed = 0;

	umask(mask);
	if (fd < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot write %s", path);
	if (sb_write_all(fd, buf, len) || fchmod(fd, 0666 & ~mask) || rename(tmp, path))
		failed = errno ? errno : EIO;
	if (failed) {
		unlink(tmp);
		return sb_fail(err, SB_EINPUT, failed, "cannot write %s", path);
	}
	return 0;
}
