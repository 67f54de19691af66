/* SPDX-License-Identifier: MIT */
/* edit.h - a kernel's source made ours: satbed's changes, patches, modules; private to src/kernel */
#ifndef SATBED_KERNEL_EDIT_H
#define SATBED_KERNEL_EDIT_H

#include <stddef.h>

#include "satbed/base/err.h"

/** struct sb_edit - in @file the text @from, which must be there once, becomes @to */
struct sb_edit {
	const char *file, *from, *to;
};

extern const struct sb_edit sb_edits[];
extern const size_t sb_edit_count;

/** sb_tree_version() - "6.12.30" of the Makefile in @tree; the caller's to free; NULL with @err
 * (SB_EINPUT): that is no kernel's source, or has no User-Mode Linux */
char *sb_tree_version(const char *tree, struct sb_err *err);

/** sb_tree_edit() - satbed's own changes; 0 or -1 with @err (SB_EINPUT): they do not fit */
int sb_tree_edit(const char *tree, struct sb_err *err);

/** sb_tree_patch() - a unified diff with -p1; 0 or -1 with @err (SB_EINPUT), which has the words of
 * patch(1) */
int sb_tree_patch(const char *tree, const char *patch, int log_fd, struct sb_err *err);

#endif
