// SPDX-License-Identifier: MIT
/* expand.c - names in braces replaced by their values */
#include "satbed/base/expand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

static int fail_unknown(const char *what, size_t len, const struct sb_brace *braces,
			struct sb_err *err)
{
	char known[256] = "";

	for (size_t n = 0; braces->name && n < sizeof(known); braces++)
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s{%s}", n ? ", " : "",
				      braces->name);
	return sb_fail(err, SB_EINPUT, 0,
		       "unknown \"%.*s\", expected one of %s; a brace itself is written {{",
		       (int)len, what, known);
}

/* What stands at the "{" of @at; @taken: the characters of it. */
static int find_value(const char *at, const struct sb_brace *braces, const char **value,
		      size_t *taken, struct sb_err *err)
{
	size_t len = strcspn(at, "}");

	for (const struct sb_brace *b = braces; at[len] && b->name; b++) {
		if (strlen(b->name) != len - 1 || memcmp(b->name, at + 1, len - 1))
			continue;
		if (!b->value)
			return sb_fail(err, SB_EINPUT, 0, "%s", b->without);
		*value = b->value;
		*taken = len + 1;
		return 0;
	}
	return fail_unknown(at, at[len] ? len + 1 : len, braces, err);
}

int sb_expand(const char *text, const struct sb_brace *braces, char **out, struct sb_err *err)
{
	size_t room = strlen(text) + 1, len = 0;
	char *to = sb_alloc(room, 1);

	for (const char *at = text; *at;) {
		const char *value = at;
		size_t taken = 1, put = 1;

		if (at[0] == '{' && at[1] == '{') {
			taken = 2;
		} else if (at[0] == '{') {
			if (find_value(at, braces, &value, &taken, err)) {
				free(to);
				return -1;
			}
			put = strlen(value);
		}
		to = sb_realloc(to, room += put, 1);
		memcpy(to + len, value, put);
		len += put;
		at += taken;
	}
	to[len] = '\0';
	*out = to;
	return 0;
}
