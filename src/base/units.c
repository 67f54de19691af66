// SPDX-License-Identifier: MIT
/* units.c - quantities with their units, exact both ways */
#include "satbed/base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A unit and how many of the smallest one it is; ends with a row without a name. */
struct unit {
	const char *name;
	uint64_t scale;
};

/*
 * One family of units.  @what and @all are for messages; @usual is suggested for a bare number;
 * @lookalikes maps what people type to what is meant, in pairs.
 */
struct family {
	const char *what, *all, *usual;
	const struct unit *units;
	const char *const *lookalikes;
};

static const struct unit time_units[] = {
    {"ns", 1},	       {"us", 1000},	     {"ms", 1000000},
    {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000},
    {NULL, 0},
};
static const struct unit rate_units[] = {
    {"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000}, {NULL, 0},
};
static const struct unit byte_units[] = {
    {"B", 1},	      {"kB", 1000},	{"MB", 1000000},  {"GB", 1000000000},
    {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0},
};
static const struct unit percent_units[] = {{"%", 10000000}, {NULL, 0}};
static const struct unit factor_units[] = {{"", 1000000}, {NULL, 0}};

static const char *const time_lookalikes[] = {
    "sec",  "s",    "secs", "s",	 "second", "s",	   "seconds", "s", "msec",
    "ms",   "usec", "us",   "\xc2\xb5s", "us",	   "nsec", "ns",      "m", "min",
    "mins", "min",  "hr",   "h",	 "hour",   "h",	   NULL,
};
static const char *const rate_lookalikes[] = {
    "bps",  "bit",  "bit/s", "bit",    "bits", "bit",  "k",    "kbit",	"kbps", "kbit",	  "kbit/s",
    "kbit", "kb/s", "kbit",  "kbits",  "kbit", "m",    "mbit", "mbps",	"mbit", "mbit/s", "mbit",
    "mb/s", "mbit", "mbits", "mbit",   "mb",   "mbit", "kb",   "kbit",	"gb",	"gbit",	  "g",
    "gbit", "gbps", "gbit",  "gbit/s", "gbit", "gb/s", "gbit", "gbits", "gbit", NULL,
};
static const char *const byte_lookalikes[] = {
    "bytes", "B",   "byte", "B",  "kb",	 "kB", "k",   "kB", "m",   "MB", "g",
    "GB",    "kib", "KiB",  "ki", "KiB", "mi", "MiB", "gi", "GiB", NULL,
};
static const char *const percent_lookalikes[] = {"percent", "%", "pct", "%", NULL};
static const char *const no_lookalikes[] = {NULL};

static const struct family times = {"a time", "ns, us, ms, s, min or h", "ms", time_units,
				    time_lookalikes};
static const struct family rates = {"a rate", "bit, kbit, mbit or gbit (per second)", "mbit",
				    rate_units, rate_lookalikes};
static const struct family sizes = {"a size", "B, kB, MB, GB, KiB, MiB or GiB", "B", byte_units,
				    byte_lookalikes};
static const struct family percents = {"a share", "%", "%", percent_units, percent_lookalikes};
static const struct family factors = {"a factor", "no unit, for example 0.5", "", factor_units,
				      no_lookalikes};

/* The number in front of a unit: digits * 10^-decimals. */
struct decimal {
	bool negative;
	uint64_t digits;
	unsigned int decimals;
	const char *end;
};

/* What no quantity of a link needs; keeps the product with any scale's remainder in 64 bits. */
#define MAX_DIGITS 18

static int read_decimal(const char *s, struct decimal *d)
{
	unsigned int significant = 0, seen = 0;
	bool fraction = false;

	*d = (struct decimal){.negative = *s == '-'};
	if (*s == '-' || *s == '+')
		s++;
	for (; isdigit((unsigned char)*s) || (*s == '.' && !fraction); s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		seen++;
		if (d->digits || *s != '0')
			significant++;
		if (significant > MAX_DIGITS)
			return -1;
		d->digits = d->digits * 10 + (uint64_t)(*s - '0');
		d->decimals += fraction;
	}
	while (d->decimals && d->digits % 10 == 0) {
		d->digits /= 10;
		d->decimals--;
	}
	d->end = s;
	return seen ? 0 : -1;
}

/* digits * scale / 10^decimals: 0, 1 when it is no integer, 2 when it is too large. */
static int scale_decimal(const struct decimal *d, uint64_t scale, uint64_t *out)
{
	unsigned int decimals = d->decimals;
	uint64_t v;

	for (; decimals && scale % 10 == 0; decimals--)
		scale /= 10;
	if (__builtin_mul_overflow(d->digits, scale, &v))
		return 2;
	for (; decimals; decimals--, v /= 10)
		if (v % 10)
			return 1;
	*out = v;
	return 0;
}

static const struct unit *find_unit(const struct family *f, const char *name)
{
	for (const struct unit *u = f->units; u->name; u++)
		if (!strcmp(u->name, name))
			return u;
	return NULL;
}

static int fail_unit(const struct family *f, const char *text, int number_len, const char *unit,
		     struct sb_err *err)
{
	const char *meant = NULL;

	if (!*unit)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" has no unit, expected %s (%s); did you mean \"%s%s\"?", text,
			       f->what, f->all, text, f->usual);
	for (size_t i = 0; f->lookalikes[i]; i += 2)
		if (!strcasecmp(f->lookalikes[i], unit))
			meant = f->lookalikes[i + 1];
	for (const struct unit *u = f->units; !meant && u->name; u++)
		if (!strcasecmp(u->name, unit))
			meant = u->name;
	if (meant)
		return sb_fail(err, SB_EINPUT, 0,
			       "unknown unit \"%s\" in \"%s\", expected %s; did you mean "
			       "\"%.*s%s\"?",
			       unit, text, f->all, number_len, text, meant);
	return sb_fail(err, SB_EINPUT, 0, "unknown unit \"%s\" in \"%s\", expected %s in %s", unit,
		       text, f->what, f->all);
}

/* One quantity of a family, in its smallest unit, without its sign. */
static int parse_quantity(const struct family *f, const char *text, uint64_t *out, bool *negative,
			  struct sb_err *err)
{
	char trimmed[64];
	const struct unit *unit;
	struct decimal d;
	uint64_t v;
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	for (len = strlen(text); len && isspace((unsigned char)text[len - 1]);)
		len--;
	if (len >= sizeof(trimmed))
		return sb_fail(err, SB_EINPUT, 0, "\"%.20s...\" is too long for %s", text, f->what);
	memcpy(trimmed, text, len);
	trimmed[len] = '\0';
	if (!len)
		return sb_fail(err, SB_EINPUT, 0, "nothing where %s belongs (%s)", f->what, f->all);
	if (read_decimal(trimmed, &d))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not %s, expected a number and %s",
			       trimmed, f->what, f->all);
	if (isspace((unsigned char)*d.end)) {
		const char *rest = d.end + strspn(d.end, " \t");

		return sb_fail(err, SB_EINPUT, 0,
			       "a blank between number and unit; did you mean \"%.*s%s\"?",
			       (int)(d.end - trimmed), trimmed, rest);
	}
	unit = find_unit(f, d.end);
	if (!unit)
		return fail_unit(f, trimmed, (int)(d.end - trimmed), d.end, err);
	switch (scale_decimal(&d, unit->scale, &v)) {
	case 1:
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is finer than %s can be", trimmed,
			       f->what);
	case 2:
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is too large", trimmed);
	default:
		break;
	}
	*out = v;
	*negative = d.negative && v;
	return 0;
}

static int parse_unsigned(const struct family *f, const char *text, uint64_t max, uint64_t *out,
			  struct sb_err *err)
{
	bool negative;
	uint64_t v;

	if (parse_quantity(f, text, &v, &negative, err))
		return -1;
	if (negative)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is below zero, which %s cannot be", text,
			       f->what);
	if (v > max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is too large", text);
	*out = v;
	return 0;
}

int sb_parse_time(const char *text, int64_t *out_ns, struct sb_err *err)
{
	uint64_t v = 0;

	if (parse_unsigned(&times, text, INT64_MAX, &v, err))
		return -1;
	*out_ns = (int64_t)v;
	return 0;
}

int sb_parse_signed_time(const char *text, int64_t *out_ns, struct sb_err *err)
{
	bool negative;
	uint64_t v = 0;

	if (parse_quantity(&times, text, &v, &negative, err))
		return -1;
	if (v > INT64_MAX)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is too large", text);
	*out_ns = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

int sb_parse_rate(const char *text, uint64_t *out_bps, struct sb_err *err)
{
	return parse_unsigned(&rates, text, UINT64_MAX, out_bps, err);
}

int sb_parse_bytes(const char *text, uint64_t *out_bytes, struct sb_err *err)
{
	return parse_unsigned(&sizes, text, UINT64_MAX, out_bytes, err);
}

int sb_parse_percent(const char *text, uint32_t *out_ppb, struct sb_err *err)
{
	uint64_t v = 0;

	if (parse_unsigned(&percents, text, UINT64_MAX, &v, err))
		return -1;
	if (v > 100 * percent_units[0].scale)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is more than 100%%", text);
	*out_ppb = (uint32_t)v;
	return 0;
}

int sb_parse_factor(const char *text, uint64_t *out_ppm, struct sb_err *err)
{
	return parse_unsigned(&factors, text, INT64_MAX, out_ppm, err);
}

/* value / scale with as many decimals as it takes, and the unit. */
static const char *format_scaled(char buf[SB_UNIT_BUF], bool negative, uint64_t value,
				 const struct unit *unit)
{
	uint64_t whole = value / unit->scale, rest = value % unit->scale;
	char fraction[24] = "";
	size_t n = 0;

	if (rest)
		fraction[n++] = '.';
	for (uint64_t scale = unit->scale; rest && scale % 10 == 0;) {
		scale /= 10;
		fraction[n++] = (char)('0' + rest / scale);
		rest %= scale;
	}
	snprintf(buf, SB_UNIT_BUF, "%s%" PRIu64 "%s%s", negative ? "-" : "", whole, fraction,
		 unit->name);
	return buf;
}

/* The largest of the first @count units that is not larger than the value. */
static const struct unit *fitting_unit(const struct unit *units, size_t count, uint64_t value)
{
	while (count > 1 && units[count - 1].scale > value)
		count--;
	return &units[count - 1];
}

const char *sb_format_time(char buf[SB_UNIT_BUF], int64_t ns)
{
	uint64_t v = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	const struct unit *unit = fitting_unit(time_units, 4, v);

	if (!v)
		return memcpy(buf, "0ms", sizeof("0ms"));
	/* "1.5min" reads worse than "90s": minutes and hours only where they are whole. */
	for (const struct unit *u = &time_units[4]; u->name; u++)
		if (v % u->scale == 0)
			unit = u;
	return format_scaled(buf, ns < 0, v, unit);
}

const char *sb_format_rate(char buf[SB_UNIT_BUF], uint64_t bps)
{
	return format_scaled(buf, false, bps, fitting_unit(rate_units, 4, bps));
}

const char *sb_format_bytes(char buf[SB_UNIT_BUF], uint64_t bytes)
{
	char binary[SB_UNIT_BUF];
	const struct unit *unit = bytes >= 1 << 10 ? fitting_unit(&byte_units[4], 3, bytes) : NULL;

	format_scaled(buf, false, bytes, fitting_unit(byte_units, 4, bytes));
	/* "4MiB" says more than "4.194304MB"; a binary unit is only used where it is whole. */
	if (unit && bytes % unit->scale == 0 &&
	    strlen(format_scaled(binary, false, bytes, unit)) < strlen(buf))
		memcpy(buf, binary, sizeof(binary));
	return buf;
}

const char *sb_format_estimate(char buf[SB_UNIT_BUF], int digits, double bytes)
{
	uint64_t n = bytes < 1e18 ? (uint64_t)bytes : (uint64_t)1e18, unit = 1, beyond = 10;

	while (--digits > 0)
		beyond *= 10;
	while (n / unit >= beyond)
		unit *= 10;
	return sb_format_bytes(buf, n / unit * unit);
}

const char *sb_format_percent(char buf[SB_UNIT_BUF], uint32_t ppb)
{
	return format_scaled(buf, false, ppb, percent_units);
}
