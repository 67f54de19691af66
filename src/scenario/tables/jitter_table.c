// SPDX-License-Identifier: MIT
/* jitter_table.c - measured deviations of a delay, one a line, to draw from */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/files.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "netem_table.h"
#include "trace_text.h"

#define MAX_SAMPLES 100000
#define MAX_NS	    INT64_C(10000000000)

static const struct {
	const char *name, *unit;
	size_t decimals;
} units[] = {{"delay_ms", "ms", 6}, {"delay_us", "us", 3}, {"delay_s", "s", 9}};

static int by_size(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

static int read_sample(const char *line, size_t unit, int64_t *out, struct sb_err *err)
{
	const char *point;
	char text[SB_PLAIN_MAX + 8], plain[SB_PLAIN_MAX];
	int n, minus = *line == '-';

	if (!sb_plain_decimal(line + minus, true, plain))
		return sb_fail(err, SB_EINPUT, 0, "\"%.40s\" is not a decimal number", line);
	point = strchr(plain, '.');
	n = (int)strlen(plain);
	if (point && strlen(point + 1) > units[unit].decimals)
		n = (int)(point - plain) + 1 + (int)units[unit].decimals;
	if (snprintf(text, sizeof(text), "%s%.*s%s", minus ? "-" : "", n, plain,
		     units[unit].unit) >= (int)sizeof(text))
		return sb_fail(err, SB_EINPUT, 0, "\"%.20s...\" is too long", line);
	if (sb_parse_signed_time(text, out, err))
		return -1;
	if (*out > MAX_NS || *out < -MAX_NS)
		return sb_fail(err, SB_EINPUT, 0, "%s is out of range, expected -10s to 10s", text);
	return 0;
}

int sb_jitter_table_read(const char *name, const char *text, size_t len, struct sb_jitter *out,
			 struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len};
	sb_auto_free int64_t *ns = NULL;
	size_t count = 0, room = 0, unit = 0;
	bool too_long = false;
	char line[160];

	if (out->deviation_ns)
		return sb_netem_table_read(name, text, len, out, err);
	sb_trace_skip_mark(&x);
	if (sb_trace_next_line(&x, line, sizeof(line), &too_long) && !too_long &&
	    sb_trace_numbers(line) > 1)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s:%zu: this looks like a distribution table of netem (.dist), which says "
		    "nothing without a standard deviation; write for example: jitter = table %s "
		    "3ms",
		    name, x.line, name);
	if (!x.line || too_long)
		return sb_fail(err, SB_EINPUT, 0, "%s: expected delay_ms on its first line", name);
	while (unit < SB_ARRAY_LEN(units) && strcmp(units[unit].name, line))
		unit++;
	if (unit == SB_ARRAY_LEN(units))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s:%zu: \"%s\" names no column, expected delay_ms, delay_us or "
			       "delay_s and then a deviation a line",
			       name, x.line, line);
	while (sb_trace_next_line(&x, line, sizeof(line), &too_long)) {
		if (count == MAX_SAMPLES)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than %d values", name,
				       x.line, MAX_SAMPLES);
		ns = sb_grow(ns, count, &room, sizeof(*ns));
		if (too_long)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: the line is too long", name,
				       x.line);
		if (read_sample(line, unit, &ns[count], err))
			return sb_wrap(err, "%s:%zu", name, x.line);
		count++;
	}
	if (count < 2)
		return sb_fail(err, SB_EINPUT, 0, "%s: %zu values do not make a distribution", name,
			       count);
	qsort(ns, count, sizeof(*ns), by_size);
	out->sample_count = count;
	out->samples_ns = sb_steal(&ns);
	return 0;
}
