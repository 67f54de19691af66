// SPDX-License-Identifier: MIT
/* number.c - plain numbers in text that others wrote */
#include "satbed/base/number.h"

#include <math.h>
#include <stdlib.h>

int sb_read_digits(const char **at, uint64_t most, uint64_t *out)
{
	const char *s = *at;
	uint64_t n = 0;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n) || n > most)
			return -1;
	*at = s;
	*out = n;
	return 0;
}

int sb_parse_digits(const char *text, uint64_t most, uint64_t *out)
{
	uint64_t n;

	if (sb_read_digits(&text, most, &n) || *text)
		return -1;
	*out = n;
	return 0;
}

int sb_read_double(const char **at, double *out)
{
	char *end;
	double value = strtod(*at, &end);

	if (end == *at || !isfinite(value))
		return -1;
	*at = end;
	*out = value;
	return 0;
}

int sb_parse_double(const char *text, double *out)
{
	double value;

	if (sb_read_double(&text, &value) || *text)
		return -1;
	*out = value;
	return 0;
}

int sb_parse_option(const char *name, const char *text, size_t least, size_t most, size_t *out,
		    struct sb_err *err)
{
	uint64_t n;

	if (sb_parse_digits(text, most, &n) || n < least)
		return sb_fail(err, SB_EINPUT, 0, "--%s %s: expected a number from %zu to %zu",
			       name, text, least, most);
	*out = (size_t)n;
	return 0;
}
