/* SPDX-License-Identifier: MIT */
/* tar.h - tar archives made and read piece by piece, whatever their size */
#ifndef SATBED_CONTAINER_API_TAR_H
#define SATBED_CONTAINER_API_TAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "satbed/container_api.h"

struct sb_tar_maker;

/** sb_tar_make() - an archive of @entries, which stay the caller's until sb_tar_made() */
struct sb_tar_maker *sb_tar_make(const struct sb_tar_entry *entries, size_t count);
/** sb_tar_take() - its next bytes, 0 at the end, -1 with @err; fits sb_http_request.source */
ssize_t sb_tar_take(void *maker, void *buf, size_t size, struct sb_err *err);
void sb_tar_made(struct sb_tar_maker *m);

/** sb_tar_source - bytes of an archive: 0 at the end, -1 with @err */
typedef ssize_t sb_tar_source(void *ctx, void *buf, size_t size, struct sb_err *err);

/* More than satbed ever fetches: what goes beyond is an attack or a mistake. */
#define SB_TAR_FILES_MAX 4096
#define SB_TAR_BYTES_MAX ((uint64_t)4 << 30)

/**
 * sb_tar_read() - each regular file of an archive goes to the descriptor that @each names for it
 *
 * Links, devices and directories are passed over; two files of one name, a name that is no plain
 * component, more files or bytes than the maxima above are errors (SB_EENGINE).
 */
int sb_tar_read(sb_tar_source *source, void *source_ctx, sb_daemon_download_fn *each, void *ctx,
		struct sb_err *err);

/** sb_tar_check_rootfs() - does the file at @fd look like a root file system's tar?
 *
 * A file that cannot be sought in is not looked at.  Return: 0, -1 with @err (SB_EINPUT)
 */
int sb_tar_check_rootfs(int fd, struct sb_err *err);

#endif
