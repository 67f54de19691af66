// SPDX-License-Identifier: MIT
/* text_table.c - tables of text */
#include "satbed/base/text_table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
	text = sb_vasprintf(fmt, ap);
	va_end(ap);
	put_cell(t, text);
}

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* How many bytes of @text go into one row of a column: all of it, or up to a place to break at. */
static size_t piece(const char *text, int width)
{
	static const char *const breaks[] = {" ", "/,"};
	size_t most = 0;

	while (text[most] && (width > 0 || continues_character(text[most])))
		width -= !continues_character(text[most++]);
	if (!text[most])
		return most;
	for (size_t i = 0; i < SB_ARRAY_LEN(breaks); i++)
		for (size_t at = most; at > most / 3; at--)
			if (strchr(breaks[i], text[at - 1]))
				return at;
	return most;
}

void sb_text_wrap(struct sb_text_table *t, const char *const *cells)
{
	sb_auto_free const char **rest = sb_alloc(t->count, sizeof(*rest));
	bool more = true;

	for (size_t i = 0; i < t->count; i++)
		rest[i] = cells[i];
	while (more) {
		more = false;
		for (size_t i = 0; i < t->count; i++) {
			size_t len = piece(rest[i], abs(t->columns[i].width));
			size_t shown = len;
			sb_auto_free char *text = NULL;

			while (shown && rest[i][shown - 1] == ' ')
				shown--;
			text = sb_asprintf("%.*s", (int)shown, rest[i]);
			put_cell(t, text);
			rest[i] += len;
			rest[i] += strspn(rest[i], " ");
			more |= rest[i][0] != '\0';
		}
	}
}

void sb_text_end(struct sb_text_table *t)
{
	fputc('\n', t->to);
	t->at = 0;
	t->blanks = 0;
}
