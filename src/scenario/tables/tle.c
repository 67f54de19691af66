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

#include "scenario/orbit_values.h"
#include "satbed/base/mem.h"
#include "trace_text.h"

#define MAX_SATELLITES 20000
#define LINE_LENGTH    69
#define PI	       3.14159265358979323846
#define DEG	       (PI / 180.0)
#define DAY_NS	       INT64_C(86400000000000)

static bool is_line(const char *line, char number)
{
	return line[0] == number && line[1] == ' ' && strlen(line) >= LINE_LENGTH - 1;
}

static bool sum_holds(const char *line)
{
	int sum = 0;

	if (strlen(line) < LINE_LENGTH)
		return false;
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
	    memcmp(one + 2, two + 2, 5) || motion <= 0 || motion > 20 || inclination > 180)
		return -1;
	e->inclination_rad = inclination * DEG;
	e->node_rad = node * DEG;
	e->perigee_rad = perigee * DEG;
	e->anomaly_rad = anomaly * DEG;
	e->motion_rad_min = motion * 2 * PI / 1440;
	return 0;
}

int sb_tle_read(const char *name, const char *text, size_t len, struct sb_tle *out,
		struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len};
	sb_auto_free struct sb_elements *list = NULL;
	char line[160], one[160], title[160] = "";
	size_t count = 0, room = 0;
	bool too_long, have_one = false;

	while (sb_trace_next_line(&x, line, sizeof(line), &too_long)) {
		struct sb_elements e = {0};

		if (too_long)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: no line of elements", name,
				       x.line);
		if (!have_one && !is_line(line, '1')) {
			memcpy(title, line, sizeof(title));
			continue;
		}
		if (!sum_holds(line))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: its checksum (column 69) does not hold", name,
				       x.line);
		if (!have_one) {
			memcpy(one, line, sizeof(one));
			have_one = true;
			continue;
		}
		if (!is_line(line, '2') || read_pair(one, line, &e))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: is not the second line of the elements before it",
				       name, x.line);
		if (count == MAX_SATELLITES)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than %d satellites", name,
				       x.line, MAX_SATELLITES);
		snprintf(e.name, sizeof(e.name), "%.24s",
			 title[0] ? title + (title[0] == '0' && title[1] == ' ' ? 2 : 0) : one + 2);
		if (!title[0])
			e.name[5] = '\0';
		list = sb_grow(list, count, &room, sizeof(e));
		list[count++] = e;
		have_one = false;
		title[0] = '\0';
	}
	if (have_one || !count)
		return sb_fail(err, SB_EINPUT, 0, "%s: ends before the second line of elements",
			       name);
	out->count = count;
	out->list = sb_steal(&list);
	return 0;
}
