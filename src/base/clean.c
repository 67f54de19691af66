// SPDX-License-Identifier: MIT
/* clean.c - text from outside made safe for terminals and JSON */
#include "satbed/base/clean.h"

#include <stddef.h>
#include <string.h>

#include "satbed/base/mem.h"

/* Length of the well-formed UTF-8 sequence at @s (RFC 3629, table of section 4), or 0. */
static size_t utf8_len(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	/* The second byte rules out overlong forms, surrogates and what is beyond U+10FFFF. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* C0, DEL, and the C1 set (U+0080 to U+009F), which terminals obey as well. */
static bool is_control(const unsigned char *s, size_t len)
{
	return (len == 1 && (s[0] < 0x20 || s[0] == 0x7f)) ||
	       (len == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

static void clean(char *text, bool keep_lines)
{
	size_t at = 0, len;

	while (text[at]) {
		const unsigned char *s = (const unsigned char *)text + at;

		len = utf8_len(s);
		if (len == 0 || (is_control(s, len) && !(keep_lines && s[0] == '\n'))) {
			len = len ? len : 1;
			memset(text + at, '?', len);
		}
		at += len;
	}
}

char *sb_clean(const char *text)
{
	char *copy = sb_strdup(text);

	clean(copy, false);
	return copy;
}

void sb_clean_lines(char *text)
{
	clean(text, true);
}

bool sb_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t len = utf8_len(s);

		if (!len)
			return false;
		s += len;
	}
	return true;
}

void sb_hide_passwords(char *text)
{
	char *at = text;

	while ((at = strstr(at, "://"))) {
		size_t len = strcspn(at += 3, "/?# \t\"'<>\\,");
		char *end = memrchr(at, '@', len);

		if (!end)
			continue;
		memset(at, '*', end - at > 3 ? 3 : (size_t)(end - at));
		if (end - at > 3)
			memmove(at + 3, end, strlen(end) + 1);
	}
}
