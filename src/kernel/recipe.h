/* SPDX-License-Identifier: MIT */
/* recipe.h - all that makes a kernel other than another: its digest; private to src/kernel */
#ifndef SATBED_KERNEL_RECIPE_H
#define SATBED_KERNEL_RECIPE_H

#include <stddef.h>

#include "satbed/base/err.h"
#include "satbed/kernel.h"
#include "satbed/kernel_build.h"

#define SB_DIGEST_LEN 32 /* hexadecimal digits of 128 bits */

/** sb_kernel_config_text() - the fragment of the configuration that satbed carries */
const char *sb_kernel_config_text(size_t *len);

/** sb_digest_file() - of its bytes; 0, or -1 with @err (SB_EINPUT) */
int sb_digest_file(const char *path, char out[SB_DIGEST_LEN + 1], struct sb_err *err);

/**
 * sb_digest_tree() - of the names and bytes of all files below a directory, in the order of names
 *
 * Left out is what no source is: .git, and files of a build.
 *
 * Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_digest_tree(const char *path, char out[SB_DIGEST_LEN + 1], struct sb_err *err);

/**
 * sb_recipe_digest() - of what is done to a source: configuration, changes of satbed's own, the
 * user's patches in their order, the user's modules
 */
int sb_recipe_digest(const struct sb_kernel_request *request, char out[SB_DIGEST_LEN + 1],
		     struct sb_err *err);

/** sb_kernel_hash() - the hash of a kernel's name */
void sb_kernel_hash(const char *recipe, const char *source, char out[SB_KERNEL_HASH_LEN + 1]);

#endif
