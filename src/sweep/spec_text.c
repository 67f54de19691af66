// SPDX-License-Identifier: MIT
/* spec_text.c - what a sweep varies, as it is written: vary, case and zip */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "spec.h"

#define KEY_MAX	  128
#define TEXT_MAX  4096
#define THE_CASES "case"

/* A key without a section is one of the testbed: path, kernel, clock, engine. */
static char *whole_key(const char *text, size_t len)
{
	return memchr(text, '.', len) ? sb_asprintf("%.*s", (int)len, text)
				      : sb_asprintf("testbed.%.*s", (int)len, text);
}

static void trim(const char **text, size_t *len)
{
	while (*len && (**text == ' ' || **text == '\t')) {
		(*text)++;
		(*len)--;
	}
	while (*len && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		(*len)--;
}

/* As long as it is a name: letters, digits, _ and -, a letter first; 0 = there is none. */
static size_t name_len(const char *text, size_t len)
{
	size_t n = 0;

	if (!len || !isalpha((unsigned char)*text))
		return 0;
	while (n < len && (isalnum((unsigned char)text[n]) || text[n] == '_' || text[n] == '-'))
		n++;
	return n;
}

/* What separates: | where there is one, so that a value may have commas of its own. */
static char separator_of(const char *text)
{
	return strchr(text, '|') ? '|' : ',';
}

static int refuse_seed(const char *key, struct sb_err *err)
{
	return strcmp(key, "scenario.seed") != 0
		   ? 0
		   : sb_fail(err, SB_EINPUT, 0,
			     "scenario.seed cannot be a factor; use --seeds 1..20");
}

/* "bbr", or "rain=random 1%": a level with a name. */
static int add_written(struct sb_factor *f, const char *text, size_t len, struct sb_err *err)
{
	struct sb_level level = {0};
	const char *value = text;
	size_t value_len = len, name;

	trim(&value, &value_len);
	text = value;
	name = name_len(value, value_len);
	if (name && name < value_len && value[name] == '=') {
		value += name + 1;
		value_len -= name + 1;
		trim(&value, &value_len);
	} else {
		name = value_len;
	}
	if (!value_len)
		return sb_fail(err, SB_EINPUT, 0, "%s has an empty level; expected LEVEL,LEVEL",
			       f->key);
	level.name = sb_asprintf("%.*s", (int)name, text);
	sb_level_set(&level, sb_asprintf("%s=%.*s", f->key, (int)value_len, value));
	return sb_spec_add_level(f, &level, err);
}

int sb_spec_vary(struct sb_sweep_spec *s, const char *text, struct sb_err *err)
{
	size_t key_len = strcspn(text, "=");
	char separator = separator_of(text);
	const char *at = text + key_len;
	sb_auto_free char *key = NULL;
	struct sb_factor *f;

	if (!*at || !key_len || key_len > KEY_MAX || strlen(text) > TEXT_MAX)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\": expected KEY=LEVEL,LEVEL such as flow.bulk.cc=cubic,bbr",
			       text);
	key = whole_key(text, key_len);
	f = refuse_seed(key, err) ? NULL : sb_spec_factor(s, key, err);
	if (!f)
		return -1;
	do {
		const char *end = strchr(++at, separator);
		size_t len = end ? (size_t)(end - at) : strlen(at);

		if (add_written(f, at, len, err))
			return -1;
		at += len;
	} while (*at);
	return 0;
}

static int fail_case(const char *text, struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0,
		       "\"%s\": expected NAME=KEY=VALUE,KEY=VALUE such as "
		       "geo=link.delay=300ms,link.down.rate=20mbit",
		       text);
}

static int read_setting(struct sb_level *level, const char *text, size_t len, struct sb_err *err)
{
	const char *equals;
	sb_auto_free char *key = NULL;
	size_t key_len, value_len;
	const char *value;

	trim(&text, &len);
	equals = memchr(text, '=', len);
	if (!equals)
		return -1;
	key_len = (size_t)(equals - text);
	value = equals + 1;
	value_len = len - key_len - 1;
	trim(&text, &key_len);
	trim(&value, &value_len);
	if (!key_len || key_len > KEY_MAX || !value_len)
		return -1;
	key = whole_key(text, key_len);
	if (refuse_seed(key, err))
		return -1;
	sb_level_set(level, sb_asprintf("%s=%.*s", key, (int)value_len, value));
	return 0;
}

int sb_spec_case(struct sb_sweep_spec *s, const char *text, struct sb_err *err)
{
	size_t name = name_len(text, strlen(text)), group = 0;
	const char *at = text + name;
	char separator = separator_of(text);
	struct sb_level level = {0};
	sb_auto_free char *key = NULL;
	struct sb_factor *f;
	int rc = 0;

	if (*at == '.') {
		group = name;
		at++;
		name = name_len(at, strlen(at));
		at += name;
	}
	while (*at == ' ' || *at == '\t')
		at++;
	if (!name || *at != '=' || strlen(text) > TEXT_MAX)
		return fail_case(text, err);
	key = group ? sb_asprintf("%.*s", (int)group, text) : sb_strdup(THE_CASES);
	level.name = sb_asprintf("%.*s", (int)name, group ? text + group + 1 : text);
	do {
		const char *end = strchr(++at, separator);
		size_t len = end ? (size_t)(end - at) : strlen(at);
		struct sb_err why = {0};

		rc = read_setting(&level, at, len, &why);
		if (rc && why.code)
			*err = why;
		else if (rc)
			fail_case(text, err);
		at += len;
	} while (!rc && *at);
	f = rc ? NULL : sb_spec_factor(s, key, err);
	if (!f) {
		sb_level_fini(&level);
		return -1;
	}
	return sb_spec_add_level(f, &level, err);
}

int sb_spec_zip(struct sb_sweep_spec *s, const char *text, struct sb_err *err)
{
	char *all = NULL;
	size_t count = 0;

	for (const char *at = text; *at && strlen(text) <= TEXT_MAX;) {
		size_t len = strcspn(at, ","), key_len = len;
		const char *key = at;
		char *before = all;

		trim(&key, &key_len);
		all = sb_asprintf("%s%s%.*s", before ? before : "", before ? "," : "", (int)key_len,
				  key);
		free(before);
		count += key_len > 0;
		at += len + (at[len] == ',');
	}
	if (count < 2) {
		free(all);
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\": expected KEY,KEY such as link.delay,link.down.rate", text);
	}
	for (size_t i = 0; i < s->zip_count; i++) {
		if (strcmp(s->zips[i], all) != 0)
			continue;
		free(all);
		return 0;
	}
	s->zips = sb_grow(s->zips, s->zip_count, &s->zip_room, sizeof(*s->zips));
	s->zips[s->zip_count++] = all;
	return 0;
}
