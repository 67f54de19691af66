// SPDX-License-Identifier: MIT
/* text_table.c - tables of text */
#include "satbed/base/text_table.h"

#include <stdarg.h>
#include <stdlib.h>

#include "satbed/base/mem.h"

/* Of UTF-8: bytes that continue a character take no place of their own. */
static int count_characters(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void put_cell(struct sb_text_table *t, const char *text)
{
	const struct sb_text_column *c = &t->columns[t->at];
	int pad = abs(c->width) - count_characters(text);

	t->blanks += c->gap;
	if (pad > 0 && c->width > 0)
		t->blanks += pad;
	if (*text) {
		fprintf(t->to, "%*s%s", t->blanks, "", text);
		t->blanks = 0;
	}
	if (pad > 0 && c->width < 0)
		t->blanks += pad;
	if (++t->at == t->count)
		sb_text_end(t);
}

void sb_text_head(struct sb_text_table *t, const char *first)
{
	for (size_t i = 0; i < t->count; i++)
		put_cell(t, !i && first ? first : t->columns[i].head);
}

void sb_text_cell(struct sb_text_table *t, const char *fmt, ...)
{
	sb_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		sb_out_of_memory();
	va_end(ap);
	put_cell(t, text);
}

void sb_text_end(struct sb_text_table *t)
{
	fputc('\n', t->to);
	t->at = 0;
	t->blanks = 0;
}
