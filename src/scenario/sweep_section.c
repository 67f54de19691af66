// SPDX-License-Identifier: MIT
/* sweep_section.c - [sweep]: what satbed sweep varies, in a scenario or in a file of its own */
#include "sweep_section.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/scenario_sweep.h"
#include "sections.h"

#define MAX_FILE_BYTES (1 << 20)

static const struct form {
	const char *form, *help, *example;
} forms[] = {
    {"vary.SECTION.KEY = LEVEL, LEVEL",
     "A factor: a key of the scenario and its levels; all factors are crossed. Where a value has "
     "commas, | separates. NAME=LEVEL gives a level the name that tables and pictures show.",
     "vary.link.down.loss = clear=none | rain=random 1% | fade=gemodel 2%, 20"},
    {"case.NAME = SECTION.KEY=VALUE, SECTION.KEY=VALUE",
     "A named case: several keys at once. All cases are the levels of one factor, \"case\", which "
     "is crossed with the others; case.FACTOR.NAME makes one of another factor.",
     "case.geo = link.delay=300ms, link.down.rate=20mbit"},
    {"zip = KEY, KEY",
     "These factors go step by step together and are not crossed: first level with first level, "
     "second with second. May be repeated.",
     "zip = link.delay, link.down.rate"},
    {"seeds = FROM..TO", "Seeds that each combination is run with.", "seeds = 1..20"},
    {"set.SECTION.KEY = VALUE", "A key of the scenario for all runs of the sweep.",
     "set.testbed.clock = virtual"},
    {"scenario = FILE",
     "In a file that has this section alone: the scenario, relative to that file. Its own [sweep] "
     "does not count then.",
     "scenario = geo-medium.ini"},
};

size_t sb_sweep_forms(void)
{
	return SB_ARRAY_LEN(forms);
}

const char *sb_sweep_form(size_t i, const char **help, const char **example)
{
	*help = forms[i].help;
	*example = forms[i].example;
	return forms[i].form;
}

void sb_sweep_section_check(const struct sb_ini_section *from, struct sb_findings *f)
{
	static const char *const stems[] = {"vary.", "case.", "set."};

	for (size_t i = 0; i < from->count; i++) {
		const struct sb_ini_entry *e = &from->entries[i];
		bool known = !strcmp(e->key, "seeds") || !strcmp(e->key, "zip") ||
			     !strcmp(e->key, "scenario");

		for (size_t k = 0; k < SB_ARRAY_LEN(stems); k++)
			known |= !strncmp(e->key, stems[k], strlen(stems[k])) &&
				 e->key[strlen(stems[k])];
		if (!known)
			sb_findings_add(f, e->place,
					"unknown key \"%s\" in [sweep], expected seeds, zip, "
					"scenario, case.NAME, set.SECTION.KEY or vary.SECTION.KEY "
					"such as vary.flow.bulk.cc = cubic, bbr",
					e->key);
	}
}

const char *sb_sweep_section_scenario(const struct sb_ini *ini)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct sb_ini_section *s = &ini->sections[i];

		for (size_t k = 0; k < s->count && !strcmp(s->name, "sweep"); k++)
			if (!strcmp(s->entries[k].key, "scenario"))
				return s->entries[k].value;
	}
	return NULL;
}

static char *beside(const char *path, const char *file)
{
	const char *slash = strrchr(path, '/');

	return *file == '/' || !slash ? sb_strdup(file)
				      : sb_asprintf("%.*s/%s", (int)(slash - path), path, file);
}

static void take(struct sb_sweep_section *out, const struct sb_ini_section *from)
{
	for (size_t i = 0; i < from->count; i++) {
		if (!strcmp(from->entries[i].key, "scenario"))
			continue;
		out->entries = sb_grow(out->entries, out->count, &out->room, sizeof(*out->entries));
		out->entries[out->count++] =
		    (struct sb_sweep_entry){.key = sb_strdup(from->entries[i].key),
					    .value = sb_strdup(from->entries[i].value)};
	}
}

int sb_sweep_section_read(const char *path, struct sb_sweep_section *out, struct sb_err *err)
{
	struct sb_findings f = {.file = path};
	sb_auto_free char *text = NULL;
	struct sb_sweep_section s = {0};
	struct sb_ini ini = {0};
	struct sb_err why = {0};
	const char *scenario;
	size_t len;

	if (sb_read_file(path, MAX_FILE_BYTES, &text, &len, err))
		return -1;
	sb_ini_read(text, len, &f, &ini);
	scenario = sb_sweep_section_scenario(&ini);
	for (size_t i = 0; i < ini.count; i++) {
		if (!strcmp(ini.sections[i].name, "sweep")) {
			sb_sweep_section_check(&ini.sections[i], &f);
			take(&s, &ini.sections[i]);
		} else if (scenario) {
			sb_findings_add(&f, ini.sections[i].place,
					"[%s] in the file of a sweep; put it into its scenario, or "
					"use set. in [sweep]",
					ini.sections[i].name);
		}
	}
	s.scenario = scenario ? beside(path, scenario) : NULL;
	sb_ini_fini(&ini);
	/* What is wrong with a scenario is told when it is loaded. */
	if (!sb_findings_close(&f, &why) || !s.scenario) {
		*out = s;
		return 0;
	}
	sb_sweep_section_fini(&s);
	if (!sb_may_quote(path, true))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: not a valid sweep; what is wrong is not shown, for other users "
			       "may not read that file (allow it: chmod o+r)",
			       path);
	*err = why;
	return -1;
}

void sb_sweep_section_fini(struct sb_sweep_section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->entries[i].key);
		free(s->entries[i].value);
	}
	free(s->entries);
	free(s->scenario);
	*s = (struct sb_sweep_section){0};
}
