// SPDX-License-Identifier: MIT
/*
 * ini.c - INI text to sections, keys and values, each with its line, by way of libinih
 *
 * libinih splits the lines; this file feeds them to it one at a time and so knows which one it is
 * at. The packaged library is built with other options on every distribution (line numbers for the
 * handler, calls on new sections, stop at the first error, key without value), so none is relied
 * upon:
 *
 * - the feeder counts the lines it hands out;
 * - after a section's header it hands out a line of its own making, HEADER_MARK, which libinih
 *   gives back as a key of the new section: that is how an empty section becomes known;
 * - whatever libinih would refuse, cut off or join (long lines, continuation lines, a header
 * without its bracket) is found and reported first, and an empty line handed out in its place.
 */
#include "sections.h"

#include <ctype.h>
#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

/* libinih's line buffer holds 200 bytes, its section name 50; both with their ends. */
#define MAX_LINE    190
#define MAX_SECTION 48

/* A control character cannot come from the file. */
#define HEADER_MARK "\001"

struct feeder {
	const char *at, *end;
	int line;
	bool mark_next; /* hand out HEADER_MARK before the next line */
	bool skipping;	/* inside a section whose header was wrong */
	struct sb_findings *findings;
	struct sb_ini *ini;
};

static struct sb_ini_section *add_section(struct sb_ini *ini, const char *name, int place)
{
	ini->sections = sb_grow(ini->sections, ini->count, &ini->room, sizeof(*ini->sections));
	ini->sections[ini->count] =
	    (struct sb_ini_section){.place = place, .name = sb_strdup(name)};
	return &ini->sections[ini->count++];
}

static void add_entry(struct sb_ini_section *s, const char *key, const char *value, int place)
{
	s->entries = sb_grow(s->entries, s->count, &s->room, sizeof(*s->entries));
	s->entries[s->count++] =
	    (struct sb_ini_entry){.place = place, .key = sb_strdup(key), .value = sb_strdup(value)};
}

/* What libinih found; user data, section, key, value and not the line number it may add. */
static int take_pair(void *user, const char *section, const char *key, const char *value)
{
	struct feeder *f = user;

	if (!key || !value)
		return 1;
	if (!strcmp(key, HEADER_MARK)) {
		while (*section == ' ' || *section == '\t')
			section++;
		add_section(f->ini, section, f->line);
	} else if (!f->ini->count) {
		sb_findings_add(f->findings, f->line, "key \"%s\" is outside any section", key);
	} else if (!*value) {
		sb_findings_add(f->findings, f->line, "\"%s\" has no value", key);
	} else {
		add_entry(&f->ini->sections[f->ini->count - 1], key, value, f->line);
	}
	return 1;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* Length of the UTF-8 sequence at @s, 0 when it is none. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

/* NULL when the line is text, else what is wrong with it. */
static const char *check_text(const char *line, size_t len)
{
	if (len > MAX_LINE)
		return "the line is longer than 190 bytes";
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)line[i];

		n = utf8_len((const unsigned char *)line + i, len - i);
		if (!n)
			return "not UTF-8 text";
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return "a control character";
	}
	return NULL;
}

/* NULL when a line that begins with '[' is a header, else what is wrong with it. */
static const char *check_header(const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	const char *rest, *end = line + len;

	if (!close)
		return "a section header without its \"]\"";
	if (close - line > MAX_SECTION)
		return "a section name of more than 47 bytes";
	for (const char *p = line + 1; p < close; p++)
		if (!is_name_char(*p))
			return "a section name is made of letters, digits and . _ -";
	if (close == line + 1)
		return "a section header without a name";
	for (rest = close + 1; rest < end && (*rest == ' ' || *rest == '\t');)
		rest++;
	if (rest < end && (*rest != ';' || rest == close + 1) && *rest != '#')
		return "text after a section header";
	return NULL;
}

/* NULL when the line is "key = value", else what is wrong with it. */
static const char *check_pair(const char *line, size_t len)
{
	size_t n = 0, after;

	while (n < len && is_name_char(line[n]))
		n++;
	for (after = n; after < len && (line[after] == ' ' || line[after] == '\t');)
		after++;
	if (after < len && line[after] == '=')
		return n ? NULL : "a value without its key";
	if (after < len && line[after] == ':')
		return "expected \"key = value\", found \":\" where \"=\" belongs";
	if (after < len && (line[after] == '<' || line[after] == '>'))
		return "expected \"key = value\"; a comparison is written \"key = >= value\"";
	if (after > n && after < len && memchr(line + after, '=', len - after))
		return "a key is one word of letters, digits and . _ -";
	return "neither a [section], nor \"key = value\", nor a ; comment";
}

/* Hand out one line, whole or (when something is wrong with it) empty. */
static void hand_out(struct feeder *f, const char *line, size_t len, char *to)
{
	const char *wrong = check_text(line, len);
	bool header = len && line[0] == '[';

	to[0] = '\0';
	if (!len || line[0] == ';' || line[0] == '#')
		return;
	if (!wrong)
		wrong = header ? check_header(line, len) : check_pair(line, len);
	if (header)
		f->skipping = wrong != NULL;
	if (wrong) {
		sb_findings_add(f->findings, f->line, "%s", wrong);
	} else if (!f->skipping) {
		memcpy(to, line, len);
		to[len] = '\0';
		f->mark_next = header;
	}
}

/* libinih's reader: like fgets() it fills @to and returns it, NULL at the end. */
static char *feed_line(char *to, int room, void *user)
{
	struct feeder *f = user;
	const char *line = f->at, *newline;

	if (f->mark_next) {
		f->mark_next = false;
		return strcpy(to, HEADER_MARK "=x\n");
	}
	if (f->at >= f->end || room <= MAX_LINE + 1)
		return NULL;
	f->line++;
	newline = memchr(line, '\n', (size_t)(f->end - line));
	f->at = newline ? newline + 1 : f->end;
	if (!newline)
		newline = f->end;
	/* Without its indent a line cannot be taken for the continuation of the one before. */
	while (line < newline && (*line == ' ' || *line == '\t'))
		line++;
	while (newline > line && (newline[-1] == '\r' || newline[-1] == ' ' || newline[-1] == '\t'))
		newline--;
	hand_out(f, line, (size_t)(newline - line), to);
	return to;
}

void sb_ini_read(const char *text, size_t len, struct sb_findings *findings, struct sb_ini *out)
{
	struct feeder f = {.at = text, .end = text + len, .findings = findings, .ini = out};

	/* A byte order mark, which some editors write. */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		f.at += 3;
	if (ini_parse_stream(feed_line, &f, take_pair, &f))
		sb_findings_add(findings, f.line, "not understood as INI");
	if (f.at < f.end)
		sb_findings_add(findings, f.line, "not read any further");
}

static struct sb_ini_section *find_section(struct sb_ini *ini, const char *name)
{
	for (size_t i = 0; i < ini->count; i++)
		if (!strcmp(ini->sections[i].name, name))
			return &ini->sections[i];
	return NULL;
}

void sb_ini_set(struct sb_ini *ini, const char *set, size_t n, struct sb_findings *f)
{
	int place = -(int)n - 1;
	const char *equals = strchr(set, '=');
	sb_auto_free char *name = sb_strdup(set);
	struct sb_ini_section *s;
	const char *fault;
	char *dot, *value;

	if (!equals || equals == set) {
		sb_findings_add(f, place, "expected section.key=value");
		return;
	}
	name[equals - set] = '\0';
	value = name + (equals - set) + 1;
	/* Section names have dots of their own, as have the keys of [expect]. */
	dot = strncmp(name, "expect.", 7) ? strrchr(name, '.') : name + 6;
	if (!dot || dot == name || !dot[1] || !*value) {
		sb_findings_add(f, place, "expected section.key=value");
		return;
	}
	fault =
	    strlen(value) > MAX_LINE ? "longer than 190 bytes" : check_text(value, strlen(value));
	if (fault) {
		sb_findings_add(f, place, "invalid value of %s: %s", name, fault);
		return;
	}
	*dot = '\0';
	s = find_section(ini, name);
	if (!s)
		s = add_section(ini, name, place);
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->entries[i].key, dot + 1))
			continue;
		free(s->entries[i].value);
		s->entries[i].value = sb_strdup(value);
		s->entries[i].place = place;
		return;
	}
	add_entry(s, dot + 1, value, place);
}

void sb_ini_fini(struct sb_ini *ini)
{
	for (size_t i = 0; i < ini->count; i++) {
		struct sb_ini_section *s = &ini->sections[i];

		for (size_t j = 0; j < s->count; j++) {
			free(s->entries[j].key);
			free(s->entries[j].value);
		}
		free(s->entries);
		free(s->name);
	}
	free(ini->sections);
	*ini = (struct sb_ini){0};
}
