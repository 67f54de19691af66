/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - kernels for the virtual clock that `satbed kernel build` has built: find, list, remove
 *
 * Each is a directory ${XDG_DATA_HOME:-~/.local/share}/satbed/kernels/VERSION-HASH with the program
 * "linux" (User-Mode Linux), its configuration "config" and "manifest.json".  HASH is over all that
 * satbed and the user chose: source, configuration, patches and modules.  A directory appears when
 * it is complete.
 *
 * Kernels of packages are found, too, in SB_KERNEL_SYSTEM_DIRECTORY; satbed never writes there.
 */
#ifndef SATBED_KERNEL_H
#define SATBED_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

#define SB_KERNEL_HASH_LEN	   12 /* hexadecimal digits */
#define SB_KERNEL_SYSTEM_DIRECTORY "/usr/lib/satbed/kernels"

/**
 * struct sb_kernel - a kernel that is ready to be started
 * @name:	VERSION-HASH
 * @version:	such as "6.12.30"
 * @program, @config: absolute paths
 * @changes:	names of patches and modules built in, "" where it is the distribution's source
 * @size_bytes:	of the program
 * @built_at_s:	seconds since 1970
 * @system:	of a package, not of the user
 */
struct sb_kernel {
	char *name, *version, *hash;
	char *program, *config;
	char *changes;
	int64_t size_bytes, built_at_s;
	bool system;
};

/**
 * sb_kernel_find() - the kernel to use for what a user asked for
 * @wanted:	a version or its beginning ("6.12", "6.12.30"), a hash or at least 4 digits of its
 *		beginning, or VERSION-HASH; NULL or "auto" = any.  Of several, kernels without
 *		patches and modules are preferred, then the highest version, then the latest built.
 * @out:	the caller's to sb_kernel_fini(); unset on failure
 *
 * Return: 0, or -1 with @err (SB_EENV), whose message says what to type
 */
int sb_kernel_find(const char *wanted, struct sb_kernel *out, struct sb_err *err);

/**
 * sb_kernel_list() - all kernels, in the order in which sb_kernel_find() prefers them
 * @out:	the caller's to sb_kernel_list_free()
 *
 * Directories that are not complete or that others than their user and root may write to are left
 * out, and of the system's those of which the user has one of the same name.
 *
 * Return: 0, or -1 with @err: no home directory, or the directory cannot be trusted (SB_EENV)
 */
int sb_kernel_list(struct sb_kernel **out, size_t *count, struct sb_err *err);
void sb_kernel_list_free(struct sb_kernel *list, size_t count);

/** sb_kernel_remove() - its directory with all in it; 0, or -1 with @err (SB_EENV), also for the
 * system's */
int sb_kernel_remove(const struct sb_kernel *kernel, struct sb_err *err);

/** sb_kernel_directory() - where the user's kernels are, there or not; the caller's to free */
char *sb_kernel_directory(void);

void sb_kernel_fini(struct sb_kernel *kernel);

#endif
