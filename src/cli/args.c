// SPDX-License-Identifier: MIT
/* args.c - command lines read against a table of options */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"

#define OPTIONS_MAX 48
#define LONG_FIRST  256 /* what getopt_long() returns for the first row, beyond any letter */

/* The table as getopt_long() takes it; its last row is help, which every command has. */
struct table {
	size_t count;
	struct option rows[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 8];
};

static const struct sb_option help_option = {"help", 'h', NULL, "this text"};

static void add_row(struct table *t, const struct sb_option *o)
{
	char *end = t->letters + strlen(t->letters);

	t->rows[t->count] =
	    (struct option){.name = o->name,
			    .has_arg = o->argument ? required_argument : no_argument,
			    .val = LONG_FIRST + (int)t->count};
	t->count++;
	if (o->letter)
		snprintf(end, 3, "%c%s", o->letter, o->argument ? ":" : "");
}

/* "-": positionals are returned in their order; ":": a value that is missing is told apart. */
static void make_table(const struct sb_command *c, struct table *t)
{
	*t = (struct table){.letters = "-:"};
	for (const struct sb_option *o = c->options; o->name && t->count < OPTIONS_MAX; o++)
		add_row(t, o);
	add_row(t, &help_option);
}

static const struct sb_option *find_option(const struct sb_command *c, const struct table *t,
					   int got)
{
	if (got == 'h' || got == LONG_FIRST + (int)t->count - 1)
		return &help_option;
	if (got >= LONG_FIRST && got < LONG_FIRST + (int)t->count)
		return &c->options[got - LONG_FIRST];
	for (const struct sb_option *o = c->options; o->name; o++)
		if (o->letter && o->letter == got)
			return o;
	return NULL;
}

/* "--j, --json or --junit" of "--j": NULL unless several options begin so. */
static char *list_candidates(const struct sb_command *c, const char *word)
{
	size_t len = strcspn(word + 2, "="), count = 0;
	char *list = sb_strdup("");

	for (const struct sb_option *o = c->options; o->name && len; o++) {
		char *more;

		if (strncmp(o->name, word + 2, len))
			continue;
		more = sb_asprintf("%s%s--%s", list, count++ ? " or " : "", o->name);
		free(list);
		list = more;
	}
	if (count > 1)
		return list;
	free(list);
	return NULL;
}

static int unknown_option(const struct sb_command *c, const char *word, int letter,
			  struct sb_err *err)
{
	sb_auto_free char *candidates = !strncmp(word, "--", 2) ? list_candidates(c, word) : NULL;
	const char *names[OPTIONS_MAX + 1] = {0}, *close;
	char one[3] = {'-', (char)letter, '\0'};
	size_t count = 0;

	if (candidates)
		return sb_fail(err, SB_EINPUT, 0, "%s: ambiguous option %s; did you mean %s?",
			       c->name, word, candidates);
	for (const struct sb_option *o = c->options; o->name && count < OPTIONS_MAX; o++)
		names[count++] = o->name;
	close = sb_suggest(word + strspn(word, "-"), names);
	/* Of letters joined to one word it is this one. */
	if (letter && strlen(word) > 2 && !close)
		word = one;
	if (close)
		return sb_fail(err, SB_EINPUT, 0, "%s: unknown option %s; did you mean --%s?",
			       c->name, word, close);
	return sb_fail(err, SB_EINPUT, 0, "%s: unknown option %s; see: satbed %s --help", c->name,
		       word, c->name);
}

static int refuse(const struct sb_command *c, const struct table *t, int got, const char *word,
		  struct sb_err *err)
{
	const struct sb_option *o = find_option(c, t, optopt);

	if (o && got == ':')
		return sb_fail(err, SB_EINPUT, 0, "%s: --%s needs a value: --%s %s", c->name,
			       o->name, o->name, o->argument);
	if (o && optopt >= LONG_FIRST)
		return sb_fail(err, SB_EINPUT, 0, "%s: --%s takes no value", c->name, o->name);
	return unknown_option(c, word, optopt < LONG_FIRST ? optopt : 0, err);
}

static void print_help_and_exit(const struct sb_command *c)
{
	sb_print_help(c, stdout);
	if (fflush(stdout) || ferror(stdout)) {
		perror("satbed: cannot write to standard output");
		exit(4);
	}
	exit(0);
}

int sb_args_next(struct sb_args *a, struct sb_err *err)
{
	struct table t;
	const char *word;
	int got;

	a->option = NULL;
	a->value = NULL;
	make_table(a->command, &t);
	/* 0: begin anew; else go on, behind what the command has taken itself. */
	optind = a->at;
	opterr = 0;
	if (!a->only_positional) {
		word = a->argv[a->at ? a->at : 1];
		got = getopt_long(a->argc, a->argv, t.letters, t.rows, NULL);
		a->at = optind;
		a->value = optarg;
		if (got == 1)
			return 1;
		if (got == '?' || got == ':')
			return refuse(a->command, &t, got, word, err);
		if (got >= 0) {
			a->option = find_option(a->command, &t, got);
			if (a->option == &help_option)
				print_help_and_exit(a->command);
			if (!a->option->argument)
				a->value = NULL;
			return 1;
		}
		a->only_positional = true;
	}
	if (a->at >= a->argc)
		return 0;
	a->value = a->argv[a->at++];
	return 1;
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
