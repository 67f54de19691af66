// SPDX-License-Identifier: MIT
/* args.c - command lines read against a table of options */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "satbed/base/suggest.h"

static int unknown_option(const struct sb_command *c, const char *word, struct sb_err *err)
{
	const char *names[32] = {0}, *close;
	size_t count = 0;

	for (const struct sb_option *o = c->options; o->name && count < 31; o++)
		names[count++] = o->name;
	close = sb_suggest(word + strspn(word, "-"), names);
	if (close)
		return sb_fail(err, SB_EINPUT, 0, "%s: unknown option %s; did you mean --%s?",
			       c->name, word, close);
	return sb_fail(err, SB_EINPUT, 0, "%s: unknown option %s; see: satbed %s --help", c->name,
		       word, c->name);
}

static int take_value(struct sb_args *a, const char *joined, struct sb_err *err)
{
	const struct sb_option *o = a->option;

	if (!o->argument && joined)
		return sb_fail(err, SB_EINPUT, 0, "%s: --%s takes no value", a->command->name,
			       o->name);
	a->value = joined;
	if (!o->argument || joined)
		return 1;
	if (a->at >= a->argc)
		return sb_fail(err, SB_EINPUT, 0, "%s: --%s needs a value: --%s %s",
			       a->command->name, o->name, o->name, o->argument);
	a->value = a->argv[a->at++];
	return 1;
}

int sb_args_next(struct sb_args *a, struct sb_err *err)
{
	const char *word, *equals;
	size_t len;

	a->option = NULL;
	a->value = NULL;
	if (a->at == 0)
		a->at = 1;
	if (a->at >= a->argc)
		return 0;
	word = a->argv[a->at++];
	if (!a->only_positional && !strcmp(word, "--")) {
		a->only_positional = true;
		return sb_args_next(a, err);
	}
	if (a->only_positional || word[0] != '-' || !word[1]) {
		a->value = word;
		return 1;
	}
	equals = strchr(word, '=');
	len = equals ? (size_t)(equals - word) : strlen(word);
	for (const struct sb_option *o = a->command->options; o->name; o++) {
		bool longer = len > 2 && !strncmp(word, "--", 2) && strlen(o->name) == len - 2 &&
			      !strncmp(word + 2, o->name, len - 2);

		if (!longer && !(o->letter && word[1] == o->letter && len == 2))
			continue;
		a->option = o;
		return take_value(a, equals ? equals + 1 : NULL, err);
	}
	return unknown_option(a->command, word, err);
}

/* "FILE:LINE: ..." stays as it is, so that editors find the place. */
static bool names_place(const char *msg)
{
	const char *colon = strchr(msg, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	return digits && colon[1 + digits] == ':';
}

int sb_die(const struct sb_err *err)
{
	fprintf(stderr, "%s%s\n", names_place(err->msg) ? "" : "satbed: ", err->msg);
	return sb_exit_status(err->code);
}

void sb_print_help(const struct sb_command *c, FILE *to)
{
	fprintf(to, "usage: satbed %s [options] %s\n\n%s\n\noptions:\n", c->name, c->args,
		c->summary);
	for (const struct sb_option *o = c->options; o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s --%s%s%s", o->letter ? "-" : " ",
			 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
			 o->argument ? " " : "", o->argument ? o->argument : "");
		fprintf(to, "  %-30s %s\n", left, o->help);
	}
	fprintf(to, "  %-30s %s\n", "-h, --help", "this text");
	if (c->examples && c->examples[0])
		fputs("\nexamples:\n", to);
	for (const char *const *e = c->examples; e && *e; e++)
		fprintf(to, "  %s\n", *e);
}
