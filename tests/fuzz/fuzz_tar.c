// SPDX-License-Identifier: MIT
/*
 * fuzz_tar.c - any bytes as the archive that a daemon sends, and as one that a user imports
 *
 * The first byte is the size of the pieces that the rest comes in.  Invariant beyond not crashing: the
 * files that come out, and whether they do, depend on no such size; every name is one plain component.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "container_api/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

struct source {
	const uint8_t *at;
	size_t left, step;
};

static ssize_t give(void *ctx, void *buf, size_t size, struct sb_err *err)
{
	struct source *s = ctx;
	size_t n = s->left < s->step ? s->left : s->step;

	(void)err;
	n = n < size ? n : size;
	memcpy(buf, s->at, n);
	s->at += n;
	s->left -= n;
	return (ssize_t)n;
}

struct result {
	int fd, rc;
	uint64_t names;
	size_t files;
	off_t bytes;
};

static int take(const char *name, void *ctx)
{
	struct result *r = ctx;

	require(*name && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, ".."));
	for (const char *c = name; *c; c++) {
		require((unsigned char)*c >= 0x20 && *c != 0x7f);
		r->names = (r->names ^ (unsigned char)*c) * 1099511628211u;
	}
	require(++r->files <= SB_TAR_FILES_MAX);
	/* Every third is of no interest. */
	return r->files % 3 ? r->fd : -1;
}

static struct result read_in(const uint8_t *data, size_t size, size_t step)
{
	struct source source = {.at = data, .left = size, .step = step};
	struct result r = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
	struct sb_err err = {0};

	r.rc = sb_tar_read(give, &source, take, &r, &err);
	require(r.rc == 0 || (r.rc == -1 && err.msg[0]));
	for (const char *c = err.msg; *c; c++)
		require((unsigned char)*c >= 0x20 || *c == '\n');
	r.bytes = lseek(r.fd, 0, SEEK_CUR);
	require(r.bytes >= 0 && (uint64_t)r.bytes <= SB_TAR_BYTES_MAX);
	close(r.fd);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, pieces;
	struct sb_err err = {0};
	size_t step;
	int fd;

	if (!size)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size--;
	whole = read_in(data, size, size + 1);
	pieces = read_in(data, size, step);
	require(whole.rc == pieces.rc && whole.files == pieces.files &&
		whole.names == pieces.names && whole.bytes == pieces.bytes);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	require(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	require(sb_tar_check_rootfs(fd, &err) == 0 || err.msg[0]);
	/* It is to be sent from its beginning. */
	require(lseek(fd, 0, SEEK_CUR) == 0);
	close(fd);
	return 0;
}
