/* SPDX-License-Identifier: MIT */
/* trace_text.h - what both formats of traces are read with */
#ifndef SATBED_SCENARIO_TRACE_TEXT_H
#define SATBED_SCENARIO_TRACE_TEXT_H

#include "satbed/scenario_values.h"

struct sb_trace_text {
	const char *text;
	size_t len, at, line;
};

/**
 * sb_trace_next_line() - the next line that is neither empty nor a comment (#), blanks cut off
 * @too_long:	it does not fit @size, or has a NUL in it; @line is then not written
 *
 * Return: false at the end
 */
bool sb_trace_next_line(struct sb_trace_text *x, char *line, size_t size, bool *too_long);
int sb_trace_add(struct sb_trace *t, size_t *room, const struct sb_trace_row *row,
		 const struct sb_trace_text *x, struct sb_err *err);
/** sb_trace_read_columns() - a file whose first line names columns; fills @t */
int sb_trace_read_columns(struct sb_trace *t, struct sb_trace_text *x, struct sb_err *err);

#endif
