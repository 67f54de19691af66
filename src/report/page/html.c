// SPDX-License-Identifier: MIT
/* html.c - text on its way into a page */
#include "html.h"

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void sb_html_escape(FILE *to, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	for (const char *c = clean; *c; c++) {
		const char *entity = entity_of(*c);

		if (entity)
			fputs(entity, to);
		else
			fputc(*c, to);
	}
}
