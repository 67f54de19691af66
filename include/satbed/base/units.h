/* SPDX-License-Identifier: MIT */
/* units.h - quantities with their units: "45ms", "20mbit", "0.5%" to integers and back */
#ifndef SATBED_BASE_UNITS_H
#define SATBED_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/*
 * Parsers read one quantity that fills the whole of @text (blanks around it are allowed).  A bare
 * number where a unit belongs, an unknown unit, a value out of range: -1, @err filled with what was
 * found, what was expected and what to type (kind SB_EINPUT), @out not modified.  Decimal fractions
 * are exact ("0.1ms" is 100000 ns); what is finer than the integer is an error, not rounded away.
 */
int sb_parse_time(const char *text, int64_t *out_ns,
		  struct sb_err *err); /* ns us ms s min h; >= 0 */
int sb_parse_signed_time(const char *text, int64_t *out_ns,
			 struct sb_err *err); /* the same, either sign */
int sb_parse_rate(const char *text, uint64_t *out_bps,
		  struct sb_err *err); /* bit kbit mbit gbit, 10^3 steps */
int sb_parse_bytes(const char *text, uint64_t *out_bytes,
		   struct sb_err *err); /* B kB MB GB KiB MiB GiB */
int sb_parse_percent(const char *text, uint32_t *out_ppb,
		     struct sb_err *err); /* "1.5%", 0 to 100 % */

/** sb_parse_factor() - a plain number such as "0.6", in millionths; the one quantity without a unit
 */
int sb_parse_factor(const char *text, uint64_t *out_ppm, struct sb_err *err);

/* Formatters write the shortest exact form ("45ms", "1.5mbit", "0.25%") into @buf and return it. */
#define SB_UNIT_BUF 40
const char *sb_format_time(char buf[SB_UNIT_BUF], int64_t ns);
const char *sb_format_rate(char buf[SB_UNIT_BUF], uint64_t bps);
const char *sb_format_bytes(char buf[SB_UNIT_BUF], uint64_t bytes);
/** sb_format_estimate() - the first @digits of a number of bytes; what follows is cut off */
const char *sb_format_estimate(char buf[SB_UNIT_BUF], int digits, double bytes);
const char *sb_format_percent(char buf[SB_UNIT_BUF], uint32_t ppb);

#endif
