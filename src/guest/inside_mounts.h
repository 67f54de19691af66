/* SPDX-License-Identifier: MIT */
/* inside_mounts.h - what a guest sees of files and devices; private to src/guest */
#ifndef SATBED_GUEST_INSIDE_MOUNTS_H
#define SATBED_GUEST_INSIDE_MOUNTS_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"

/** sb_inside_mounts() - the writable directory and the host's files, while /proc still is the
 * host's */
int sb_inside_mounts(struct sb_err *err);
/**
 * sb_inside_covers() - /proc, /sys, /dev, /tmp and /run of the guest's own
 * @keep:	array of directories of the host that stay visible, read-only, where they are below
 *		one of those
 */
int sb_inside_covers(const cJSON *keep, struct sb_err *err);

#endif
