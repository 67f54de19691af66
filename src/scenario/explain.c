// SPDX-License-Identifier: MIT
/* explain.c - the schema table put into words, for a terminal and for the manual */
#include <stdio.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/scenario.h"
#include "schema.h"
#include "sweep_section.h"

#define WIDTH 80

/* Words of @text, wrapped, each line after @indent blanks. */
static void print_wrapped(FILE *to, size_t indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (!column)
			column = (size_t)fprintf(to, "%*s%.*s", (int)indent, "", (int)len, text);
		else
			column += (size_t)fprintf(to, " %.*s", (int)len, text);
		text += len + strspn(text + len, " ");
	}
	fputc('\n', to);
}

/* What may stand after the "=": the words of a list, or the type's form. */
static const char *value_form(const struct sb_key_row *row)
{
	return row->words ? row->words : sb_type_rows[row->type].name;
}

static const char *standard_of(const struct sb_key_row *row)
{
	return row->standard_is ? row->standard_is : row->standard;
}

static void print_key(FILE *to, const struct sb_key_row *row)
{
	const struct sb_section_row *section = &sb_section_rows[row->section];
	char range[2 * SB_UNIT_BUF + 8];

	fprintf(to, "%s%s.%s = ", section->name, section->named ? ".NAME" : "", row->name);
	fprintf(to, "%s\n", value_form(row));
	print_wrapped(to, 4, row->help);
	if (row->later)
		fprintf(to, "    Not in this version: %s.\n", row->later);
	if (!row->words)
		fprintf(to, "    Written as: %s.\n", sb_type_rows[row->type].syntax);
	if (*sb_format_range(range, sizeof(range), row))
		fprintf(to, "    Range:      %s.\n", range);
	if (standard_of(row))
		fprintf(to, "    Default:    %s.\n", standard_of(row));
	fprintf(to, "    Example:    %s = %s\n\n", row->name, row->example);
}

/* The name as in an example: no reader wants to type "goodput.FLOW". */
static void print_section(FILE *to, enum sb_section_kind kind)
{
	const struct sb_section_row *section = &sb_section_rows[kind];

	fprintf(to, "%s\n", section->forms);
	print_wrapped(to, 4, section->help);
	fputc('\n', to);
	for (int key = sb_first_key(kind); key < (int)sb_first_key(kind + 1); key++)
		print_key(to, &sb_key_rows[key]);
}

/* Of [sweep], whose keys have the names of others in them. */
static void print_sweep_key(FILE *to, size_t i)
{
	const char *help, *example, *form = sb_sweep_form(i, &help, &example);

	fprintf(to, "sweep.%s\n", form);
	print_wrapped(to, 4, help);
	fprintf(to, "    Example:    %s\n\n", example);
}

static void print_sweep(FILE *to)
{
	fprintf(to, "[sweep]\n");
	print_wrapped(to, 4, SB_SWEEP_HELP);
	fputc('\n', to);
	for (size_t i = 0; i < sb_sweep_forms(); i++)
		print_sweep_key(to, i);
}

/* "sweep", "sweep.vary", "sweep.vary.flow.bulk.cc", "sweep.seeds". */
static int explain_sweep(FILE *to, const char *name)
{
	const char *help, *example;

	if (!strcmp(name, "sweep")) {
		print_sweep(to);
		return 0;
	}
	for (size_t i = 0; i < sb_sweep_forms() && !strncmp(name, "sweep.", 6); i++) {
		size_t len = strcspn(sb_sweep_form(i, &help, &example), ". ");

		if (strncmp(name + 6, sb_sweep_form(i, &help, &example), len) ||
		    (name[6 + len] && name[6 + len] != '.'))
			continue;
		print_sweep_key(to, i);
		return 0;
	}
	return -1;
}

/* A section by itself: "link", "[event]", "event.NAME", "link.up". */
static int explain_section(FILE *to, const char *name)
{
	struct sb_section s;

	for (int kind = 0; kind < SB_SEC_COUNT; kind++) {
		if (!strcmp(name, sb_section_rows[kind].name)) {
			print_section(to, (enum sb_section_kind)kind);
			return 0;
		}
	}
	if (sb_section_classify(name, &s, NULL))
		return -1;
	print_section(to, s.kind);
	return 0;
}

/* A key with its section in any form: "link.delay", "link.client2.up.delay", "event.x.outage". */
static int explain_full_key(FILE *to, const char *name)
{
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		char section[128];
		struct sb_section s = {0};
		enum sb_key key;
		size_t len = (size_t)(dot - name);

		if (len >= sizeof(section))
			break;
		memcpy(section, name, len);
		section[len] = '\0';
		if (sb_section_classify(section, &s, NULL)) {
			/* "event.outage" is clear without the name of an event, too. */
			int kind = 0;

			while (kind < SB_SEC_COUNT && strcmp(section, sb_section_rows[kind].name))
				kind++;
			if (kind == SB_SEC_COUNT)
				continue;
			s.kind = (enum sb_section_kind)kind;
		}
		key = sb_find_key(s.kind, dot + 1);
		if (key == SB_KEY_COUNT)
			continue;
		print_key(to, &sb_key_rows[key]);
		return 0;
	}
	return -1;
}

/* A key by itself may belong to several sections. */
static int explain_bare_key(FILE *to, const char *name)
{
	int rc = -1;

	for (int kind = 0; kind < SB_SEC_COUNT; kind++) {
		enum sb_key key = sb_find_key((enum sb_section_kind)kind, name);

		if (key == SB_KEY_COUNT)
			continue;
		print_key(to, &sb_key_rows[key]);
		rc = 0;
	}
	return rc;
}

static int fail_unknown(const char *key, struct sb_err *err)
{
	const char *names[SB_SEC_COUNT + SB_KEY_COUNT + 1] = {NULL};
	const char *dot = strrchr(key, '.'), *near;
	size_t n = 0;

	for (int k = 0; k < SB_SEC_COUNT; k++)
		names[n++] = sb_section_rows[k].name;
	for (int k = 0; k < SB_KEY_COUNT; k++)
		names[n++] = sb_key_rows[k].name;
	near = sb_suggest(dot && dot[1] ? dot + 1 : key, names);
	if (near)
		return sb_fail(err, SB_EINPUT, 0, "no section or key \"%s\"; did you mean \"%s\"?",
			       key, near);
	return sb_fail(err, SB_EINPUT, 0,
		       "no section or key \"%s\"; `satbed explain` lists them all", key);
}

int sb_scenario_explain(FILE *to, const char *key, struct sb_err *err)
{
	char name[128];
	size_t len;

	if (!key) {
		for (int kind = 0; kind < SB_SEC_COUNT; kind++)
			print_section(to, (enum sb_section_kind)kind);
		print_sweep(to);
		return 0;
	}
	len = strlen(key);
	if (len > 2 && key[0] == '[' && key[len - 1] == ']' && len - 2 < sizeof(name)) {
		memcpy(name, key + 1, len - 2);
		name[len - 2] = '\0';
		if (!explain_section(to, name) || !explain_sweep(to, name))
			return 0;
	} else if (!explain_full_key(to, key) || !explain_bare_key(to, key) ||
		   !explain_section(to, key) || !explain_sweep(to, key)) {
		return 0;
	}
	return fail_unknown(key, err);
}

/* --- the manual --- */

/* mdoc takes a leading dot or quote for a request, and wants each sentence on a line of its own. */
static void print_mdoc(FILE *to, const char *text)
{
	char before = '\0';

	if (*text == '.' || *text == '\'')
		fputs("\\&", to);
	for (; *text; before = *text++) {
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else if (*text == ' ' && before == '.')
			fputc('\n', to);
		else
			fputc(*text, to);
	}
	fputc('\n', to);
}

static void print_man_key(FILE *to, const struct sb_key_row *row)
{
	char range[2 * SB_UNIT_BUF + 8];

	fprintf(to, ".It Cm %s No = Ar ", row->name);
	print_mdoc(to, value_form(row));
	print_mdoc(to, row->help);
	if (row->later) {
		fputs("Not in this version: ", to);
		print_mdoc(to, row->later);
	}
	if (*sb_format_range(range, sizeof(range), row))
		fprintf(to, "Range: %s.\n", range);
	if (standard_of(row))
		fprintf(to, "Default: %s.\n", standard_of(row));
	fprintf(to, "Example:\n.Dl %s = %s\n", row->name, row->example);
}

static void print_man_sweep(FILE *to)
{
	fputs(".Ss [sweep]\n", to);
	print_mdoc(to, SB_SWEEP_HELP);
	fputs(".Bl -tag -width Ds\n", to);
	for (size_t i = 0; i < sb_sweep_forms(); i++) {
		const char *help, *example, *form = sb_sweep_form(i, &help, &example);

		fputs(".It ", to);
		print_mdoc(to, form);
		print_mdoc(to, help);
		fputs("Example:\n.Dl ", to);
		print_mdoc(to, example);
	}
	fputs(".El\n", to);
}

void sb_scenario_explain_man(FILE *to)
{
	for (int kind = 0; kind < SB_SEC_COUNT; kind++) {
		fputs(".Ss ", to);
		print_mdoc(to, sb_section_rows[kind].forms);
		print_mdoc(to, sb_section_rows[kind].help);
		fputs(".Bl -tag -width Ds\n", to);
		for (int key = sb_first_key((enum sb_section_kind)kind);
		     key < (int)sb_first_key((enum sb_section_kind)(kind + 1)); key++)
			print_man_key(to, &sb_key_rows[key]);
		fputs(".El\n", to);
	}
	print_man_sweep(to);
}
