// SPDX-License-Identifier: MIT
/* pattern_file.c - files of a known content in the work directory: made, and compared after they were transferred */
#include "pattern_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/harness/pattern.h"

#define PIECE_BYTES ((size_t)64 << 10)

static size_t piece_at(int64_t total, int64_t at)
{
	int64_t left = total - at;

	return left < (int64_t)PIECE_BYTES ? (size_t)left : PIECE_BYTES;
}

/* Never over an existing file: what is there is somebody's. */
static int make(const struct sb_command_spec *spec, void *buf, struct sb_err *err)
{
	int dir = open(sb_workdir_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd =
	    dir < 0 ? -1 : openat(dir, spec->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int64_t at = 0;
	ssize_t n = 0;

	if (dir >= 0)
		close(dir);
	while (fd >= 0 && at < spec->bytes) {
		size_t len = piece_at(spec->bytes, at);

		sb_pattern_fill(spec->seed, (uint64_t)at, buf, len);
		n = write(fd, buf, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
	}
	if (fd < 0 || n < 0 || fchmod(fd, 0644)) {
		sb_fail(err, SB_EENV, errno, "file %s: after %lld bytes", spec->path,
			(long long)at);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* How many bytes are as they should be, from the first on; -1: no such file. */
static int64_t compare(const struct sb_command_spec *spec, void *buf, int64_t *size)
{
	struct sb_err err = {0};
	int fd = sb_workdir_open(spec->path, &err);
	int64_t at = 0;
	struct stat st;

	*size = -1;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	while (at < spec->bytes) {
		ssize_t n = pread(fd, buf, piece_at(spec->bytes, at), at);
		size_t good;

		if (n <= 0)
			break;
		good = sb_pattern_check(spec->seed, (uint64_t)at, buf, (size_t)n);
		at += (int64_t)good;
		if (good < (size_t)n)
			break;
	}
	close(fd);
	return at;
}

int sb_pattern_file(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	int64_t size = -1, good;
	void *buf;
	struct sb_text t;

	if (!sb_workdir_path() || !sb_node_qlog_name_is_plain(spec->path))
		return sb_fail(err, SB_EINPUT, 0, "file %s: not a plain name, or no work directory",
			       spec->path);
	buf = malloc(PIECE_BYTES);
	if (!buf)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	if (spec->eof) {
		good = compare(spec, buf, &size);
	} else {
		good = make(spec, buf, err) ? -1 : spec->bytes;
		size = good;
	}
	free(buf);
	if (!spec->eof && good < 0)
		return -1;
	sb_text_open(&t, "pattern");
	sb_text_int(&t, "size", size);
	sb_text_int(&t, "good", good);
	sb_node_say(node, &t, true);
	return 0;
}
