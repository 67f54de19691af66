/* SPDX-License-Identifier: MIT */
/* text_table.h - tables of text: cells under each other, written as they come */
#ifndef SATBED_BASE_TEXT_TABLE_H
#define SATBED_BASE_TEXT_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "satbed/base/err.h"

/**
 * struct sb_text_column - one column
 * @head:	what stands above it
 * @gap:	blanks before it
 * @width:	of its cells, at least; negative: what is shorter is on the left, not on the right
 */
struct sb_text_column {
	const char *head;
	int gap, width;
};

/**
 * struct sb_text_table - begins as {.to = FILE, .columns = COLUMNS, .count = NUMBER}
 * @at:		the next cell's column
 * @blanks:	due before it
 *
 * Between rows anything else may be written to @to.
 */
struct sb_text_table {
	FILE *to;
	const struct sb_text_column *columns;
	size_t count, at;
	int blanks;
};

/** sb_text_head() - a row of the heads; @first: in the place of the first one's, NULL = as it is */
void sb_text_head(struct sb_text_table *t, const char *first);
/** sb_text_cell() - the next cell; what is wider than its column moves the rest of its row.  The last one
 * ends the row */
void sb_text_cell(struct sb_text_table *t, const char *fmt, ...) SB_PRINTF(2, 3);
/** sb_text_wrap() - a whole row, @cells one a column; what is wider than its column goes on in rows below,
 * broken at a blank, or else behind a slash or comma */
void sb_text_wrap(struct sb_text_table *t, const char *const *cells);
/** sb_text_end() - a row that has no more cells; blanks at its end are not written */
void sb_text_end(struct sb_text_table *t);

#endif
