/* SPDX-License-Identifier: MIT */
/* choice.h - which kernel a word means, and which of several is preferred; private to src/kernel */
#ifndef SATBED_KERNEL_CHOICE_H
#define SATBED_KERNEL_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/kernel.h"

/** sb_kernel_version_order() - as strcmp(): "6.1.9" < "6.1.10" < "6.12.0-rc1" < "6.12.0" */
int sb_kernel_version_order(const char *a, const char *b);

/** sb_kernel_version_matches() - @version is @wanted or begins with it: "6.1" is "6.1.9", never
 * "6.12" */
bool sb_kernel_version_matches(const char *version, const char *wanted);

/** sb_kernel_matches() - see sb_kernel_find() */
bool sb_kernel_matches(const struct sb_kernel *kernel, const char *wanted);

/** sb_kernel_preference() - for qsort(): the preferred one first */
int sb_kernel_preference(const void *a, const void *b);

/**
 * sb_kernel_split_name() - VERSION-HASH
 * @version_len:	of the part before the last dash
 *
 * Return: where HASH begins, or NULL where the name is of another form
 */
const char *sb_kernel_split_name(const char *name, size_t *version_len);

#endif
