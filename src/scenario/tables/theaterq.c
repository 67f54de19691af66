// SPDX-License-Identifier: MIT
/*
 * theaterq.c - tables of TheaterQ, a queueing discipline that plays a link from a file
 *
 * A line is KEEP,LATENCY,RATE,LOSS,LIMIT (simple) or KEEP,LATENCY,JITTER,RATE,LOSS,LIMIT,DUP_PROB,
 * DUP_DELAY[,ROUTE_ID] (extended): KEEP, how long it holds, in us; LATENCY and JITTER in ns, the latter
 * half the width of a uniform distribution; RATE in bit/s, 0 = unlimited; probabilities in 2^32 - 1
 * parts; LIMIT in packets, those that are delayed counted.  Lines that begin with anything but a digit
 * are comments.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "trace_text.h"

#define SIMPLE	      5
#define EXTENDED      8 /* and one more with the route */
#define MAX_FIELDS    9
#define MAX_DELAY_NS  (60 * SB_NS_PER_S)
#define MAX_LENGTH_NS (INT64_C(24) * 3600 * SB_NS_PER_S)
#define MIN_BPS	      UINT64_C(1000)
#define MAX_BPS	      UINT64_C(100000000000)
#define FRAME_BITS    (8 * 1514.0)
#define MAX_ROOM      2000000.0 /* more than that is no limit */

enum field { KEEP, LATENCY, JITTER, RATE, LOSS, LIMIT, DUP_PROB, DUP_DELAY, ROUTE, FIELDS };

static const char *const names[FIELDS] = {"KEEP",  "LATENCY",  "JITTER",    "RATE",    "LOSS",
					  "LIMIT", "DUP_PROB", "DUP_DELAY", "ROUTE_ID"};
static const enum field simple[SIMPLE] = {KEEP, LATENCY, RATE, LOSS, LIMIT};

struct table {
	size_t fields, unlimited, lines;
	double room; /* packets times ns */
	uint64_t least, most;
	bool has_dup_delay, has_route;
};

bool sb_is_theaterq(const char *line)
{
	size_t count = sb_trace_numbers(line);

	if (!isdigit((unsigned char)*line))
		return strcasestr(line, "KEEP") && strcasestr(line, "LATENCY") &&
		       strcasestr(line, "LIMIT");
	return (count == SIMPLE || count == EXTENDED || count == MAX_FIELDS) &&
	       !line[strspn(line, "0123456789,")];
}

/* All of @line's fields, those that it does not have as 0. */
static int read_fields(const char *line, const struct table *t, uint64_t out[FIELDS],
		       struct sb_err *err)
{
	size_t n = 0;

	memset(out, 0, FIELDS * sizeof(*out));
	for (const char *p = line;; p++, n++) {
		size_t len = strspn(p, "0123456789");
		enum field field;

		if (n == t->fields)
			return sb_fail(err, SB_EINPUT, 0, "more than %zu numbers", t->fields);
		field = t->fields == SIMPLE ? simple[n] : (enum field)n;
		if (!len || len > 19 || (p[len] && p[len] != ','))
			return sb_fail(err, SB_EINPUT, 0, "%s: \"%.20s\" is not a whole number",
				       names[field], p);
		out[field] = strtoull(p, NULL, 10);
		p += len;
		if (!*p)
			break;
	}
	return n + 1 == t->fields
		   ? 0
		   : sb_fail(err, SB_EINPUT, 0, "%zu numbers, the first line has %zu", n + 1,
			     t->fields);
}

static uint32_t to_ppb(uint64_t parts)
{
	return (uint32_t)((parts * 1000000000 + UINT32_MAX / 2) / UINT32_MAX);
}

static int check_fields(const uint64_t v[FIELDS], int64_t at_ns, struct sb_err *err)
{
	if (!v[KEEP])
		return sb_fail(err, SB_EINPUT, 0,
			       "KEEP: a line cannot hold for 0 us; early versions of TheaterQ had "
			       "times there, "
			       "in ns: write how long each line holds, in us");
	if (v[KEEP] > (uint64_t)MAX_LENGTH_NS / 1000 ||
	    at_ns + (int64_t)v[KEEP] * 1000 > MAX_LENGTH_NS)
		return sb_fail(err, SB_EINPUT, 0, "KEEP: %llu us end after more than 24h",
			       (unsigned long long)v[KEEP]);
	for (int f = LATENCY; f <= JITTER; f++)
		if (v[f] > (uint64_t)MAX_DELAY_NS)
			return sb_fail(err, SB_EINPUT, 0, "%s: %llu ns is more than 60s", names[f],
				       (unsigned long long)v[f]);
	if (v[RATE] > MAX_BPS)
		return sb_fail(err, SB_EINPUT, 0, "RATE: %llu bit/s is more than 100gbit",
			       (unsigned long long)v[RATE]);
	for (int f = LOSS; f <= DUP_PROB; f++)
		if (v[f] > UINT32_MAX)
			return sb_fail(err, SB_EINPUT, 0, "%s: %llu is more than %u%s", names[f],
				       (unsigned long long)v[f], UINT32_MAX,
				       f == LIMIT ? "" : ", which is 100%");
	return 0;
}

static void take_limit(struct table *t, const uint64_t v[FIELDS])
{
	double under_way = (double)v[RATE] * (double)v[LATENCY] / 1e9 / FRAME_BITS;
	double room = (double)v[LIMIT] - under_way;

	room = room < 1 ? 1 : room > MAX_ROOM ? MAX_ROOM : room;
	t->room += room * (double)v[KEEP];
	t->least = !t->lines || v[LIMIT] < t->least ? v[LIMIT] : t->least;
	t->most = v[LIMIT] > t->most ? v[LIMIT] : t->most;
}

static bool same_values(const struct sb_trace_row *a, const struct sb_trace_row *b)
{
	return a->delay_ns == b->delay_ns && a->rate_bps == b->rate_bps &&
	       a->loss_ppb == b->loss_ppb && a->duplicate_ppb == b->duplicate_ppb &&
	       a->jitter_ns == b->jitter_ns;
}

static int add_line(struct sb_trace *out, size_t *room, struct table *t, const uint64_t v[FIELDS],
		    int64_t *at_ns, const struct sb_trace_text *x, struct sb_err *err)
{
	struct sb_trace_row row = {.at_ns = *at_ns,
				   .has = SB_TRACE_DELAY | SB_TRACE_RATE | SB_TRACE_LOSS,
				   .delay_ns = (int64_t)v[LATENCY],
				   .rate_bps = v[RATE],
				   .loss_ppb = to_ppb(v[LOSS]),
				   .duplicate_ppb = to_ppb(v[DUP_PROB]),
				   .jitter_ns = (int64_t)v[JITTER]};

	if (!v[RATE])
		t->unlimited++;
	else if (row.rate_bps < MIN_BPS)
		row.rate_bps = SB_RATE_STOPPED;
	take_limit(t, v);
	t->has_dup_delay |= v[DUP_PROB] && v[DUP_DELAY];
	t->has_route |= v[ROUTE] != 0;
	t->lines++;
	*at_ns += (int64_t)v[KEEP] * 1000;
	if (out->count && same_values(&out->rows[out->count - 1], &row))
		return 0;
	return sb_trace_add(out, room, &row, x, err);
}

/* What of the table is rare is left out of the rows where it never differs from nothing. */
static void settle_rows(struct sb_trace *out, const struct table *t)
{
	bool jitter = false, duplicates = false;
	unsigned int has = SB_TRACE_DELAY | SB_TRACE_LOSS;

	for (size_t i = 0; i < out->count; i++) {
		jitter |= out->rows[i].jitter_ns > 0;
		duplicates |= out->rows[i].duplicate_ppb > 0;
	}
	has |= (jitter ? SB_TRACE_JITTER : 0) | (duplicates ? SB_TRACE_DUPLICATE : 0);
	has |= t->unlimited < t->lines ? SB_TRACE_RATE : 0;
	for (size_t i = 0; i < out->count; i++) {
		/* Unlimited at times alone: the most a link can have. */
		if (!out->rows[i].rate_bps)
			out->rows[i].rate_bps = MAX_BPS;
		out->rows[i].has = has;
	}
	out->has = has;
}

static void write_note(struct sb_trace *out, const struct table *t)
{
	int n = snprintf(out->note, sizeof(out->note), "taken for a table of TheaterQ, %s",
			 t->fields == SIMPLE ? "simple" : "extended");

	if (t->least != t->most)
		n += snprintf(out->note + n, sizeof(out->note) - (size_t)n,
			      "; its LIMIT changes (%llu to %llu packets), the queue's room does "
			      "not: %u packets beside those that are delayed, the mean",
			      (unsigned long long)t->least, (unsigned long long)t->most,
			      out->queue_packets);
	if (t->has_dup_delay || t->has_route)
		snprintf(out->note + n, sizeof(out->note) - (size_t)n, "; not used: %s%s%s",
			 t->has_dup_delay ? names[DUP_DELAY] : "",
			 t->has_dup_delay && t->has_route ? ", " : "",
			 t->has_route ? names[ROUTE] : "");
}

int sb_trace_read_theaterq(struct sb_trace *out, struct sb_trace_text *x, struct sb_err *err)
{
	struct table t = {0};
	uint64_t v[FIELDS];
	int64_t at_ns = 0;
	size_t room = 0;
	bool too_long;
	char line[256];

	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		if (!too_long && !isdigit((unsigned char)*line))
			continue;
		if (!t.fields && !too_long)
			t.fields = sb_trace_numbers(line);
		if (too_long ||
		    (t.fields != SIMPLE && t.fields != EXTENDED && t.fields != MAX_FIELDS))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: a table of TheaterQ has 5 (simple), 8 or 9 whole "
				       "numbers with commas between them",
				       out->name, x->line);
		if (read_fields(line, &t, v, err) || check_fields(v, at_ns, err))
			return sb_wrap(err, "%s:%zu", out->name, x->line);
		if (add_line(out, &room, &t, v, &at_ns, x, err))
			return -1;
	}
	if (!t.lines)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: names TheaterQ's columns, but has no line of "
			       "values",
			       out->name);
	settle_rows(out, &t);
	/* Those under way are the link's delay here, they do not wait. */
	if (t.unlimited < t.lines)
		out->queue_packets = (uint32_t)(t.room / ((double)at_ns / 1000) + 0.5);
	out->length_ns = at_ns;
	write_note(out, &t);
	return 0;
}
