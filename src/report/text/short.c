// SPDX-License-Identifier: MIT
/* short.c - values as the cells of a run's table: three digits and a unit */
#include "short.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

struct sb_short sb_short(const char *fmt, ...)
{
	struct sb_short c;
	va_list args;

	va_start(args, fmt);
	vsnprintf(c.s, sizeof(c.s), fmt, args);
	va_end(args);
	return c;
}

/* Three significant digits or more, so that columns stay narrow and nothing looks exact that is
 * not. */
static int digits_after_point(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static struct sb_short scaled(double value, double first, const char *const *units,
			      size_t unit_count)
{
	size_t unit = 0;

	value /= first;
	while (value >= 999.5 && unit + 1 < unit_count) {
		value /= 1000;
		unit++;
	}
	return sb_short("%.*f %s", unit == 0 && first <= 1 ? 0 : digits_after_point(value), value,
			units[unit]);
}

struct sb_short sb_short_rate(double bps)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};

	return isfinite(bps) ? scaled(bps, 1, units, SB_ARRAY_LEN(units)) : sb_short("-");
}

struct sb_short sb_short_bytes(uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};

	return scaled((double)bytes, 1, units, SB_ARRAY_LEN(units));
}

struct sb_short sb_short_ms(bool known, double ms)
{
	return known && isfinite(ms) ? sb_short("%.*f ms", fabs(ms) < 99.995 ? 2 : 1, ms)
				     : sb_short("-");
}

struct sb_short sb_short_loss(double fraction)
{
	if (!isfinite(fraction))
		return sb_short("-");
	return sb_short("%.*f %%", fraction >= 0.1 ? 1 : fraction >= 0.001 ? 2 : 4, fraction * 100);
}

/* The word is always there; colour only underlines it. */
const char *sb_verdict_colour(enum sb_verdict v)
{
	return v == SB_PASS ? "32" : v == SB_WARN ? "33" : "31";
}

void sb_print_coloured(FILE *to, bool colour, const char *code, const char *word)
{
	if (colour)
		fprintf(to, "\033[1;%sm%s\033[0m", code, word);
	else
		fputs(word, to);
}

void sb_print_clean(FILE *to, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	fputs(clean, to);
}

struct sb_short sb_short_count(int64_t count)
{
	return count < 0 ? sb_short("-") : sb_short("%" PRId64, count);
}
