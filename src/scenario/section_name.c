// SPDX-License-Identifier: MIT
/* section_name.c - what "link.client2.up" or "event.reconfigure" stands for */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/scenario.h"
#include "schema.h"

static const char *const link_parts[] = {"up", "down", "client1", "terminal1", NULL};

static int fail_section(const char *text, size_t stem, struct sb_err *err)
{
	const char *kinds[SB_SEC_COUNT + 1] = {NULL};
	char typed[64];
	const char *near;

	for (int k = 0; k < SB_SEC_COUNT; k++)
		kinds[k] = sb_section_rows[k].name;
	snprintf(typed, sizeof(typed), "%.*s", (int)stem, text);
	near = sb_suggest(typed, kinds);
	if (!near)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "unknown section [%s], expected scenario, testbed, link, orbit, event.NAME, "
		    "flow.NAME, expect or sweep",
		    text);
	for (int k = 0; k < SB_SEC_COUNT; k++)
		if (near == sb_section_rows[k].name && sb_section_rows[k].named && !text[stem])
			return sb_fail(err, SB_EINPUT, 0,
				       "unknown section [%s]; did you mean \"[%s.NAME]\"?", text,
				       near);
	return sb_fail(err, SB_EINPUT, 0, "unknown section [%s]; did you mean \"[%s%s]\"?", text,
		       near, text + stem);
}

/* "client12" to 12, where @word is "client"; 0 when it is none. */
static unsigned int number_of(const char *word, const char *part, size_t len)
{
	size_t stem = strlen(word);
	unsigned int n = 0;

	if (len < stem + 1 || len > stem + 3 || strncmp(part, word, stem) || part[stem] == '0')
		return 0;
	for (size_t i = stem; i < len; i++) {
		if (!isdigit((unsigned char)part[i]))
			return 0;
		n = n * 10 + (unsigned int)(part[i] - '0');
	}
	return n;
}

/* What follows "link": up to three parts, a client, a terminal and a direction. */
static int read_link(const char *text, const char *rest, struct sb_section *s, struct sb_err *err)
{
	s->direction = SB_WORD_BOTH;
	while (*rest == '.') {
		const char *part = rest + 1;
		size_t len = strcspn(part, ".");
		unsigned int client = number_of("client", part, len);
		unsigned int terminal = number_of("terminal", part, len);
		char typed[64];
		const char *near;

		rest = part + len;
		if (client && !s->client && !s->terminal && s->direction == SB_WORD_BOTH) {
			s->client = client;
			continue;
		}
		if (terminal && !s->terminal && s->direction == SB_WORD_BOTH) {
			s->terminal = terminal;
			continue;
		}
		if (s->direction == SB_WORD_BOTH && len == 2 && !strncmp(part, "up", 2)) {
			s->direction = SB_WORD_UP;
			continue;
		}
		if (s->direction == SB_WORD_BOTH && len == 4 && !strncmp(part, "down", 4)) {
			s->direction = SB_WORD_DOWN;
			continue;
		}
		snprintf(typed, sizeof(typed), "%.*s", (int)len, part);
		near = sb_suggest(typed, link_parts);
		if (near && !client && !terminal && strcmp(near, typed))
			return sb_fail(err, SB_EINPUT, 0,
				       "unknown section [%s]; did you mean \"[%.*s%s%s]\"?", text,
				       (int)(part - text), text, near, rest);
		return sb_fail(err, SB_EINPUT, 0, "unknown section [%s], expected %s", text,
			       sb_section_rows[SB_SEC_LINK].forms);
	}
	return 0;
}

static int read_name(const char *text, const char *rest, struct sb_section *s, struct sb_err *err)
{
	const char *name = rest + 1;

	if (*rest != '.' || !*name)
		return sb_fail(err, SB_EINPUT, 0, "[%s] needs a name, for example [%s.a]", text,
			       sb_section_rows[s->kind].name);
	if (strchr(name, '.'))
		return sb_fail(err, SB_EINPUT, 0, "the name in [%s] has a dot in it", text);
	if (sb_copy_str(s->name, sizeof(s->name), name))
		return sb_fail(err, SB_EINPUT, 0, "the name in [%s] is longer than %d bytes", text,
			       SB_NAME_MAX - 1);
	return 0;
}

/* The section that @text begins with, up to a dot or its end; SB_SEC_COUNT when it is none. */
static int section_of(const char *text, size_t stem)
{
	int kind = 0;

	while (kind < SB_SEC_COUNT && (strlen(sb_section_rows[kind].name) != stem ||
				       strncmp(sb_section_rows[kind].name, text, stem) != 0))
		kind++;
	return kind;
}

int sb_section_classify(const char *text, struct sb_section *out, struct sb_err *err)
{
	struct sb_section s = {0};
	size_t stem = strcspn(text, ".");
	int kind = section_of(text, stem), rc = 0;

	if (kind == SB_SEC_COUNT)
		return fail_section(text, stem, err);
	s.kind = (enum sb_section_kind)kind;
	if (s.kind == SB_SEC_LINK)
		rc = read_link(text, text + stem, &s, err);
	else if (sb_section_rows[kind].named)
		rc = read_name(text, text + stem, &s, err);
	else if (text[stem])
		rc = sb_fail(err, SB_EINPUT, 0, "unknown section [%s]; did you mean \"[%.*s]\"?",
			     text, (int)stem, text);
	if (!rc)
		*out = s;
	return rc;
}

bool sb_scenario_is_set(const char *text)
{
	size_t stem = strcspn(text, ".");

	return text[stem] && section_of(text, stem) < SB_SEC_COUNT;
}

const char *sb_scenario_words(const char *key)
{
	size_t stem = strcspn(key, ".");
	int kind = section_of(key, stem);
	enum sb_key found;

	if (kind == SB_SEC_COUNT || !key[stem])
		return NULL;
	found = sb_find_key((enum sb_section_kind)kind, key + stem + 1);
	return found == SB_KEY_COUNT ? NULL : sb_key_rows[found].words;
}
