/* SPDX-License-Identifier: MIT */
/* expand.h - names in braces replaced by their values */
#ifndef SATBED_BASE_EXPAND_H
#define SATBED_BASE_EXPAND_H

#include "satbed/base/err.h"

/** struct sb_brace - {@name} becomes @value; NULL: it is known, but has no value here, see @without
 */
struct sb_brace {
	const char *name, *value, *without;
};

/**
 * sb_expand() - @text with {name} replaced, and {{ made {
 * @braces:	ends with a NULL name
 * @out:	the caller's to free; unset on failure
 *
 * What is put in is not looked at again.
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming what stands in unknown braces
 */
int sb_expand(const char *text, const struct sb_brace *braces, char **out, struct sb_err *err);

#endif
