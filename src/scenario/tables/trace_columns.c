// SPDX-License-Identifier: MIT
/* trace_columns.c - traces as comma-separated columns of time, delay, rate and loss */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"
#include "satbed/base/units.h"
#include "trace_text.h"

#define MAX_COLUMNS  16
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

struct columns {
	size_t count;
	const struct kind *kind[MAX_COLUMNS];
};

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
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

static int read_names(const struct sb_trace *t, const struct sb_trace_text *x, char *line,
		      struct columns *c, struct sb_err *err)
{
	unsigned int seen = 0;
	char *field;

	while ((field = strsep(&line, ","))) {
		const struct kind *k = find_kind(trim(field));

		if (!k)
			return unknown_column(t, x, trim(field), err);
		if (seen & (1u << k->what))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: \"%s\" is a second column of that", t->name,
				       x->line, k->name);
		seen |= 1u << k->what;
		c->kind[c->count++] = k; /* four at most: none twice */
	}
	if (!(seen & (1u << TIME)) || seen == 1u << TIME)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s:%zu: needs a column of time and one of delay, rate or loss, "
			       "for example time_ms,rate_mbit",
			       t->name, x->line);
	return 0;
}

/* "12.3456789012" with a unit and no more decimals than can be kept. */
static int quantity(const char *field, const struct kind *k, char *out, size_t size,
		    struct sb_err *err)
{
	const char *point = strchr(field, '.');
	int n = (int)strlen(field);

	if (!field[0] || field[strspn(field, "0123456789.")])
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%.40s\" is no decimal number (its unit is in the column's name)",
			       field);
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

static int read_field(const struct kind *k, const char *field, struct sb_trace_row *row,
		      struct sb_err *err)
{
	char text[64];

	if (quantity(field, k, text, sizeof(text), err))
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
		if (sb_parse_rate(text, &row->rate_bps, err))
			return -1;
		if (!row->rate_bps)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "a rate of 0 stands for no link at all, which is a loss of 100 "
			    "percent");
		return row->rate_bps >= MIN_BPS && row->rate_bps <= MAX_BPS
			   ? 0
			   : sb_fail(err, SB_EINPUT, 0,
				     "%s is out of range, expected 1kbit to 100gbit", text);
	case LOSS:
		row->has |= SB_TRACE_LOSS;
		return read_loss(k, text, &row->loss_ppb, err);
	}
	return -1;
}

static int read_row(const struct columns *c, char *line, struct sb_trace_row *row,
		    struct sb_err *err)
{
	size_t n = 0;
	char *field;

	while ((field = strsep(&line, ","))) {
		if (n == c->count)
			return sb_fail(err, SB_EINPUT, 0, "more fields than the %zu columns",
				       c->count);
		field = trim(field);
		if (!*field && c->kind[n]->what == TIME)
			return sb_fail(err, SB_EINPUT, 0, "without a time");
		if (*field && read_field(c->kind[n], field, row, err))
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
	size_t room = 0;
	bool too_long;
	char line[1024];

	if (!sb_trace_next_line(x, line, sizeof(line), &too_long) || too_long ||
	    read_names(t, x, line, &c, err))
		return -1;
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
	return 0;
}
