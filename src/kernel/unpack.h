/* SPDX-License-Identifier: MIT */
/* unpack.h - a kernel's source, from an archive or a directory, into one of ours; private to
 * src/kernel */
#ifndef SATBED_KERNEL_UNPACK_H
#define SATBED_KERNEL_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "satbed/base/err.h"

/**
 * struct sb_unpack - from where, and how much of it
 * @from:	an archive that libarchive reads, with one directory at its top; or a directory
 * @is_directory: the latter
 * @to:		an empty directory
 * @whole:	all files; else without drivers, file systems and architectures that no guest has
 * @progress:	bytes of the archive read, or files copied (@total 0)
 */
struct sb_unpack {
	const char *from, *to;
	bool is_directory, whole;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/** sb_unpack() - 0, or -1 with @err: not readable (SB_EINPUT), no space (SB_EENV), interrupted */
int sb_unpack(const struct sb_unpack *u, struct sb_err *err);

/** sb_unpack_wants() - is that file, named from the top of the source, needed for a guest? */
bool sb_unpack_wants(const char *path);

#endif
