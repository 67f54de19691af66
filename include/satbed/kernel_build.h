/* SPDX-License-Identifier: MIT */
/* kernel_build.h - build a kernel for the virtual clock */
#ifndef SATBED_KERNEL_BUILD_H
#define SATBED_KERNEL_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/kernel.h"

/**
 * struct sb_kernel_request - which kernel
 * @version:	of the distribution's source packages ("6.12"); NULL = the highest there is
 * @source:	a directory or archive of a kernel's source instead; NULL = the distribution's
 * @patches:	unified diffs, applied in their order with -p1
 * @modules:	directories: C files, or a Makefile as for a module out of the tree; built in
 * @jobs:	how many compilers at a time; 0 = one for each processor
 * @progress:	@done of @total, 0 = not known, of a step such as "compile"; @unit: of what
 * @ctx:	for @progress
 */
struct sb_kernel_request {
	const char *version, *source;
	const char *const *patches, *const *modules;
	size_t patch_count, module_count;
	unsigned int jobs;
	void (*progress)(void *ctx, const char *step, uint64_t done, uint64_t total,
			 const char *unit);
	void *ctx;
};

/**
 * sb_kernel_build() - the kernel, built unless it is there already
 * @out:	the caller's to sb_kernel_fini(); unset on failure
 * @built:	false: it was there
 *
 * Needs neither root nor rights: a missing source package is downloaded and unpacked, not
 * installed.  All work is done in a directory beside the kernels, which is gone at the end,
 * whatever happens; what a killed build left is removed by the next.  After a failed compilation
 * the log is kept there as failed-build.log.
 *
 * Return: 0, or -1 with @err: no source, tools or space (SB_EENV), unusable source, patch or
 * module (SB_EINPUT), interrupted
 */
int sb_kernel_build(const struct sb_kernel_request *request, struct sb_kernel *out, bool *built,
		    struct sb_err *err);

#endif
