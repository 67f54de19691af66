/* SPDX-License-Identifier: MIT */
/* module.h - the user's own C files built into a kernel; private to src/kernel */
#ifndef SATBED_KERNEL_MODULE_H
#define SATBED_KERNEL_MODULE_H

#include "satbed/base/err.h"

/**
 * sb_module_add() - copy a module's source into a kernel's and have it built in
 * @tree:	the kernel's
 * @from:	a directory: with a Makefile or Kbuild as for a module out of the tree (obj-m), else
 *		each of its C files is one module; options of a Kconfig in it are switched on
 * @options:	lines for the configuration are added to it; the caller's to free
 *
 * Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_module_add(const char *tree, const char *from, char **options, struct sb_err *err);

/** sb_module_name() - the last part of its path; the caller's to free */
char *sb_module_name(const char *path);

#endif
