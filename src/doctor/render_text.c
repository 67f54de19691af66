// SPDX-License-Identifier: MIT
/* render_text.c - the diagnosis for people: a line per finding, below it what to type */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "satbed/base/mem.h"
#include "table.h"

static const char *colour_of(enum sb_level level)
{
	switch (level) {
	case SB_LEVEL_OK:
		return "\033[32m";
	case SB_LEVEL_WARN:
		return "\033[33m";
	case SB_LEVEL_FAIL:
		return "\033[31m";
	case SB_LEVEL_INFO:
		break;
	}
	return "";
}

static void print_fix(const char *fix, FILE *to)
{
	while (*fix) {
		int len = (int)strcspn(fix, "\n");

		fprintf(to, "          $ %.*s\n", len, fix);
		fix += len + (fix[len] == '\n');
	}
}

static void print_finding(const struct sb_finding *f, FILE *to, bool colour)
{
	const char *on = colour ? colour_of(f->level) : "";

	fprintf(to, "  %s%-4s%s  ", on, sb_level_word(f->level), *on ? "\033[0m" : "");
	/* A daemon's name belongs in front; the person's is in the words. */
	if (f->subject && !strncmp(f->id, "daemon.", 7))
		fprintf(to, "%s: ", f->subject);
	fprintf(to, "%s\n", f->text);
	if (f->fix)
		print_fix(f->fix, to);
	if (f->can_fix)
		fprintf(to, "          or: satbed doctor --fix %s%s%s\n", f->id,
			f->subject ? ":" : "", f->subject ? f->subject : "");
}

/* Groups are short in ids, for programs; people get words, and the order of the layers. */
static const char *const groups[][2] = {
    {"system", "system"},	  {"virtual", "virtual clock"},
    {"native", "engine native"},  {"links", "links"},
    {"cc", "congestion control"}, {"rootless", "rootless engines"},
    {"programs", "programs"},	  {"access", "access"},
    {"units", "services"},	  {"daemon", "container daemons"},
    {"two", "two engines"},	  {"trial", "testbeds tried"},
    {"doctor", "the doctor"},
};

static bool is_of(const struct sb_finding *f, const char *group)
{
	size_t len = strlen(group);

	return !strncmp(f->id, group, len) && f->id[len] == '.';
}

static void print_group(const struct sb_diagnosis *d, const char *group, const char *title,
			FILE *to, bool colour)
{
	bool begun = false;

	for (size_t i = 0; i < d->count; i++) {
		if (!is_of(&d->findings[i], group))
			continue;
		if (!begun)
			fprintf(to, "%s\n", title);
		begun = true;
		print_finding(&d->findings[i], to, colour);
	}
}

static void print_verdict(const struct sb_diagnosis *d, FILE *to)
{
	const char *first = NULL;

	fputs("engines\n", to);
	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++)
		if (d->engines[i].name)
			fprintf(to, "  %-4s  %s: %s\n", d->engines[i].can_run ? "yes" : "no",
				d->engines[i].name, d->engines[i].why);
	fputs("can run here:", to);
	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++) {
		if (!d->engines[i].can_run)
			continue;
		fprintf(to, "%s %s", first ? "," : "", d->engines[i].name);
		if (!first)
			first = d->engines[i].name;
	}
	if (!first)
		fputs(d->one_asked ? " not the requested engine" : " no engine", to);
	else if (!d->one_asked)
		fprintf(to, "; engine = auto takes %s", first);
	fputc('\n', to);
}

void sb_diagnosis_text(const struct sb_diagnosis *d, FILE *to, bool colour)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(groups); i++)
		print_group(d, groups[i][0], groups[i][1], to, colour);
	sb_table_print(d->daemons, to);
	print_verdict(d, to);
}
