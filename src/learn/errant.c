// SPDX-License-Identifier: MIT
/* errant.c - tables of ERRANT: read, and the rows of one profile chosen */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/learn_errant.h"

#define MAX_LINE   1024
#define MAX_FIELDS 32
#define MAX_ROWS   1000000
#define MAX_MBIT   100000.0
#define MIN_MBIT   0.001
#define MAX_MS	   60000.0
#define LISTED	   40 /* profiles in a message */

enum column { OPERATOR, COUNTRY, TECHNOLOGY, QUALITY, DOWN, UP, RTT, DEVIATION, TIME, COLUMNS };

static const struct column_name {
	const char *name;
	enum column column;
	double scale; /* to Mbit/s, ms, s */
} names[] = {
    {"operator", OPERATOR, 0},
    {"country", COUNTRY, 0},
    {"rat", TECHNOLOGY, 0},
    {"technology", TECHNOLOGY, 0},
    {"access_technology", TECHNOLOGY, 0},
    {"signal_quality", QUALITY, 0},
    {"quality", QUALITY, 0},
    {"download_kbps", DOWN, 1e-3},
    {"download_mbps", DOWN, 1},
    {"download", DOWN, 1e-3},
    {"upload_kbps", UP, 1e-3},
    {"upload_mbps", UP, 1},
    {"upload", UP, 1e-3},
    {"latency_ms_avg", RTT, 1},
    {"rtt_ms", RTT, 1},
    {"rtt", RTT, 1},
    {"latency_ms_stdev", DEVIATION, 1},
    {"time", TIME, 1},
};

/* @at: which field of a line it is, -1 = none */
struct head {
	int at[COLUMNS];
	double scale[COLUMNS];
};

struct fields {
	size_t count;
	char *field[MAX_FIELDS];
	char line[MAX_LINE];
};

/* The next line that is not empty; false at the end.  What does not fit is cut off, and then missed. */
static bool next_line(const char **text, struct fields *f, size_t *number)
{
	for (;;) {
		size_t len = strcspn(*text, "\n");
		char *rest = f->line, *field;

		if (!**text)
			return false;
		++*number;
		snprintf(f->line, sizeof(f->line), "%.*s", (int)(len < MAX_LINE ? len : MAX_LINE),
			 *text);
		*text += len + ((*text)[len] == '\n');
		f->line[strcspn(f->line, "\r")] = '\0';
		f->count = 0;
		while (f->count < MAX_FIELDS && (field = strsep(&rest, ",;\t"))) {
			size_t n = strlen(field);

			if (n > 1 && *field == '"' && field[n - 1] == '"') {
				field[n - 1] = '\0';
				field++;
			}
			f->field[f->count++] = field;
		}
		if (f->count > 1 || *f->line)
			return true;
	}
}

static void read_head(const struct fields *f, struct head *h)
{
	for (int c = 0; c < COLUMNS; c++)
		h->at[c] = -1;
	for (size_t i = 0; i < f->count; i++)
		for (size_t k = 0; k < SB_ARRAY_LEN(names); k++)
			if (!strcasecmp(f->field[i], names[k].name) && h->at[names[k].column] < 0) {
				h->at[names[k].column] = (int)i;
				h->scale[names[k].column] = names[k].scale;
			}
}

static bool is_complete(const struct head *h)
{
	static const enum column needed[] = {OPERATOR, COUNTRY, TECHNOLOGY, DOWN, UP, RTT};

	for (size_t i = 0; i < SB_ARRAY_LEN(needed); i++)
		if (h->at[needed[i]] < 0)
			return false;
	return true;
}

static const char *skip_mark(const char *text)
{
	return strncmp(text, "\xef\xbb\xbf", 3) ? text : text + 3;
}

bool sb_errant_is(const char *text)
{
	struct fields f;
	struct head h;
	size_t line = 0;

	text = skip_mark(text);
	if (!next_line(&text, &f, &line))
		return false;
	read_head(&f, &h);
	return is_complete(&h);
}

static int read_word(const struct fields *f, const struct head *h, enum column c, char *out,
		     size_t size, struct sb_err *err)
{
	if (h->at[c] < 0)
		return 0;
	if ((size_t)h->at[c] >= f->count)
		return sb_fail(err, SB_EINPUT, 0, "fewer fields than the first line has");
	if (!*f->field[h->at[c]] || strlen(f->field[h->at[c]]) >= size)
		return sb_fail(err, SB_EINPUT, 0, "\"%.40s\" is empty or too long",
			       f->field[h->at[c]]);
	for (const char *p = f->field[h->at[c]]; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return sb_fail(err, SB_EINPUT, 0, "a name has control characters in it");
	sb_copy_str(out, size, f->field[h->at[c]]);
	return 0;
}

static int read_value(const struct fields *f, const struct head *h, enum column c, double least,
		      double most, double *out, struct sb_err *err)
{
	double x = 0;

	if (h->at[c] < 0)
		return 0;
	if ((size_t)h->at[c] >= f->count || sb_parse_double(f->field[h->at[c]], &x))
		return sb_fail(err, SB_EINPUT, 0, "\"%.40s\" is not a number",
			       (size_t)h->at[c] < f->count ? f->field[h->at[c]] : "");
	x *= h->scale[c];
	if (x < least || x > most)
		return sb_fail(err, SB_EINPUT, 0, "%g %s is out of range, expected %g to %g", x,
			       c == DOWN || c == UP ? "Mbit/s"
			       : c == TIME	    ? "s"
						    : "ms",
			       least, most);
	*out = x;
	return 0;
}

static int read_row(const struct fields *f, const struct head *h, struct sb_errant_row *r,
		    struct sb_err *err)
{
	return read_word(f, h, OPERATOR, r->operator, sizeof(r->operator), err) ||
		       read_word(f, h, COUNTRY, r->country, sizeof(r->country), err) ||
		       read_word(f, h, TECHNOLOGY, r->technology, sizeof(r->technology), err) ||
		       read_word(f, h, QUALITY, r->quality, sizeof(r->quality), err) ||
		       read_value(f, h, DOWN, 0, MAX_MBIT, &r->down_mbit, err) ||
		       read_value(f, h, UP, 0, MAX_MBIT, &r->up_mbit, err) ||
		       read_value(f, h, RTT, 0, MAX_MS, &r->rtt_ms, err) ||
		       read_value(f, h, DEVIATION, 0, MAX_MS, &r->rtt_deviation_ms, err) ||
		       read_value(f, h, TIME, 0, 1e11, &r->at_s, err)
		   ? -1
		   : 0;
}

int sb_errant_read(const char *name, const char *text, struct sb_errant *out, struct sb_err *err)
{
	struct sb_errant e = {0};
	size_t line = 0, room = 0;
	struct fields f;
	struct head h;

	*out = e;
	text = skip_mark(text);
	if (!next_line(&text, &f, &line))
		return sb_fail(err, SB_EINPUT, 0, "%s: is empty", name);
	read_head(&f, &h);
	if (!is_complete(&h))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s:%zu: not a table of ERRANT; expected for example operator,country,"
		    "rat,signal_quality,download_kbps,upload_kbps,latency_ms_avg,"
		    "latency_ms_stdev",
		    name, line);
	e.kind = h.at[TIME] >= 0	? SB_ERRANT_LOG
		 : h.at[DEVIATION] >= 0 ? SB_ERRANT_PROFILES
					: SB_ERRANT_TESTS;
	while (next_line(&text, &f, &line)) {
		struct sb_errant_row r = {0};

		if (e.count == MAX_ROWS) {
			sb_errant_fini(&e);
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than %d rows", name, line,
				       MAX_ROWS);
		}
		if (read_row(&f, &h, &r, err)) {
			sb_errant_fini(&e);
			return sb_wrap(err, "%s:%zu", name, line);
		}
		if (r.down_mbit < MIN_MBIT)
			r.down_mbit = MIN_MBIT;
		if (r.up_mbit < MIN_MBIT)
			r.up_mbit = MIN_MBIT;
		e.rows = sb_grow(e.rows, e.count, &room, sizeof(r));
		e.rows[e.count++] = r;
	}
	if (!e.count)
		return sb_fail(err, SB_EINPUT, 0, "%s: names columns, but has no rows", name);
	*out = e;
	return 0;
}

void sb_errant_fini(struct sb_errant *e)
{
	free(e->rows);
	*e = (struct sb_errant){0};
}

/* --- choosing --- */

static bool same_profile(const struct sb_errant_row *a, const struct sb_errant_row *b)
{
	return !strcasecmp(a->operator, b->operator) && !strcasecmp(a->country, b->country) &&
	       !strcasecmp(a->technology, b->technology) && !strcasecmp(a->quality, b->quality);
}

/* The parts that are written must be the same, in this order. */
static bool is_of(const struct sb_errant_row *r, const char *profile)
{
	const char *const parts[] = {r->operator, r->country, r->technology, r->quality};

	for (size_t i = 0; profile && *profile; i++) {
		size_t len = strcspn(profile, ",/");

		if (i == SB_ARRAY_LEN(parts) || strlen(parts[i]) != len ||
		    strncasecmp(parts[i], profile, len) != 0)
			return false;
		profile += len + (profile[len] != '\0');
	}
	return true;
}

/* Those of @e that are different, as "--profile" takes them. */
static char *list_profiles(const struct sb_errant *e)
{
	size_t listed[LISTED], count = 0, more = 0;
	char *text = sb_strdup("");

	for (size_t i = 0; i < e->count && more < 1; i++) {
		const struct sb_errant_row *r = &e->rows[i];
		bool known = false;
		char *longer;

		for (size_t k = 0; k < count; k++)
			known |= same_profile(&e->rows[listed[k]], r);
		if (known)
			continue;
		if (count == LISTED) {
			more = 1;
			continue;
		}
		listed[count++] = i;
		longer = sb_asprintf("%s\n  %s,%s,%s%s%s", text, r->operator, r->country,
				     r->technology, *r->quality ? "," : "", r->quality);
		free(text);
		text = longer;
	}
	if (more) {
		char *longer = sb_asprintf("%s\n  and others", text);

		free(text);
		text = longer;
	}
	return text;
}

int sb_errant_choose(const char *name, struct sb_errant *e, const char *profile, struct sb_err *err)
{
	struct sb_errant chosen = {.kind = e->kind};
	bool several = false;

	chosen.rows = sb_alloc(e->count, sizeof(*chosen.rows));
	for (size_t i = 0; i < e->count; i++) {
		if (!is_of(&e->rows[i], profile))
			continue;
		several |= chosen.count && !same_profile(&chosen.rows[0], &e->rows[i]);
		chosen.rows[chosen.count++] = e->rows[i];
	}
	/* A log may have gone through several: that is what it played. */
	if (!chosen.count || (several && e->kind != SB_ERRANT_LOG)) {
		sb_auto_free char *list = list_profiles(chosen.count ? &chosen : e);
		sb_auto_free char *clean = sb_clean(profile ? profile : "");

		sb_errant_fini(&chosen);
		return profile ? sb_fail(err, SB_EINPUT, 0,
					 "%s: \"%.80s\" is not one profile; choose "
					 "one with --profile:%s",
					 name, clean, list)
			       : sb_fail(err, SB_EINPUT, 0,
					 "%s: a table of ERRANT with several "
					 "profiles; choose one with --profile:%s",
					 name, list);
	}
	sb_errant_fini(e);
	*e = chosen;
	return 0;
}
