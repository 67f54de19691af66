/* SPDX-License-Identifier: MIT */
/* store.h - the directory of kernels; private to src/kernel */
#ifndef SATBED_KERNEL_STORE_H
#define SATBED_KERNEL_STORE_H

#include <stdbool.h>

#include "satbed/base/err.h"

#define SB_KERNEL_PROGRAM  "linux"
#define SB_KERNEL_CONFIG   "config"
#define SB_KERNEL_MANIFEST "manifest.json"

/** sb_store_system - the directory of the system's kernels; tests have one of their own */
extern const char *sb_store_system;

/**
 * sb_store_open() - a descriptor of the user's directory of kernels
 * @make:	make it, and all above it, where it is not there
 * @path:	the caller's to free; may be set on failure too
 *
 * What lies there is executed: others than its user and root must not be able to write to it.
 *
 * Return: the descriptor; -1 with @err; -1 without (@err->code SB_OK) where there is none and @make
 * is false
 */
int sb_store_open(bool make, char **path, struct sb_err *err);

/** sb_store_remove_tree() - a directory below @dir_fd, with all in it; symbolic links are not
 * followed; 0 or -1 with errno */
int sb_store_remove_tree(int dir_fd, const char *name);

#endif
