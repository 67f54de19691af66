// SPDX-License-Identifier: MIT
/*
 * netem_table.c - netem's .dist tables: deviations in 8192ths of the standard deviation
 *
 * A file is whole numbers with blanks and ends of lines between them, comments are lines that begin
 * with a #; tc passes up to 16384 of them to the kernel as 16-bit integers.  netem takes one at
 * random for each packet and scales it: see scaled().
 */
#include "netem_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

#define NETEM_SCALE 8192
#define MAX_VALUES  16384
#define MIN_VALUE   (-32768)
#define MAX_VALUE   32767

/* What tabledist() of the kernel's sch_netem.c computes, in its rounding. */
static int64_t scaled(int64_t value, int64_t deviation_ns)
{
	int64_t x = deviation_ns % NETEM_SCALE * value;

	x += x >= 0 ? NETEM_SCALE / 2 : -NETEM_SCALE / 2;
	return x / NETEM_SCALE + deviation_ns / NETEM_SCALE * value;
}

/* struct cursor - in a text that does not end with a NUL; @begins: nothing of its line was read yet */
struct cursor {
	const char *at, *end;
	size_t line;
	bool begins;
};

/* To the next value, past blanks and comments; false at the end. */
static bool to_value(struct cursor *c)
{
	while (c->at < c->end) {
		if (*c->at == '\n') {
			c->line++;
			c->begins = true;
		} else if (*c->at == '#' && c->begins) {
			const char *feed = memchr(c->at, '\n', (size_t)(c->end - c->at));

			c->at = feed ? feed : c->end;
			continue;
		} else if (!isspace((unsigned char)*c->at)) {
			c->begins = false;
			return true;
		}
		c->at++;
	}
	return false;
}

/* The word at the cursor, which is then behind it; false: not a 16-bit integer. */
static bool take_value(struct cursor *c, char word[24], int64_t *out)
{
	size_t n = 0;
	char *end;

	while (c->at + n < c->end && !isspace((unsigned char)c->at[n]))
		n++;
	memcpy(word, c->at, n < 23 ? n : 23);
	word[n < 23 ? n : 23] = '\0';
	c->at += n;
	if (n > 8 || memchr(word, '\0', n))
		return false;
	*out = strtol(word, &end, 10);
	return n && !*end && *out >= MIN_VALUE && *out <= MAX_VALUE;
}

static int by_size(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

int sb_netem_table_read(const char *name, const char *text, size_t len, struct sb_jitter *out,
			struct sb_err *err)
{
	struct cursor c = {.at = text, .end = text + len, .line = 1, .begins = true};
	sb_auto_free int64_t *ns = NULL;
	size_t count = 0, room = 0;
	char word[24];
	int64_t value = 0;

	while (to_value(&c)) {
		if (!take_value(&c, word, &value))
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "%s:%zu: \"%s\" is not a whole number from %d to %d, so this "
			    "is not a .dist table of netem; a file of deviations, delay_ms "
			    "and then one value a line, goes without a standard "
			    "deviation: jitter = table %s",
			    name, c.line, word, MIN_VALUE, MAX_VALUE, name);
		if (count == MAX_VALUES)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s:%zu: more than %d values, the most tc takes", name,
				       c.line, MAX_VALUES);
		ns = sb_grow(ns, count, &room, sizeof(*ns));
		ns[count++] = scaled(value, out->deviation_ns);
	}
	if (count < 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: a table of %zu values is not a distribution; those of iproute2 "
			       "have 4096",
			       name, count);
	qsort(ns, count, sizeof(*ns), by_size);
	out->sample_count = count;
	out->samples_ns = sb_steal(&ns);
	return 0;
}
