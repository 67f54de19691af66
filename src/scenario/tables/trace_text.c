// SPDX-License-Identifier: MIT
/* trace_text.c - the lines of a trace, and the rows that they become */
#include "trace_text.h"

#include <ctype.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "trace.h"

int sb_trace_add(struct sb_trace *t, size_t *room, const struct sb_trace_row *row,
		 const struct sb_trace_text *x, struct sb_err *err)
{
	if (t->count == SB_MAX_TRACE_ROWS)
		return sb_fail(err, SB_EINPUT, 0, "%s:%zu: more than %d changes", t->name, x->line,
			       SB_MAX_TRACE_ROWS);
	t->rows = sb_grow(t->rows, t->count, room, sizeof(*row));
	t->rows[t->count++] = *row;
	t->has |= row->has;
	return 0;
}

bool sb_trace_next_line(struct sb_trace_text *x, char *line, size_t size, bool *too_long)
{
	*too_long = false;
	while (x->at < x->len) {
		const char *start = x->text + x->at;
		const char *end = memchr(start, '\n', x->len - x->at);
		size_t n = end ? (size_t)(end - start) : x->len - x->at;

		x->at += n + (end != NULL);
		x->line++;
		while (n && isspace((unsigned char)start[n - 1]))
			n--;
		while (n && isspace((unsigned char)*start)) {
			start++;
			n--;
		}
		if (!n || *start == '#')
			continue;
		*too_long = n >= size || memchr(start, '\0', n);
		if (!*too_long) {
			memcpy(line, start, n);
			line[n] = '\0';
		}
		return true;
	}
	return false;
}

void sb_trace_skip_mark(struct sb_trace_text *x)
{
	if (!x->at && x->len >= 3 && !memcmp(x->text, "\xef\xbb\xbf", 3))
		x->at = 3;
}
