// SPDX-License-Identifier: MIT
/*
 * series_csv.c - series as CSV
 *
 * The first line names the columns: one of time (t_s, time_s, time_ms, timestamp ...), one of the
 * value (rtt_ms, delay_ms, throughput_mbps ...), and perhaps one of the test (test, run, id).
 * Others are ignored.  Comma, semicolon or tab; quotes around fields.  An empty value, nan or "lost"
 * is a lost probe; so is each that a gap in the times of a delay series has room for.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "series_read.h"

#define MAX_COLUMNS 64
#define MAX_LINE    4096
#define MAX_GAP	    10000 /* probes that one gap may stand for */

/* @scale: to seconds, milliseconds or Mbit/s */
struct column_name {
	const char *name;
	double scale;
};

static const struct column_name times[] = {
    {"t_s", 1}, {"time_s", 1}, {"seconds", 1}, {"timestamp", 1},  {"start_s", 1},   {"time", 1},
    {"t", 1},	{"start", 1},  {"t_ms", 1e-3}, {"time_ms", 1e-3}, {"time_us", 1e-6}};
static const struct column_name delays[] = {
    {"rtt_ms", 1},	{"delay_ms", 1}, {"owd_ms", 1}, {"latency_ms", 1}, {"rtt_us", 1e-3},
    {"delay_us", 1e-3}, {"rtt_s", 1e3},	 {"rtt", 1},	{"delay", 1},	   {"owd", 1}};
static const struct column_name rates[] = {
    {"throughput_mbps", 1},    {"capacity_mbps", 1},   {"rate_mbps", 1},   {"mbps", 1},
    {"rate_mbit", 1},	       {"throughput_mbit", 1}, {"mbit", 1},	   {"goodput_mbps", 1},
    {"bits_per_second", 1e-6}, {"bps", 1e-6},	       {"rate_bps", 1e-6}, {"kbps", 1e-3}};
static const struct column_name seconds[] = {{"second_of_minute", 1}};
static const struct column_name tests[] = {{"test", 1}, {"run", 1}, {"id", 1}, {"test_id", 1}};

struct fields {
	size_t count;
	char *field[MAX_COLUMNS];
	char line[MAX_LINE];
};

static char *trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	if (len >= 2 && s[0] == '"' && s[len - 1] == '"') {
		s[len - 1] = '\0';
		s++;
	}
	return s;
}

/* The next line that is not empty; false at the end. @number counts lines. */
static bool next_line(const char **text, struct fields *f, char separator, size_t *number)
{
	for (;;) {
		size_t len = strcspn(*text, "\n");
		char *rest;

		if (!**text)
			return false;
		++*number;
		snprintf(f->line, sizeof(f->line), "%.*s", (int)(len < MAX_LINE ? len : MAX_LINE),
			 *text);
		*text += len + ((*text)[len] == '\n');
		if (f->line[strspn(f->line, " \t\r")] == '\0')
			continue;
		f->count = 0;
		rest = f->line;
		while (f->count < MAX_COLUMNS) {
			char *end = strchr(rest, separator);

			if (end)
				*end = '\0';
			f->field[f->count++] = trim(rest);
			if (!end)
				break;
			rest = end + 1;
		}
		return true;
	}
}

static int find_column(const struct fields *f, const struct column_name *list, size_t count,
		       double *scale)
{
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < f->count; i++)
			if (!strcasecmp(f->field[i], list[k].name)) {
				*scale = list[k].scale;
				return (int)i;
			}
	return -1;
}

/* What was sent while nothing came back has no row. */
static void fill_gaps(struct sb_measured_series *s)
{
	double interval = sb_series_interval_s(s);
	struct sb_measured_series whole = {0};

	for (size_t i = 0; i < s->count; i++) {
		const struct sb_series_test *t = &s->tests[i];

		for (size_t k = 0; k < t->count; k++) {
			double gap = k ? t->samples[k].at_s - t->samples[k - 1].at_s : 0;
			int missing = 0;

			/* Beyond what scheduling does to a probe's time. */
			if (interval > 0 && gap > 1.65 * interval && gap < MAX_GAP * interval)
				missing = (int)lround(gap / interval) - 1;
			for (int m = 1; m <= missing; m++)
				sb_series_add(&whole, t->id,
					      t->samples[k - 1].at_s + gap * m / (missing + 1),
					      NAN);
			sb_series_add(&whole, t->id, t->samples[k].at_s, t->samples[k].value);
		}
		whole.tests[whole.count - 1].second = t->second;
	}
	sb_series_fini(s);
	*s = whole;
}

static int read_rows(const char *name, const char *text, enum sb_series_kind kind, char separator,
		     struct sb_measured_series *out, struct sb_err *err)
{
	bool rate = kind >= SB_SERIES_CAPACITY_UP;
	struct fields f;
	size_t line = 0;
	double time_scale = 1, value_scale = 1, none, last = 0;
	int time, value, test, second;
	char last_id[24] = "";

	if (!next_line(&text, &f, separator, &line))
		return sb_fail(err, SB_EINPUT, 0, "%s: no line of names", name);
	time = find_column(&f, times, SB_ARRAY_LEN(times), &time_scale);
	value = rate ? find_column(&f, rates, SB_ARRAY_LEN(rates), &value_scale)
		     : find_column(&f, delays, SB_ARRAY_LEN(delays), &value_scale);
	test = find_column(&f, tests, SB_ARRAY_LEN(tests), &none);
	second = find_column(&f, seconds, SB_ARRAY_LEN(seconds), &none);
	if (time < 0 || value < 0)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s:%zu: no column of %s; expected a first line such as \"test,t_s,%s\"", name,
		    line,
		    time < 0 ? "times"
		    : rate   ? "rates"
			     : "delays",
		    rate ? "throughput_mbps" : "rtt_ms");
	while (next_line(&text, &f, separator, &line)) {
		int needed = time > value ? time : value;
		double at_s, v = NAN;
		char id[24] = "1";

		if (test > needed)
			needed = test;
		if ((size_t)needed >= f.count || sb_parse_double(f.field[time], &at_s))
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: no time in this line", name,
				       line);
		if (test >= 0 && sb_copy_str(id, sizeof(id), f.field[test]))
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: the test's name is too long",
				       name, line);
		if (*f.field[value] && strcasecmp(f.field[value], "nan") &&
		    strcasecmp(f.field[value], "na") && strcasecmp(f.field[value], "lost") &&
		    sb_parse_double(f.field[value], &v))
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: \"%.40s\" is not a number", name,
				       line, f.field[value]);
		if (!strcmp(id, last_id) && at_s * time_scale < last)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: goes back in time; are these several tests "
				       "without a column \"test\"?",
				       name, line);
		last = at_s * time_scale;
		sb_copy_str(last_id, sizeof(last_id), id);
		v *= value_scale;
		if (sb_series_check(name, kind, v, err))
			return sb_wrap(err, "line %zu", line);
		if (rate && isnan(v))
			v = 0;
		sb_series_add(out, id, at_s * time_scale, v);
		if (out->tests[out->count - 1].count > 1)
			continue;
		/* Seconds since 1970, or what a column says. */
		if (at_s * time_scale > 1e9)
			out->tests[out->count - 1].second = fmod(at_s * time_scale, 60);
		if (second >= 0 && (size_t)second < f.count &&
		    !sb_parse_double(f.field[second], &none) && none >= 0 && none < 61)
			out->tests[out->count - 1].second = none;
	}
	if (!out->count)
		return sb_fail(err, SB_EINPUT, 0, "%s: names of columns, but no values", name);
	return 0;
}

int sb_series_read_csv(const char *name, const char *text, enum sb_series_kind kind,
		       struct sb_measured_series *out, struct sb_err *err)
{
	size_t first = strcspn(text, "\n");
	char separator = memchr(text, ';', first) ? ';' : memchr(text, '\t', first) ? '\t' : ',';

	if (read_rows(name, text, kind, separator, out, err))
		return -1;
	if (kind < SB_SERIES_CAPACITY_UP)
		fill_gaps(out);
	return 0;
}
