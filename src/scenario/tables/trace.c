// SPDX-License-Identifier: MIT
/* trace.c - mahimahi's opportunities as a rate; which kind of trace a file is */
#include "trace.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "trace_text.h"

#define PACKET_BITS (UINT64_C(8) * 1514)
#define BIN_MS	    10
#define GAP_MS	    100 /* so long without an opportunity, and packets wait */
#define MAX_MS	    (INT64_C(24) * 3600 * 1000)
#define MAX_BPS	    UINT64_C(100000000000)

void sb_trace_free(struct sb_trace *trace)
{
	if (!trace)
		return;
	free(trace->name);
	free(trace->rows);
	free(trace);
}

/* --- mahimahi --- */

#define ONE_VALUE                                                                                 \
	"a file of one value a line says not when and what: if these are delays, of LeoReplayer " \
	"or a fork of mm-delay, write delay_trace = FILE; else begin it with time_ms,delay_ms "   \
	"(or "                                                                                    \
	"rate_mbit, loss_percent) and put a time before each value"

static int read_ms(const char *name, const struct sb_trace_text *x, const char *line, int64_t last,
		   int64_t *out, struct sb_err *err)
{
	int64_t ms = 0;

	if (strlen(line) > 9 || line[strspn(line, "0123456789")])
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s:%zu: \"%.20s\" is not a time in ms; expected one whole number a line", name,
		    x->line, line);
	for (const char *p = line; *p; p++)
		ms = ms * 10 + (*p - '0');
	if (ms > MAX_MS)
		return sb_fail(err, SB_EINPUT, 0, "%s:%zu: %s ms is more than 24h", name, x->line,
			       line);
	if (ms < last)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s:%zu: %s ms comes after %" PRId64
			       " ms, so these are not mahimahi delivery opportunities;  " ONE_VALUE,
			       name, x->line, line, last);
	*out = ms;
	return 0;
}

/* Opportunities since the last step of the rate, which began at @from_ms. */
struct bin {
	int64_t from_ms, to_ms;
	uint64_t packets;
};

static int close_bin(struct sb_trace *t, size_t *room, struct bin *b, const struct sb_trace_text *x,
		     struct sb_err *err)
{
	uint64_t ms = (uint64_t)(b->to_ms - b->from_ms);
	struct sb_trace_row row = {.at_ns = b->from_ms * SB_NS_PER_MS, .has = SB_TRACE_RATE};

	if (b->packets > MAX_BPS / 1000 * ms / PACKET_BITS)
		return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than 100gbit", t->name, x->line);
	row.rate_bps = (b->packets * PACKET_BITS * 1000 + ms / 2) / ms;
	if (row.rate_bps < 1000)
		row.rate_bps = 1000;
	b->from_ms = b->to_ms;
	b->packets = 0;
	if (t->count && t->rows[t->count - 1].rate_bps == row.rate_bps)
		return 0;
	return sb_trace_add(t, room, &row, x, err);
}

/* Nothing is sent from the end of the last opportunities to the one at @ms. */
static int add_gap(struct sb_trace *t, size_t *room, struct bin *b, int64_t ms,
		   const struct sb_trace_text *x, struct sb_err *err)
{
	struct sb_trace_row row = {.has = SB_TRACE_RATE, .rate_bps = SB_RATE_STOPPED};

	if (b->packets && close_bin(t, room, b, x, err))
		return -1;
	row.at_ns = b->from_ms * SB_NS_PER_MS;
	b->from_ms = ms;
	b->to_ms = (ms / BIN_MS + 1) * BIN_MS;
	return sb_trace_add(t, room, &row, x, err);
}

static int read_mahimahi(struct sb_trace *t, struct sb_trace_text *x, struct sb_err *err)
{
	struct bin b = {.to_ms = BIN_MS};
	int64_t ms = 0, last = 0, first = -1;
	size_t room = 0, lines = 0;
	bool too_long;
	char line[32];

	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		if (too_long)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: no time in ms, expected one whole number a line",
				       t->name, x->line);
		if (read_ms(t->name, x, line, last, &ms, err))
			return -1;
		/* The end of a bin belongs to it, the end of the trace being its last opportunity.
		 */
		if (ms - last >= GAP_MS && add_gap(t, &room, &b, ms, x, err))
			return -1;
		if (ms > b.to_ms && b.packets && close_bin(t, &room, &b, x, err))
			return -1;
		if (ms > b.to_ms)
			b.to_ms = (ms + BIN_MS - 1) / BIN_MS * BIN_MS;
		b.packets++;
		last = ms;
		first = first < 0 ? ms : first;
		lines++;
	}
	/* A burst each so many ms is no link; of short times it is a rate. */
	if (lines > 2 && first == last && last >= BIN_MS)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: %zu times the same %" PRId64
			       " are not mahimahi delivery opportunities;  " ONE_VALUE,
			       t->name, lines, last);
	if (!last)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: has no opportunity after 0 ms, so it has no length", t->name);
	/* The last bin ends with the trace. */
	if (b.to_ms > last)
		b.to_ms = last;
	/* It is the only one after a gap: its packet is the bin before it. */
	if (b.from_ms == b.to_ms)
		b.from_ms -= BIN_MS;
	if (close_bin(t, &room, &b, x, err))
		return -1;
	t->length_ns = t->period_ns = last * SB_NS_PER_MS;
	return 0;
}

/* --- both --- */

int sb_trace_read(const char *name, const char *text, size_t len, struct sb_trace **out,
		  struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len}, peek;
	struct sb_trace *t = sb_alloc(1, sizeof(*t));
	bool too_long = false;
	char line[1024];
	int rc;

	sb_trace_skip_mark(&x);
	peek = x;
	t->name = sb_strdup(name);
	t->xxh64 = XXH64(text, len, 0);
	if (!sb_trace_next_line(&peek, line, sizeof(line), &too_long))
		rc = sb_fail(err, SB_EINPUT, 0, "%s: is empty", name);
	else if (too_long)
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s:%zu: neither a time in ms (mahimahi) nor names of columns", name,
			     peek.line);
	else if (!line[strspn(line, "0123456789")])
		rc = read_mahimahi(t, &x, err);
	else if (sb_is_theaterq(line))
		rc = sb_trace_read_theaterq(t, &x, err);
	else if (sb_trace_numbers(line) == 1)
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s:%zu: \"%.20s\" is not a time in ms (mahimahi);  " ONE_VALUE, name,
			     peek.line, line);
	else if (sb_trace_numbers(line) > 2)
		rc =
		    sb_fail(err, SB_EINPUT, 0,
			    "%s:%zu: %zu numbers and no names of columns; write a first line such "
			    "as time_s,delay_ms,rate_mbit (a table of TheaterQ has 5, 8 or 9 whole "
			    "numbers with commas between them; a .dist table of netem is for "
			    "jitter)",
			    name, peek.line, sb_trace_numbers(line));
	else if (strchr("[{<", line[0]))
		rc = sb_fail(err, SB_EINPUT, 0,
			     "%s:%zu: this looks like JSON or XML; a trace is columns with a first "
			     "line such as time_s,delay_ms,rate_mbit",
			     name, peek.line);
	else
		rc = sb_trace_read_columns(t, &x, err);
	if (rc) {
		sb_trace_free(t);
		return -1;
	}
	*out = t;
	return 0;
}
