// SPDX-License-Identifier: MIT
/*
 * delay_trace.c - one-way delays alone, as LeoReplayer and forks of mahimahi's mm-delay take them
 *
 * The n-th line is the delay in ms in the n-th interval since the start; after the last it begins
 * again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "trace.h"
#include "trace_text.h"

#define MAX_DELAY_NS  (60 * SB_NS_PER_S)
#define MAX_LENGTH_NS (INT64_C(24) * 3600 * SB_NS_PER_S)
#define DECIMALS      6 /* of a ms that are kept */

/* Delays that never fall over so many lines, and rise by so much, are something else. */
#define ASCENDING_LINES 20
#define ASCENDING_NS	(1000 * SB_NS_PER_MS)

static int read_delay(const char *line, int64_t *out, struct sb_err *err)
{
	char plain[SB_PLAIN_MAX], text[SB_PLAIN_MAX + 4];
	char *point;

	if (!sb_plain_decimal(line, false, plain))
		return sb_fail(err, SB_EINPUT, 0, "\"%.40s\" is not a delay in ms", line);
	point = strchr(plain, '.');
	if (point && strlen(point + 1) > DECIMALS)
		point[1 + DECIMALS] = '\0';
	snprintf(text, sizeof(text), "%sms", plain);
	return sb_parse_time(text, out, err);
}

static int add_delay(struct sb_trace *t, size_t *room, size_t n, int64_t every_ns, int64_t delay_ns,
		     const struct sb_trace_text *x, struct sb_err *err)
{
	struct sb_trace_row row = {
	    .at_ns = (int64_t)n * every_ns, .has = SB_TRACE_DELAY, .delay_ns = delay_ns};

	if (t->count && t->rows[t->count - 1].delay_ns == delay_ns)
		return 0;
	return sb_trace_add(t, room, &row, x, err);
}

static int read_list(struct sb_trace *t, struct sb_trace_text *x, int64_t every_ns,
		     struct sb_err *err)
{
	size_t room = 0, n = 0;
	int64_t delay_ns = 0, last_ns = 0, first_ns = 0;
	bool too_long, ascending = true;
	char line[160];

	while (sb_trace_next_line(x, line, sizeof(line), &too_long)) {
		if (too_long || sb_trace_numbers(line) > 1)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: more than one value; expected one delay in ms a "
				       "line, or a first line such as time_ms,delay_ms",
				       t->name, x->line);
		if (read_delay(line, &delay_ns, err))
			return sb_wrap(err, "%s:%zu", t->name, x->line);
		ascending &= delay_ns >= last_ns;
		first_ns = n ? first_ns : delay_ns;
		last_ns = delay_ns;
		if (delay_ns > MAX_DELAY_NS ||
		    (ascending && n >= ASCENDING_LINES && delay_ns - first_ns >= ASCENDING_NS))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: %s ms; these look like mahimahi delivery "
				       "opportunities, not delays: write trace = %s",
				       t->name, x->line, line, t->name);
		if ((int64_t)n >= MAX_LENGTH_NS / every_ns)
			return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than 24h", t->name,
				       x->line);
		if (add_delay(t, &room, n++, every_ns, delay_ns, x, err))
			return -1;
	}
	if (!t->count)
		return sb_fail(err, SB_EINPUT, 0, "%s: is empty", t->name);
	t->length_ns = t->period_ns = (int64_t)n * every_ns;
	return 0;
}

static int check_columns(const struct sb_trace *t, struct sb_err *err)
{
	return t->has == SB_TRACE_DELAY
		   ? 0
		   : sb_fail(err, SB_EINPUT, 0, "%s: has more than delays; write trace = %s",
			     t->name, t->name);
}

int sb_delay_trace_read(const char *name, const char *text, size_t len, int64_t every_ns,
			struct sb_trace **out, struct sb_err *err)
{
	struct sb_trace_text x = {.text = text, .len = len}, peek;
	struct sb_trace *t = NULL;
	bool too_long = false;
	char line[1024];
	int rc;

	sb_trace_skip_mark(&x);
	peek = x;
	if (sb_trace_next_line(&peek, line, sizeof(line), &too_long) && !too_long &&
	    !sb_trace_numbers(line)) {
		rc = sb_trace_read(name, text, len, &t, err);
		rc = rc ? rc : check_columns(t, err);
	} else {
		t = sb_alloc(1, sizeof(*t));
		t->name = sb_strdup(name);
		t->xxh64 = XXH64(text, len, 0);
		rc = read_list(t, &x, every_ns, err);
	}
	if (rc) {
		sb_trace_free(t);
		return -1;
	}
	*out = t;
	return 0;
}
