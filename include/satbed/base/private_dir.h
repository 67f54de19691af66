/* SPDX-License-Identifier: MIT */
/*
 * private_dir.h - directories of satbed's own, where only their user can have put anything
 *
 * As the XDG base directory specification has it, with these differences, for what lies there is
 * believed and executed, by root too: the home directory is HOME only where that belongs to this
 * user (under sudo it may be another's), else that of the password file; where there is none, root
 * uses /run/satbed and others /tmp/satbed-UID, where somebody else may have been first.
 */
#ifndef SATBED_BASE_PRIVATE_DIR_H
#define SATBED_BASE_PRIVATE_DIR_H

#include <stdbool.h>

#include "satbed/base/err.h"

/**
 * enum sb_private_kind - which of the user's directories
 * @SB_PRIVATE_RUNTIME:	XDG_RUNTIME_DIR where it is this user's, else /run/user/UID; mode 0700
 * @SB_PRIVATE_STATE:	XDG_STATE_HOME, ~/.local/state; mode 0700
 * @SB_PRIVATE_CACHE:	XDG_CACHE_HOME, ~/.cache; mode 0700
 * @SB_PRIVATE_DATA:	XDG_DATA_HOME, ~/.local/share; others may read, and root may own it
 */
enum sb_private_kind { SB_PRIVATE_RUNTIME, SB_PRIVATE_STATE, SB_PRIVATE_CACHE, SB_PRIVATE_DATA };

/** sb_home() - this user's home directory; the caller's to free; NULL: none is known */
char *sb_home(void);

/** sb_private_dir_path() - of the directory @name in "satbed" (NULL: "satbed" itself), there or not;
 * the caller's to free */
char *sb_private_dir_path(enum sb_private_kind kind, const char *name);

/**
 * sb_private_dir_open() - a descriptor of that directory, made where it is missing and @make says so
 * @path:	out: of it, for messages; the caller's to free, on failure too; may be NULL
 *
 * "satbed" and @name are no symbolic links, belong to this user, and nobody else may use them
 * (SB_PRIVATE_DATA: write to them).
 *
 * Return: the descriptor; -1 with @err (SB_EENV); -1 without where there is none and @make is false
 */
int sb_private_dir_open(enum sb_private_kind kind, const char *name, bool make, char **path,
			struct sb_err *err);

/** sb_owned_by_us() - belongs to this user or to root, and nobody else may write to it */
struct stat;
bool sb_owned_by_us(const struct stat *st);

#endif
