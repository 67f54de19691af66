/* SPDX-License-Identifier: MIT */
/* number.h - plain numbers in text that others wrote; quantities with units are in units.h */
#ifndef SATBED_BASE_NUMBER_H
#define SATBED_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/*
 * Nothing but what is said here is taken: no sign, no blank, no other base.  On failure -1, and neither
 * @out nor *@at is modified.
 */

/** sb_parse_digits() - the whole of @text (not NULL) is digits, and their number at most @most */
int sb_parse_digits(const char *text, uint64_t most, uint64_t *out);
/** sb_read_digits() - the digits that *@at begins with; it is moved behind them */
int sb_read_digits(const char **at, uint64_t most, uint64_t *out);

/** sb_parse_double() - the whole of @text is one finite number as strtod(3) reads it, sign and blanks too */
int sb_parse_double(const char *text, double *out);
/** sb_read_double() - the one that *@at begins with; it is moved behind it */
int sb_read_double(const char **at, double *out);

/** sb_parse_option() - the count that an option --@name was given; @err says from where to where (SB_EINPUT) */
int sb_parse_option(const char *name, const char *text, size_t least, size_t most, size_t *out,
		    struct sb_err *err);

#endif
