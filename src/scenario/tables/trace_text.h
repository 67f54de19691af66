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
/** sb_trace_skip_mark() - past the byte order mark that some programs begin a file with */
void sb_trace_skip_mark(struct sb_trace_text *x);
/**
 * sb_plain_decimal() - "1.5e-3" as "0.0015"
 * @comma:	a comma is a decimal point, too
 * @out:	of at least SB_PLAIN_MAX bytes
 *
 * Return: false: it is no number, or not below 10^30
 */
#define SB_PLAIN_MAX 128
bool sb_plain_decimal(const char *text, bool comma, char *out);
/** sb_trace_numbers() - how many numbers, and nothing else, a line has between blanks, tabs,
 * semicolons or commas; 0 = something else */
size_t sb_trace_numbers(const char *line);
/** sb_trace_mark_of() - what most likely stands between a line's fields */
char sb_trace_mark_of(const char *line);
/** sb_trace_next_field() - which may be in quotes with marks inside; cut out of @line, NULL at the
 * end */
char *sb_trace_next_field(char **line, char mark);
/** sb_trace_trim() - without blanks and quotes around it */
char *sb_trace_trim(char *s);
int sb_trace_add(struct sb_trace *t, size_t *room, const struct sb_trace_row *row,
		 const struct sb_trace_text *x, struct sb_err *err);
/** sb_is_theaterq() - does a line look like one of TheaterQ's tables, or like a head that names its
 * columns? */
bool sb_is_theaterq(const char *line);
/** sb_trace_read_theaterq() - a table of TheaterQ's, simple or extended; fills @t */
int sb_trace_read_theaterq(struct sb_trace *t, struct sb_trace_text *x, struct sb_err *err);
/** sb_trace_read_columns() - a file whose first line names columns, or has a time in seconds and a
 * rate in Mbit/s; fills @t */
int sb_trace_read_columns(struct sb_trace *t, struct sb_trace_text *x, struct sb_err *err);

#endif
