// SPDX-License-Identifier: MIT
/*
 * tle.c - two-line elements
 *
 * Columns, counted from 1, as in the format's description by NORAD/CelesTrak: line 1 has the epoch
 * in 19-32 (two digits of the year, day of the year with fraction) and the drag term in 54-61 (with
 * an implied point and a power of ten); line 2 inclination 9-16, node 18-25, eccentricity 27-33
 * (implied point), perigee 35-42, mean anomaly 44-51 and mean motion 53-63 in turns a day.  Column
 * 69 is the sum of all digits and minus signs, modulo 10.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elements.h"
#include "scenario/orbit_values.h"
#include "satbed/base/mem.h"
#include "trace_text.h"

#define LINE_LENGTH 69
#define SHORTEST    40 /* of a line that may be one */
#define DAY_NS	    INT64_C(86400000000000)

static bool is_line(const char *line, char number)
{
	return line[0] == number && line[1] == ' ' && strlen(line) >= SHORTEST;
}

/* Some programs leave out the checksum. */
static bool sum_holds(const char *line)
{
	int sum = 0;

	if (strlen(line) != LINE_LENGTH)
		return true;
	for (int i = 0; i < LINE_LENGTH - 1; i++)
		sum += isdigit((unsigned char)line[i]) ? line[i] - '0' : line[i] == '-';
	return line[LINE_LENGTH - 1] == '0' + sum % 10;
}

/*
 * Digits with a point in or before them, exact up to one rounding: strtod() depends on the locale
 * and takes far more than this.
 */
static int number(const char *line, int from, int to, bool implied_point, double *out)
{
	double value = 0, scale = 1;
	bool digits = false, point = implied_point, minus = false;
	int i = from - 1;

	while (i < to && line[i] == ' ')
		i++;
	if (i < to && (line[i] == '-' || line[i] == '+'))
		minus = line[i++] == '-';
	for (; i < to && line[i] != ' '; i++) {
		if (line[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)line[i]))
			return -1;
		value = value * 10 + (line[i] - '0');
		scale = point ? scale * 10 : scale;
		digits = true;
	}
	for (; i < to; i++)
		if (line[i] != ' ')
			return -1;
	*out = (minus ? -value : value) / scale;
	return digits ? 0 : -1;
}

/* " 28098-4" is 0.28098e-4 */
static int drag_term(const char *line, double *out)
{
	double mantissa;
	int power = line[60] - '0';

	if (number(line, 54, 59, true, &mantissa) || power < 0 || power > 9 ||
	    !strchr("+- ", line[59]))
		return -1;
	for (; power > 0; power--)
		mantissa = line[59] == '-' ? mantissa / 10 : mantissa * 10;
	*out = mantissa;
	return 0;
}

/* Two digits of the year stand for 1957 to 2056. */
static int read_epoch(const char *line, int64_t *out)
{
	double year, day, whole;
	int64_t y, days;

	if (number(line, 19, 20, false, &year) || number(line, 21, 32, false, &day) || day < 1 ||
	    day >= 367)
		return -1;
	y = (int64_t)year + (year < 57 ? 2000 : 1900);
	days = (y - 1970) * 365 + (y - 1969) / 4 - (y - 1901) / 100 + (y - 1601) / 400;
	if (y < 1970) /* 1957 to 1969: leap years were 1960, 1964, 1968 */
		days = (y - 1970) * 365 - (1972 - y) / 4;
	whole = floor(day);
	/* Eight decimals of a day are what the format has: 864 microseconds. */
	*out = (days + (int64_t)whole - 1) * DAY_NS +
	       (int64_t)floor((day - whole) * 1e8 + 0.5) * (DAY_NS / 100000000);
	return 0;
}

static int read_pair(const char *one, const char *two, struct sb_elements *e)
{
	double motion, inclination, node, perigee, anomaly;

	if (read_epoch(one, &e->epoch_ns) || drag_term(one, &e->bstar) ||
	    number(two, 9, 16, false, &inclination) || number(two, 18, 25, false, &node) ||
	    number(two, 27, 33, true, &e->eccentricity) || number(two, 35, 42, false, &perigee) ||
	    number(two, 44, 51, false, &anomaly) || number(two, 53, 63, false, &motion) ||
	    memcmp(one + 2, two + 2, 5))
		return -1;
	return sb_elements_set_angles(e, inclination, node, perigee, anomaly, motion);
}

/* Values in the right order and in the wrong columns. */
static int read_spaced(const char *one, const char *two, struct sb_elements *e)
{
	char f[7][24], g[7][24], a[80], b[80];

	if (sscanf(one, "1 %23s %23s %23s %23s %23s %23s", f[0], f[1], f[2], f[3], f[4], f[5]) !=
		6 ||
	    sscanf(two, "2 %23s %23s %23s %23s %23s %23s %23s", g[0], g[1], g[2], g[3], g[4], g[5],
		   g[6]) != 7)
		return -1;
	snprintf(a, sizeof(a), "1 %-6.6s %-8.8s %14.14s %10.10s %8.8s %8.8s 0  999", f[0], f[1],
		 f[2], f[3], f[4], f[5]);
	snprintf(b, sizeof(b), "2 %-5.5s %8.8s %8.8s %7.7s %8.8s %8.8s %11.11s     ", g[0], g[1],
		 g[2], g[3], g[4], g[5], g[6]);
	return read_pair(a, b, e);
}

static int read_set(const char *one, const char *two, struct sb_elements *e)
{
	size_t len = strlen(one) < strlen(two) ? strlen(one) : strlen(two);

	if (len >= LINE_LENGTH - 1 && !read_pair(one, two, e))
		return 0;
	*e = (struct sb_elements){0};
	return read_spaced(one, two, e);
}

static int read_lines(struct sb_element_list *l, struct sb_trace_text *x, struct sb_err *err)
{
	char line[160], one[160], title[160] = "";
	bool too_long, have_one = false;

	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		struct sb_elements e = {0};

		/* Its first line is gone already. */
		if (!too_long && !have_one && is_line(line, '2'))
			continue;
		if (too_long || (!have_one && !is_line(line, '1'))) {
			memcpy(title, line, sizeof(title));
			title[too_long ? 0 : sizeof(title) - 1] = '\0';
			continue;
		}
		if (have_one && !is_line(line, '2')) {
			sb_elements_leave_out(l,
					      "%s:%zu: is not the second line of the elements "
					      "before it",
					      l->name, x->line);
			have_one = false;
			if (!is_line(line, '1')) {
				memcpy(title, line, sizeof(title));
				continue;
			}
			title[0] = '\0';
		}
		/* Beside the columns, the sum may be of anything. */
		if (!sum_holds(line) && !(have_one && strlen(one) < LINE_LENGTH - 1)) {
			sb_elements_leave_out(l, "%s:%zu: its checksum (column 69) does not hold",
					      l->name, x->line);
			have_one = false;
			title[0] = '\0';
			continue;
		}
		if (!have_one) {
			memcpy(one, line, sizeof(one));
			have_one = true;
			continue;
		}
		have_one = false;
		if (read_set(one, line, &e))
			sb_elements_leave_out(l,
					      "%s:%zu: is not the second line of the elements "
					      "before it",
					      l->name, x->line);
		else {
			snprintf(e.name, sizeof(e.name), "%.24s",
				 title[0] ? title + (title[0] == '0' && title[1] == ' ' ? 2 : 0)
					  : one + 2);
			if (!title[0])
				e.name[5] = '\0';
			if (sb_elements_add(l, &e, err))
				return -1;
		}
		title[0] = '\0';
	}
	if (have_one)
		sb_elements_leave_out(l, "%s: ends before the second line of elements", l->name);
	return 0;
}

int sb_tle_read(const char *name, const char *text, size_t len, struct sb_tle *out,
		struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len};
	struct sb_element_list l = {.name = name};
	int rc = sb_omm_read(&l, text, len, err);

	sb_trace_skip_mark(&x);
	if (!rc)
		rc = read_lines(&l, &x, err);
	if (rc >= 0 && !l.count)
		rc = l.left_out
			 ? sb_fail(err, SB_EINPUT, 0, "%s", l.why)
			 : sb_fail(err, SB_EINPUT, 0,
				   "%s: ends before the second line of elements, and is no OMM "
				   "(CSV, JSON or XML)",
				   name);
	if (rc < 0) {
		free(l.list);
		return -1;
	}
	out->count = l.count;
	out->list = l.list;
	out->left_out = l.left_out;
	sb_copy_str(out->why, sizeof(out->why), l.why);
	return 0;
}

size_t sb_tle_leave_out_old(struct sb_tle *tle, int64_t start_ns, char *why, size_t size)
{
	size_t kept = 0, old = 0;

	for (size_t i = 0; i < tle->count; i++) {
		int64_t age_days = (start_ns - tle->list[i].epoch_ns) / DAY_NS;

		old += age_days > SB_TLE_MAX_AGE_DAYS || age_days < -SB_TLE_MAX_AGE_DAYS;
	}
	/* With none left the orbit says what is wrong. */
	if (!old || old == tle->count)
		return 0;
	for (size_t i = 0; i < tle->count; i++) {
		int64_t age_days = (start_ns - tle->list[i].epoch_ns) / DAY_NS;

		if (age_days > SB_TLE_MAX_AGE_DAYS || age_days < -SB_TLE_MAX_AGE_DAYS)
			snprintf(why, size, "%s is %lld days from [orbit] start, at most %d",
				 tle->list[i].name,
				 (long long)(age_days < 0 ? -age_days : age_days),
				 SB_TLE_MAX_AGE_DAYS);
		else
			tle->list[kept++] = tle->list[i];
	}
	tle->count = kept;
	return old;
}
