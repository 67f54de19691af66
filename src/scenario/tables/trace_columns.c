// SPDX-License-Identifier: MIT
/* trace_columns.c - traces as comma-separated columns of time, delay, rate and loss */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"
#include "satbed/base/units.h"
#include "trace_text.h"

#define MAX_COLUMNS  64
#define MAX_DELAY_NS INT64_C(60000000000)
#define MAX_TIME_NS  (INT64_C(24) * 3600 * 1000000000)
#define MIN_BPS	     UINT64_C(1000)
#define MAX_BPS	     UINT64_C(100000000000)

enum what { TIME, DELAY, RATE, LOSS };

/* @unit: as the parsers of quantities have it; @decimals: more are cut off, they are below what is
 * kept */
static const struct kind {
	const char *name;
	enum what what;
	const char *unit;
	size_t decimals;
} kinds[] = {
    {"time_s", TIME, "s", 9},	    {"time_ms", TIME, "ms", 6},	    {"time_us", TIME, "us", 3},
    {"delay_s", DELAY, "s", 9},	    {"delay_ms", DELAY, "ms", 6},   {"delay_us", DELAY, "us", 3},
    {"rate_bit", RATE, "bit", 0},   {"rate_kbit", RATE, "kbit", 3}, {"rate_mbit", RATE, "mbit", 6},
    {"rate_gbit", RATE, "gbit", 9}, {"loss_percent", LOSS, "%", 7}, {"loss_fraction", LOSS, "", 6},
};

/** struct columns - @kind: NULL = ignored; @mark: between fields; a comma within is then a decimal
 * point */
struct columns {
	size_t count;
	const struct kind *kind[MAX_COLUMNS];
	char mark;
};

/* Programs differ: what the line has most likely is between its fields. */
char sb_trace_mark_of(const char *line)
{
	return strchr(line, '\t') ? '\t' : strchr(line, ';') ? ';' : strchr(line, ',') ? ',' : ' ';
}

/* The next field, which may be in quotes with marks inside; NULL at the end. */
char *sb_trace_next_field(char **line, char mark)
{
	char *start = *line, *p = start;
	bool quoted = false;

	if (!start)
		return NULL;
	if (mark == ' ')
		p = start += strspn(start, " ");
	for (; *p && (quoted || *p != mark); p++)
		quoted ^= *p == '"';
	*line = *p ? p + 1 : NULL;
	if (mark == ' ' && *line && !(*line)[strspn(*line, " ")])
		*line = NULL;
	*p = '\0';
	return start;
}

char *sb_trace_trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	if (n > 1 && *s == '"' && s[n - 1] == '"') {
		s[n - 1] = '\0';
		return sb_trace_trim(s + 1);
	}
	return s;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static int unknown_column(const struct sb_trace *t, const struct sb_trace_text *x, const char *name,
			  struct sb_err *err)
{
	const char *names[SB_ARRAY_LEN(kinds) + 1] = {0}, *near;

	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		names[i] = kinds[i].name;
	near = sb_suggest(name, names);
	if (near)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s:%zu: unknown column \"%.40s\"; did you mean \"%s\"?", t->name,
			       x->line, name, near);
	return sb_fail(err, SB_EINPUT, 0,
		       "%s:%zu: unknown column \"%.40s\", expected for example "
		       "time_ms,delay_ms,rate_mbit,loss_percent",
		       t->name, x->line, name);
}

/* Meant, but without its unit or misspelled: not to be ignored. */
static bool is_near(const char *name)
{
	static const char *const words[] = {"time", "delay", "rate", "loss"};

	for (size_t i = 0; i < SB_ARRAY_LEN(words); i++)
		if (!strncasecmp(name, words[i], strlen(words[i])))
			return true;
	return false;
}

static void note_ignored(struct sb_trace *t, const char *name)
{
	sb_auto_free char *clean = sb_clean(name);
	size_t n = strlen(t->note);

	if (*name && n + 40 < sizeof(t->note))
		snprintf(t->note + n, sizeof(t->note) - n, "%s\"%.20s\"",
			 n ? ", " : "columns that are not used: ", clean);
}

static int read_names(struct sb_trace *t, const struct sb_trace_text *x, char *line,
		      struct columns *c, struct sb_err *err)
{
	unsigned int seen = 0;
	const char *other = NULL;
	char *field;

	c->mark = sb_trace_mark_of(line);
	while ((field = sb_trace_next_field(&line, c->mark))) {
		const struct kind *k = find_kind(field = sb_trace_trim(field));

		if (c->count == MAX_COLUMNS)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than %d columns", t->name,
				       x->line, MAX_COLUMNS);
		if (!k && is_near(field))
			return unknown_column(t, x, field, err);
		if (!k) {
			other = other ? other : field;
			note_ignored(t, field);
			c->kind[c->count++] = NULL;
			continue;
		}
		if (seen & (1u << k->what))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: \"%s\" is a second column of that", t->name,
				       x->line, k->name);
		seen |= 1u << k->what;
		c->kind[c->count++] = k;
	}
	if (!seen && other)
		return unknown_column(t, x, other, err);
	if (!(seen & (1u << TIME)) || seen == 1u << TIME)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s:%zu: needs a column of time and one of delay, rate or loss, "
			       "for example time_ms,rate_mbit",
			       t->name, x->line);
	return 0;
}

/* "12.3456789012" with a unit and no more decimals than can be kept. */
static int quantity(const char *written, bool comma, const struct kind *k, char *out, size_t size,
		    struct sb_err *err)
{
	char field[SB_PLAIN_MAX];
	const char *point;
	int n;

	if (!sb_plain_decimal(written, comma, field))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%.40s\" is not a decimal number (its unit is in the column's name)",
		    written);
	point = strchr(field, '.');
	n = (int)strlen(field);
	if (point && strlen(point + 1) > k->decimals)
		n = (int)(point - field) + (k->decimals ? 1 + (int)k->decimals : 0);
	if (snprintf(out, size, "%.*s%s", n, field, k->unit) >= (int)size)
		return sb_fail(err, SB_EINPUT, 0, "\"%.20s...\" is too long", field);
	return 0;
}

static int read_loss(const struct kind *k, const char *text, uint32_t *out, struct sb_err *err)
{
	uint64_t ppm;

	if (k->unit[0])
		return sb_parse_percent(text, out, err);
	if (sb_parse_factor(text, &ppm, err))
		return -1;
	if (ppm > 1000000)
		return sb_fail(err, SB_EINPUT, 0, "%s is more than 1", text);
	*out = (uint32_t)ppm * 1000;
	return 0;
}

static int read_rate(const char *text, uint64_t *out, struct sb_err *err)
{
	if (sb_parse_rate(text, out, err))
		return -1;
	/* Nothing, or as good as nothing: packets wait. */
	if (*out < MIN_BPS)
		*out = SB_RATE_STOPPED;
	return *out <= MAX_BPS
		   ? 0
		   : sb_fail(err, SB_EINPUT, 0, "%s is out of range, expected 0 to 100gbit", text);
}

static int read_field(const struct kind *k, const char *field, bool comma, struct sb_trace_row *row,
		      struct sb_err *err)
{
	char text[SB_PLAIN_MAX];

	if (quantity(field, comma, k, text, sizeof(text), err))
		return -1;
	switch (k->what) {
	case TIME:
		if (sb_parse_time(text, &row->at_ns, err))
			return -1;
		return row->at_ns <= MAX_TIME_NS
			   ? 0
			   : sb_fail(err, SB_EINPUT, 0, "%s is more than 24h", text);
	case DELAY:
		row->has |= SB_TRACE_DELAY;
		if (sb_parse_time(text, &row->delay_ns, err))
			return -1;
		return row->delay_ns <= MAX_DELAY_NS
			   ? 0
			   : sb_fail(err, SB_EINPUT, 0, "%s is more than 60s", text);
	case RATE:
		row->has |= SB_TRACE_RATE;
		return read_rate(text, &row->rate_bps, err);
	case LOSS:
		row->has |= SB_TRACE_LOSS;
		return read_loss(k, text, &row->loss_ppb, err);
	}
	return -1;
}

bool sb_plain_decimal(const char *text, bool comma, char *out)
{
	char digits[64];
	int n = 0, point = -1, power = 0, at = 0;

	text += *text == '+';
	for (; *text && *text != 'e' && *text != 'E'; text++) {
		if (*text >= '0' && *text <= '9' && n < (int)sizeof(digits))
			digits[n++] = *text;
		else if ((*text == '.' || (comma && *text == ',')) && point < 0)
			point = n;
		else
			return false;
	}
	if (*text) {
		bool minus = *++text == '-';

		text += *text == '-' || *text == '+';
		if (!*text || strlen(text) > 3 || text[strspn(text, "0123456789")])
			return false;
		for (; *text; text++)
			power = power * 10 + (*text - '0');
		power = minus ? -power : power;
	}
	if (!n)
		return false;
	point = (point < 0 ? n : point) + power;
	if (point > 30 && power)
		return false;
	/* Beyond what any value is kept to. */
	if (point < -30)
		point = -30, n = 1, digits[0] = '0';
	if (point <= 0)
		out[at++] = '0';
	for (int i = 0; i < point; i++)
		out[at++] = i < n ? digits[i] : '0';
	if (point < n)
		out[at++] = '.';
	for (int i = point; i < n; i++)
		out[at++] = i < 0 ? '0' : digits[i];
	out[at] = '\0';
	return true;
}

size_t sb_trace_numbers(const char *line)
{
	char field[64], plain[SB_PLAIN_MAX];
	size_t count = 0;

	while (*line) {
		size_t n = strcspn(line, " \t;,");

		if (n >= sizeof(field))
			return 0;
		memcpy(field, line, n);
		field[n] = '\0';
		if (n && !sb_plain_decimal(field + (field[0] == '-'), false, plain))
			return 0;
		count += n > 0;
		line += n;
		line += strspn(line, " \t;,");
	}
	return count;
}

static int read_row(const struct columns *c, char *line, struct sb_trace_row *row,
		    struct sb_err *err)
{
	size_t n = 0;
	char *field;

	while ((field = sb_trace_next_field(&line, c->mark))) {
		if (n == c->count)
			return sb_fail(err, SB_EINPUT, 0, "more fields than the %zu columns",
				       c->count);
		field = sb_trace_trim(field);
		if (!c->kind[n]) {
			n++;
			continue;
		}
		if (!*field && c->kind[n]->what == TIME)
			return sb_fail(err, SB_EINPUT, 0, "without a time");
		if (*field && read_field(c->kind[n], field, c->mark != ',', row, err))
			return sb_wrap(err, "%s", c->kind[n]->name);
		n++;
	}
	return n == c->count
		   ? 0
		   : sb_fail(err, SB_EINPUT, 0, "%zu fields for %zu columns", n, c->count);
}

int sb_trace_read_columns(struct sb_trace *t, struct sb_trace_text *x, struct sb_err *err)
{
	struct columns c = {0};
	struct sb_trace_text peek = *x;
	size_t room = 0;
	bool too_long;
	char line[1024];

	if (!sb_trace_next_line(&peek, line, sizeof(line), &too_long) || too_long)
		return -1;
	if (sb_trace_numbers(line) == 2) {
		/* As Pensieve's and many others' traces are. */
		c = (struct columns){.count = 2, .mark = sb_trace_mark_of(line)};
		c.kind[0] = find_kind("time_s");
		c.kind[1] = find_kind("rate_mbit");
		sb_copy_str(t->note, sizeof(t->note),
			    "no names of columns: taken for time_s,rate_mbit");
	} else {
		*x = peek;
		if (read_names(t, x, line, &c, err))
			return -1;
	}
	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		struct sb_trace_row row = {0};

		if (too_long)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: longer than %zu bytes", t->name,
				       x->line, sizeof(line) - 1);
		if (read_row(&c, line, &row, err))
			return sb_wrap(err, "%s:%zu", t->name, x->line);
		if (t->count && row.at_ns <= t->rows[t->count - 1].at_ns)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: its time does not come after the one before it",
				       t->name, x->line);
		if (sb_trace_add(t, &room, &row, x, err))
			return -1;
	}
	if (!t->count)
		return sb_fail(err, SB_EINPUT, 0, "%s: names columns, but has no line of values",
			       t->name);
	/* The last line holds as long as the one before it did. */
	t->length_ns = t->rows[t->count - 1].at_ns + SB_NS_PER_S;
	if (t->count > 1)
		t->length_ns +=
		    t->rows[t->count - 1].at_ns - t->rows[t->count - 2].at_ns - SB_NS_PER_S;
	return 0;
}
