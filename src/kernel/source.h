/* SPDX-License-Identifier: MIT */
/* source.h - where a kernel's source is: given, or the distribution's; private to src/kernel */
#ifndef SATBED_KERNEL_SOURCE_H
#define SATBED_KERNEL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/kernel_build.h"

/**
 * struct sb_source - one source
 * @path:	of an archive or directory; NULL = of a package that is to be downloaded
 * @package:	"linux-source-6.12=6.12.30-1", NULL where it is none
 * @package_bytes: of the download, 0 = not known
 */
struct sb_source {
	char *path;
	bool is_directory;
	char *package;
	uint64_t package_bytes;
};

/**
 * sb_source_find() - the one that was asked for
 * @out:	the caller's to sb_source_fini(); unset on failure
 *
 * The distribution's: archives in /usr/src, and packages that apt knows; the highest version that
 * matches, one in /usr/src rather than one to download.
 *
 * Return: 0, or -1 with @err (SB_EENV, SB_EINPUT), whose message says what to type
 */
int sb_source_find(const struct sb_kernel_request *request, struct sb_source *out,
		   struct sb_err *err);

/**
 * sb_source_fetch() - download a package and take the archive out of it
 * @directory:	an empty one for both; @source->path is then in it
 */
int sb_source_fetch(struct sb_source *source, const char *directory, int log_fd,
		    void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
		    struct sb_err *err);

void sb_source_fini(struct sb_source *source);

/** sb_source_version() - "6.12" of "linux-source-6.12" and "linux-source-6.12.tar.xz"; the caller's
 * to free; NULL = another name */
char *sb_source_version(const char *name);

#endif
