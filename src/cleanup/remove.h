/* SPDX-License-Identifier: MIT */
/* remove.h - taking away what a daemon has */
#ifndef SATBED_CLEANUP_REMOVE_H
#define SATBED_CLEANUP_REMOVE_H

#include "inventory.h"

/**
 * sb_remove_found() - until the daemon no longer knows it
 *
 * What is not of the same run and still uses it is not touched; then it stays, and @err says why.
 */
int sb_remove_found(const struct sb_daemon *d, const struct sb_found *thing, struct sb_err *err);

#endif
