// SPDX-License-Identifier: MIT
/* load.c - text, overrides and schema to a scenario */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/check/check.h"
#include "files.h"
#include "grammar.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"
#include "schema.h"
#include "sections.h"
#include "sweep_section.h"
#include "scenario/tables/trace.h"

#define MAX_FILE_BYTES (256 * 1024)
#define MAX_SECTIONS   512
#define MAX_EXPECTS    64

static void free_value(enum sb_value_type type, struct sb_value *v)
{
	if (v->state != SB_VALUE_DEFAULT && v->state != SB_VALUE_WRITTEN)
		return;
	if (type == SB_TYPE_NAME || type == SB_TYPE_TEXT || type == SB_TYPE_ENGINE)
		free(v->text);
	else if (type == SB_TYPE_INSTANTS)
		free(v->instants.ns);
	else if (type == SB_TYPE_JITTER) {
		free(v->jitter.path);
		free(v->jitter.quantiles);
		free(v->jitter.samples_ns);
	} else if (type == SB_TYPE_LINK_RATE) {
		free(v->rate.drawn);
	} else if (type == SB_TYPE_TRACE || type == SB_TYPE_DELAY_TRACE) {
		free(v->file.path);
		sb_trace_free(v->file.trace);
	} else if (type == SB_TYPE_TLE) {
		free(v->tle.path);
		free(v->tle.list);
	}
}

static void set_defaults(struct sb_section *s)
{
	enum sb_key first = sb_first_key(s->kind), end = sb_first_key(s->kind + 1);

	s->values = sb_alloc(end - first, sizeof(*s->values));
	for (int key = first; key < (int)end; key++) {
		const struct sb_key_row *row = &sb_key_rows[key];
		struct sb_value *v = &s->values[key - first];
		struct sb_err err = {0};

		if (!row->standard)
			continue;
		/* The table's own words cannot be wrong: a unit test parses them all. */
		if (sb_type_rows[row->type].parse(row, row->standard, v, &err))
			abort();
		v->state = SB_VALUE_DEFAULT;
	}
}

static struct sb_section *add_section(struct sb_scenario *sc, const struct sb_section *like,
				      int place)
{
	struct sb_section *s;

	sc->sections = sb_realloc(sc->sections, sc->section_count + 1, sizeof(*s));
	s = &sc->sections[sc->section_count++];
	*s = *like;
	s->place = place;
	set_defaults(s);
	return s;
}

static struct sb_section *find_section(struct sb_scenario *sc, const struct sb_section *like)
{
	for (size_t i = 0; i < sc->section_count; i++) {
		struct sb_section *s = &sc->sections[i];

		if (s->kind == like->kind && s->client == like->client &&
		    s->terminal == like->terminal && s->direction == like->direction &&
		    !strcmp(s->name, like->name))
			return s;
	}
	return NULL;
}

static const char *name_place(char buf[24], int place)
{
	if (place < 0)
		return "by --set";
	snprintf(buf, 24, "at line %d", place);
	return buf;
}

/* --- keys --- */

static void report_unknown_key(struct sb_findings *f, const struct sb_section *s,
			       const char *section, const struct sb_ini_entry *e)
{
	const char *names[SB_KEY_COUNT + 1] = {NULL};
	enum sb_key first = sb_first_key(s->kind), end = sb_first_key(s->kind + 1);
	const char *near;

	for (int key = first; key < (int)end; key++)
		names[key - first] = sb_key_rows[key].name;
	near = sb_suggest(e->key, names);
	if (near) {
		sb_findings_add(f, e->place, "unknown key \"%s\" in [%s]; did you mean \"%s\"?",
				e->key, section, near);
		return;
	}
	for (int kind = 0; kind < SB_SEC_COUNT; kind++) {
		if (sb_find_key((enum sb_section_kind)kind, e->key) == SB_KEY_COUNT)
			continue;
		sb_findings_add(f, e->place, "unknown key \"%s\" in [%s]; it belongs in [%s%s]",
				e->key, section, sb_section_rows[kind].name,
				sb_section_rows[kind].named ? ".NAME" : "");
		return;
	}
	sb_findings_add(f, e->place,
			"unknown key \"%s\" in [%s]; `satbed explain %s` lists its keys", e->key,
			section, sb_section_rows[s->kind].name);
}

static void report_bad_value(struct sb_findings *f, const struct sb_ini_entry *e, const char *why)
{
	const char *hint = "";

	if (strchr(e->value, '#'))
		hint = "; a comment after a value begins with \" ;\"";
	else if (strchr(e->value, ';'))
		hint = "; a comment after a value needs a blank before its \";\"";
	sb_findings_add(f, e->place, "%s: %s%s", e->key, why, hint);
}

static void add_expectation(struct sb_scenario *sc, const struct sb_key_row *row,
			    const struct sb_ini_entry *e, struct sb_findings *f)
{
	struct sb_expectation x = {.place = e->place};
	char where[24];

	for (size_t i = 0; i < sc->expect_count; i++) {
		if (strcmp(sc->expects[i].expect.what, e->key))
			continue;
		sb_findings_add(f, e->place, "\"%s\" again, first %s", e->key,
				name_place(where, sc->expects[i].place));
		return;
	}
	if (sc->expect_count == MAX_EXPECTS) {
		sb_findings_add(f, e->place, "more than %d lines in [expect]", MAX_EXPECTS);
		return;
	}
	/* The value has been read once already; only the name of a flow can be too long. */
	if (sb_read_expect(row, e->value, &x.expect, NULL) ||
	    sb_copy_str(x.expect.what, sizeof(x.expect.what), e->key)) {
		sb_findings_add(f, e->place, "the key \"%s\" is too long", e->key);
		return;
	}
	sc->expects = sb_realloc(sc->expects, sc->expect_count + 1, sizeof(x));
	sc->expects[sc->expect_count++] = x;
}

static void take_entry(struct sb_scenario *sc, struct sb_section *s, const char *section,
		       const struct sb_ini_entry *e, struct sb_findings *f)
{
	enum sb_key key = sb_find_key(s->kind, e->key);
	const struct sb_key_row *row = &sb_key_rows[key];
	struct sb_value *v, parsed = {0};
	struct sb_err err = {0};
	char where[24];

	if (key == SB_KEY_COUNT) {
		report_unknown_key(f, s, section, e);
		return;
	}
	v = &s->values[key - sb_first_key(s->kind)];
	if (s->kind != SB_SEC_EXPECT &&
	    (v->state == SB_VALUE_WRITTEN || v->state == SB_VALUE_BAD)) {
		sb_findings_add(f, e->place, "\"%s\" again in [%s], first %s", e->key, section,
				name_place(where, v->place));
		return;
	}
	if (sb_type_rows[row->type].parse(row, e->value, &parsed, &err)) {
		report_bad_value(f, e, err.msg);
		free_value(row->type, v);
		*v = (struct sb_value){.state = SB_VALUE_BAD, .place = e->place};
		return;
	}
	free_value(row->type, v);
	*v = parsed;
	v->state = SB_VALUE_WRITTEN;
	v->place = e->place;
	if (s->kind == SB_SEC_EXPECT)
		add_expectation(sc, row, e, f);
}

/* --- sections --- */

static void take_section(struct sb_scenario *sc, const struct sb_ini_section *from,
			 struct sb_findings *f)
{
	struct sb_section like, *s;
	struct sb_err err = {0};
	char where[24];

	if (sb_section_classify(from->name, &like, &err)) {
		sb_findings_add(f, from->place, "%s", err.msg);
		return;
	}
	s = find_section(sc, &like);
	if (s && s->place)
		sb_findings_add(f, from->place, "[%s] again, first %s; put its keys there",
				from->name, name_place(where, s->place));
	if (s)
		s->place = s->place ? s->place : from->place;
	else
		s = add_section(sc, &like, from->place);
	for (size_t i = 0; i < from->count; i++)
		take_entry(sc, s, from->name, &from->entries[i], f);
}

/* What is varied is read where it is used; a run of the scenario is the same with it and without. */
static void take_sweep(const struct sb_ini_section *from, const char *named, struct sb_findings *f)
{
	if (named)
		sb_findings_add(f, from->place,
				"this is the file of a sweep, about the scenario %s; run it with: "
				"satbed sweep %s",
				named, f->file);
	else
		sb_sweep_section_check(from, f);
}

static struct sb_scenario *new_scenario(const char *name, const char *const *sets, size_t set_count)
{
	struct sb_scenario *sc = sb_alloc(1, sizeof(*sc));
	struct sb_section always[] = {
	    {.kind = SB_SEC_SCENARIO},
	    {.kind = SB_SEC_TESTBED},
	    {.kind = SB_SEC_LINK, .direction = SB_WORD_BOTH},
	};

	sc->file = sb_strdup(name);
	sc->sets = sb_alloc(set_count, sizeof(*sc->sets));
	sc->set_count = set_count;
	for (size_t i = 0; i < set_count; i++)
		sc->sets[i] = sb_strdup(sets[i]);
	for (size_t i = 0; i < SB_ARRAY_LEN(always); i++)
		add_section(sc, &always[i], 0);
	return sc;
}

static int parse(const char *name, const char *beside, const char *text, size_t len,
		 const char *const *sets, size_t set_count, struct sb_scenario **out,
		 struct sb_err *err)
{
	struct sb_findings f = {.file = name, .sets = sets};
	struct sb_scenario *sc;
	struct sb_ini ini = {0};

	sb_ini_read(text, len, &f, &ini);
	for (size_t i = 0; i < set_count; i++)
		sb_ini_set(&ini, sets[i], i, &f);
	sc = new_scenario(name, sets, set_count);
	if (ini.count > MAX_SECTIONS)
		sb_findings_add(&f, ini.sections[MAX_SECTIONS].place, "more than %d sections",
				MAX_SECTIONS);
	for (size_t i = 0; i < ini.count && i < MAX_SECTIONS; i++) {
		if (!strcmp(ini.sections[i].name, "sweep"))
			take_sweep(&ini.sections[i], sb_sweep_section_scenario(&ini), &f);
		else
			take_section(sc, &ini.sections[i], &f);
	}
	sb_ini_fini(&ini);
	sb_scenario_check(sc, &f);
	sb_scenario_read_files(sc, beside, &f);
	if (sb_findings_close(&f, err)) {
		sb_scenario_free(sc);
		return -1;
	}
	*out = sc;
	return 0;
}

int sb_scenario_parse(const char *name, const char *text, size_t len, const char *const *sets,
		      size_t set_count, struct sb_scenario **out, struct sb_err *err)
{
	return parse(name, NULL, text, len, sets, set_count, out, err);
}

/* sb_read_file() takes a path; a pipe has none of its own. */
static int read_stdin(char **out, size_t *out_len, struct sb_err *err)
{
	size_t len = 0;
	char *text = sb_alloc(MAX_FILE_BYTES + 1, 1);

	len = fread(text, 1, MAX_FILE_BYTES + 1, stdin);
	if (ferror(stdin) || len > MAX_FILE_BYTES) {
		free(text);
		return sb_fail(err, SB_EINPUT, 0,
			       "standard input: cannot be read, or more than %d bytes",
			       MAX_FILE_BYTES);
	}
	*out = text;
	*out_len = len;
	return 0;
}

int sb_scenario_load(const char *path, const char *const *sets, size_t set_count,
		     struct sb_scenario **out, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	size_t len;

	if (!strcmp(path, "-")) {
		if (read_stdin(&text, &len, err))
			return -1;
		return parse("standard input", "", text, len, sets, set_count, out, err);
	}
	if (sb_read_file(path, MAX_FILE_BYTES, &text, &len, err))
		return -1;
	if (!parse(path, path, text, len, sets, set_count, out, err))
		return 0;
	return sb_may_quote(path, true)
		   ? -1
		   : sb_fail(err, SB_EINPUT, 0,
			     "%s: not a valid scenario; what is wrong is not shown, for other "
			     "users may not read that file (allow it: chmod o+r)",
			     path);
}

static void free_section(struct sb_section *s)
{
	enum sb_key first = sb_first_key(s->kind), end = sb_first_key(s->kind + 1);

	for (int key = first; key < (int)end; key++)
		free_value(sb_key_rows[key].type, &s->values[key - first]);
	free(s->values);
}

/* "goodput.bulk": is "bulk" a flow? */
static bool is_of_flow(const struct sb_scenario *sc, const char *what)
{
	const char *dot = strchr(what, '.');

	for (size_t i = 0; dot && i < sc->section_count; i++)
		if (sc->sections[i].kind == SB_SEC_FLOW && !strcmp(sc->sections[i].name, dot + 1))
			return true;
	return false;
}

void sb_scenario_without_flows(struct sb_scenario *sc, int64_t duration_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < sc->section_count; i++)
		if (sc->sections[i].kind == SB_SEC_SCENARIO)
			sc->sections[i]
			    .values[SB_KEY_DURATION - sb_first_key(SB_SEC_SCENARIO)]
			    .time_ns = duration_ns;
	for (size_t i = 0; i < sc->expect_count; i++)
		if (!is_of_flow(sc, sc->expects[i].expect.what))
			sc->expects[kept++] = sc->expects[i];
	sc->expect_count = kept;
	kept = 0;
	for (size_t i = 0; i < sc->section_count; i++) {
		if (sc->sections[i].kind == SB_SEC_FLOW)
			free_section(&sc->sections[i]);
		else
			sc->sections[kept++] = sc->sections[i];
	}
	sc->section_count = kept;
}

void sb_scenario_free(struct sb_scenario *sc)
{
	if (!sc)
		return;
	for (size_t i = 0; i < sc->section_count; i++)
		free_section(&sc->sections[i]);
	for (size_t i = 0; i < sc->set_count; i++)
		free(sc->sets[i]);
	free(sc->sets);
	free(sc->sections);
	free(sc->expects);
	free(sc->file);
	free(sc);
}
