/* SPDX-License-Identifier: MIT */
/* configure.h - a source's configuration, and its compilation; private to src/kernel */
#ifndef SATBED_KERNEL_CONFIGURE_H
#define SATBED_KERNEL_CONFIGURE_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/**
 * struct sb_make - a source to be built
 * @tree:	its directory
 * @jobs:	compilers at a time
 * @log_fd:	all output
 * @expected:	lines of output that a build of this kind has, for progress
 */
struct sb_make {
	const char *tree;
	unsigned int jobs;
	int log_fd;
	uint64_t expected;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/** sb_make_clean() - remove what an earlier build in that source left */
int sb_make_clean(const struct sb_make *m, struct sb_err *err);

/**
 * sb_make_configure() - nothing but what satbed carries, and @options
 * @options:	further lines, such as those of modules; NULL = none
 *
 * Return: 0, or -1 with @err: something without which satbed does not work is not to be had in
 * this version (SB_EINPUT)
 */
int sb_make_configure(const struct sb_make *m, const char *options, struct sb_err *err);

/**
 * sb_make_program() - compile and link
 * @steps:	lines of output there were
 *
 * Return: 0, or -1 with @err, which has the compiler's first errors (SB_EINPUT)
 */
int sb_make_program(const struct sb_make *m, uint64_t *steps, struct sb_err *err);

/** sb_config_misses() - the first line "CONFIG_X=y" of @wanted that @config does not have, or NULL;
 * the caller's to free */
char *sb_config_misses(const char *config, const char *wanted);

#endif
