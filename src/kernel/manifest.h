/* SPDX-License-Identifier: MIT */
/* manifest.h - what a kernel was made of; private to src/kernel */
#ifndef SATBED_KERNEL_MANIFEST_H
#define SATBED_KERNEL_MANIFEST_H

#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/kernel.h"
#include "satbed/kernel_build.h"

/**
 * struct sb_manifest - of one kernel
 * @version:	owned; the rest is borrowed
 * @source:	path of a directory or archive; @package: the package it came from, or NULL
 * @steps:	lines that make said: how long the next build will be
 */
struct sb_manifest {
	char *version;
	char hash[SB_KERNEL_HASH_LEN + 1];
	const char *recipe, *source_digest, *source, *package;
	const struct sb_kernel_request *request;
	uint64_t steps;
	int64_t build_s, built_at_s;
};

void sb_manifest_fini(struct sb_manifest *m);

/** sb_manifest_write() - as manifest.json in a directory, with digests of patches and modules */
int sb_manifest_write(const struct sb_manifest *m, const char *directory, struct sb_err *err);

/** sb_manifest_is() - was the kernel with that program made by that recipe from that package? */
bool sb_manifest_is(const char *program, const char *recipe, const char *package);

/** sb_manifest_steps() - of the latest build, or @otherwise */
uint64_t sb_manifest_steps(uint64_t otherwise);

#endif
