// SPDX-License-Identifier: MIT
/* console.c - the last lines of a guest's console */
#include "console.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* The kernel's own words; the second where the host lets a process of the guest map no more pages. */
static char *find_victim(const char *line)
{
	static const char *const signs[] = {"Killed process", "UML ran out of memory on the host"};

	for (size_t i = 0; i < SB_ARRAY_LEN(signs); i++) {
		const char *at = strstr(line, signs[i]);

		if (at)
			return sb_clean(at);
	}
	return NULL;
}

static void end_line(struct sb_console *c)
{
	if (!c->part_len)
		return;
	c->part[c->part_len] = '\0';
	c->part_len = 0;
	if (c->count == SB_CONSOLE_LINES) {
		free(c->lines[0]);
		memmove(c->lines, c->lines + 1, (SB_CONSOLE_LINES - 1) * sizeof(c->lines[0]));
		c->count--;
	}
	c->lines[c->count++] = sb_clean(c->part);
	if (!c->victim)
		c->victim = find_victim(c->part);
}

void sb_console_add(struct sb_console *c, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			end_line(c);
		else if (text[i] != '\r' && text[i] && c->part_len < sizeof(c->part) - 1)
			c->part[c->part_len++] = text[i];
	}
}

char *sb_console_text(struct sb_console *c)
{
	char *text = sb_strdup("");

	end_line(c);
	for (size_t i = 0; i < c->count; i++) {
		char *longer = sb_asprintf("%s\n  %s", text, c->lines[i]);

		free(text);
		text = longer;
	}
	return text;
}

const char *sb_console_cause(const struct sb_console *c)
{
	static const char *const signs[] = {"Kernel panic", "Out of memory", "out of memory",
					    "Segfault", "failed, errno"};

	for (size_t i = c->count; i-- > 0;)
		for (size_t s = 0; s < SB_ARRAY_LEN(signs); s++)
			if (strstr(c->lines[i], signs[s]))
				return c->lines[i];
	return NULL;
}

void sb_console_fini(struct sb_console *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->lines[i]);
	free(c->victim);
	*c = (struct sb_console){0};
}
