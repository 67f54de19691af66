// SPDX-License-Identifier: MIT
/* text.c - one JSON object written into a fixed buffer: nothing is allocated while packets fly */
#include "text.h"

#include <stdio.h>
#include <string.h>

#include "satbed/base/base64.h"

#define TAIL	   4 /* closing braces and the newline */
#define STRING_MAX 6000

/* A member fits as a whole or is left out as a whole, so the object stays JSON. */
static void put_member(struct sb_text *t, const char *key, const char *value)
{
	const char *comma = t->buf[t->len - 1] == '{' ? "" : ",";
	size_t room = sizeof(t->buf) - TAIL - t->len;
	size_t need = strlen(comma) + strlen(key) + 3 + strlen(value);

	if (t->cut || need >= room) {
		t->cut = true;
		return;
	}
	snprintf(t->buf + t->len, room, "%s\"%s\":%s", comma, key, value);
	t->len += need;
}

void sb_text_open(struct sb_text *t, const char *event)
{
	t->buf[0] = '{';
	t->len = 1;
	t->depth = 1;
	t->cut = false;
	sb_text_str(t, "ev", event);
}

void sb_text_int(struct sb_text *t, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	put_member(t, key, text);
}

void sb_text_uint(struct sb_text *t, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put_member(t, key, text);
}

void sb_text_bool(struct sb_text *t, const char *key, bool value)
{
	put_member(t, key, value ? "true" : "false");
}

void sb_text_str(struct sb_text *t, const char *key, const char *value)
{
	char text[STRING_MAX + 8];
	size_t len = 0;

	if (!value) {
		put_member(t, key, "null");
		return;
	}
	text[len++] = '"';
	for (; *value && len < STRING_MAX; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '\t' || c == '\n')
			c = ' ';
		else if (c < ' ' || c >= 0x7f)
			c = '?';
		if (c == '"' || c == '\\')
			text[len++] = '\\';
		text[len++] = (char)c;
	}
	text[len++] = '"';
	text[len] = '\0';
	put_member(t, key, text);
}

void sb_text_data(struct sb_text *t, const char *key, const void *data, size_t len)
{
	char text[SB_BASE64_LEN(SB_TEXT_DATA_MAX) + 3];
	size_t n;

	text[0] = '"';
	n = 1 + sb_base64_encode(data, len < SB_TEXT_DATA_MAX ? len : SB_TEXT_DATA_MAX, text + 1);
	text[n++] = '"';
	text[n] = '\0';
	put_member(t, key, text);
}

void sb_text_sub(struct sb_text *t, const char *key)
{
	put_member(t, key, "{");
	if (!t->cut)
		t->depth++;
}

void sb_text_sub_close(struct sb_text *t)
{
	if (t->cut)
		return; /* sb_text_close() ends what is open */
	t->buf[t->len++] = '}';
	t->depth--;
}

void sb_text_close(struct sb_text *t)
{
	for (; t->depth; t->depth--)
		t->buf[t->len++] = '}';
	t->buf[t->len++] = '\n';
}
