// SPDX-License-Identifier: MIT
/* orbit_values.c - shells, places, angles and instants of [orbit] */
#include "orbit_values.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

/*
 * Shells as their operators filed them with the FCC: Starlink SAT-MOD-20200417-00037 (shells 1, 2,
 * 3), Kuiper SAT-LOA-20190704-00057 (its first shell), OneWeb SAT-LOI-20160428-00041 (a star: its
 * planes are spread over half a turn).  How the planes are phased is not in the filings: suggested.
 */
const char sb_shell_names[] =
    "starlink-shell-1|starlink-shell-2|starlink-shell-3|kuiper-shell-1|oneweb";

static const struct sb_shell named[] = {
    {550000, 53000000, 72, 22, 39, false}, {540000, 53200000, 72, 22, 39, false},
    {570000, 70000000, 36, 20, 11, false}, {630000, 51900000, 34, 34, 13, false},
    {1200000, 87900000, 18, 40, 9, true},
};

#define MAX_SATELLITES 20000

/* A decimal with a suffix, in millionths; either sign only where @sign. */
static int decimal(const char *text, const char *suffix, bool sign, int64_t *out,
		   struct sb_err *err)
{
	size_t len = strlen(text), cut = strlen(suffix);
	bool minus = sign && text[0] == '-';
	char number[32];
	uint64_t millionths;

	if (len <= cut || len - cut >= sizeof(number) || strcmp(text + len - cut, suffix))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a number followed by %s", text,
			       suffix);
	memcpy(number, text, len - cut);
	number[len - cut] = '\0';
	if (sb_parse_factor(number + minus, &millionths, err))
		return -1;
	if (millionths > UINT64_C(1000000000000000))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is too large", text);
	*out = minus ? -(int64_t)millionths : (int64_t)millionths;
	return 0;
}

int sb_read_degrees(const char *text, int64_t *out_udeg, struct sb_err *err)
{
	int64_t udeg = 0;

	if (decimal(text, "deg", false, &udeg, NULL))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not an angle; expected for example 25deg", text);
	*out_udeg = udeg;
	return 0;
}

/* "walker 550km 53deg 72x22 phasing 39 [star]" */
static int read_walker(const struct sb_words *w, struct sb_shell *out, struct sb_err *err)
{
	static const char example[] = "walker 550km 53deg 72x22 phasing 39";
	unsigned int planes, each, phasing;
	int64_t ukm, udeg = 0;
	char end;

	if ((w->count != 6 && !(w->count == 7 && !strcmp(w->word[6], "star"))) ||
	    strcmp(w->word[4], "phasing") ||
	    sscanf(w->word[3], "%4ux%4u%c", &planes, &each, &end) != 2 ||
	    sscanf(w->word[5], "%4u%c", &phasing, &end) != 1)
		return sb_fail(err, SB_EINPUT, 0, "expected for example \"%s\"", example);
	if (decimal(w->word[1], "km", false, &ukm, err) || sb_read_degrees(w->word[2], &udeg, err))
		return -1;
	if (ukm < 160 * INT64_C(1000000) || ukm > 36000 * INT64_C(1000000))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is out of range, expected 160km to 36000km", w->word[1]);
	if (udeg > 180 * INT64_C(1000000))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected 0deg to 180deg",
			       w->word[2]);
	if (!planes || !each || planes * each > MAX_SATELLITES)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" comes to %u satellites, expected 1 to %d",
			       w->word[3], planes * each, MAX_SATELLITES);
	if (phasing >= planes)
		return sb_fail(err, SB_EINPUT, 0,
			       "phasing %u is out of range, expected less than the %u planes",
			       phasing, planes);
	*out = (struct sb_shell){ukm / 1000, udeg, planes, each, phasing, w->count == 7};
	return 0;
}

int sb_read_shell(const char *text, struct sb_shell *out, struct sb_err *err)
{
	struct sb_words w;
	int n;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	if (!strcmp(w.word[0], "walker"))
		return read_walker(&w, out, err);
	n = sb_word_index(sb_shell_names, text);
	if (n < 0)
		return sb_fail_word(sb_shell_names, text, err);
	*out = named[n];
	return 0;
}

/* One coordinate: "52.28N" is plus, "8W" minus. */
static int coordinate(const char *text, char plus, char minus, int64_t max_deg, int64_t *out,
		      struct sb_err *err)
{
	size_t len = strlen(text);
	char suffix[2] = {len ? text[len - 1] : '\0', '\0'};
	int64_t udeg = 0;

	if ((suffix[0] != plus && suffix[0] != minus) || decimal(text, suffix, false, &udeg, NULL))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not a coordinate; expected degrees and %c or %c, for "
			       "example 52.28N 8.05E",
			       text, plus, minus);
	if (udeg > max_deg * 1000000)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is more than %" PRId64 " degrees", text,
			       max_deg);
	*out = suffix[0] == minus ? -udeg : udeg;
	return 0;
}

int sb_read_place(const char *text, struct sb_place *out, struct sb_err *err)
{
	struct sb_place p;
	struct sb_words w;

	if (sb_split_words(text, " \t,", &w, err))
		return -1;
	if (w.count != 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "expected latitude and longitude, for example 52.28N 8.05E");
	if (coordinate(w.word[0], 'N', 'S', 90, &p.latitude_udeg, err) ||
	    coordinate(w.word[1], 'E', 'W', 180, &p.longitude_udeg, err))
		return -1;
	*out = p;
	return 0;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, years counted from March. */
static int64_t days_since_1970(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int sb_read_utc(const char *text, int64_t *out_ns, struct sb_err *err)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, mo, d, h, mi, s, used = 0;
	bool leap;

	if (strlen(text) != 20 ||
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &y, &mo, &d, &h, &mi, &s, &used) != 6 ||
	    used != 20 || y < 1970 || y > 2199 || mo < 1 || mo > 12 || d < 1 || h < 0 || h > 23 ||
	    mi < 0 || mi > 59 || s < 0 || s > 59)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" is not a time; expected for example 2026-01-01T00:00:00Z (UTC)", text);
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > lengths[mo - 1] - (mo == 2 && !leap))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a calendar day", text);
	*out_ns = ((days_since_1970(y, mo, d) * 24 + h) * 60 + mi) * INT64_C(60000000000) +
		  s * INT64_C(1000000000);
	return 0;
}
