// SPDX-License-Identifier: MIT
/* describe.c - the tables of commands and options as parts of the manual, and for shells */
#include "describe.h"

#include <ctype.h>
#include <string.h>

#include "satbed/base/mem.h"

static const struct sb_option help_option = {"help", 'h', NULL, "this text"};

/* Each option of @c, and at the end help. */
static const struct sb_option *option_at(const struct sb_command *c, size_t i)
{
	size_t count = 0;

	while (c->options[count].name)
		count++;
	return i < count ? &c->options[i] : i == count ? &help_option : NULL;
}

/* --- mdoc(7) --- */

static void put_lower(const char *text, FILE *to)
{
	for (; *text; text++)
		fputc(tolower((unsigned char)*text), to);
}

/* Lines of mdoc must not begin with a dot, and a backslash is not itself. */
static void put_mdoc(const char *text, FILE *to)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", to);
	for (; *text; text++)
		fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){*text, '\0'}, to);
}

/* Options with a value, and those that have no letter, each for itself; the letters of others as one. */
static void put_synopsis(const struct sb_command *c, FILE *to)
{
	char letters[64] = "";
	const struct sb_option *o;
	size_t count = 0;

	fprintf(to, ".Nm\n.Cm %s\n", c->name);
	for (size_t i = 0; (o = option_at(c, i)); i++)
		if (o != &help_option && !o->argument && o->letter && count < sizeof(letters) - 1)
			letters[count++] = o->letter;
	if (count)
		fprintf(to, ".Op Fl %s\n", letters);
	for (size_t i = 0; (o = option_at(c, i)) && o != &help_option; i++) {
		if (!o->argument && o->letter)
			continue;
		if (o->letter)
			fprintf(to, ".Op Fl %c", o->letter);
		else
			fprintf(to, ".Op Fl -%s", o->name);
		if (o->argument) {
			fputs(" Ar ", to);
			put_lower(o->argument, to);
		}
		fputc('\n', to);
	}
	if (*c->args) {
		fputs(".Ar ", to);
		put_lower(c->args, to);
		fputc('\n', to);
	}
}

static void put_options(const struct sb_command *c, FILE *to)
{
	const struct sb_option *o;

	fprintf(to, ".Ss %s\n.Bl -tag -width Ds -compact\n", c->name);
	for (size_t i = 0; (o = option_at(c, i)); i++) {
		fputs(".It ", to);
		if (o->letter)
			fprintf(to, "Fl %c , ", o->letter);
		fprintf(to, "Fl -%s", o->name);
		if (o->argument) {
			fputs(" Ar ", to);
			put_lower(o->argument, to);
		}
		fputc('\n', to);
		put_mdoc(o->help, to);
		fputc('\n', to);
	}
	fputs(".El\n", to);
}

/* --- shells --- */

static void put_bash(const struct sb_command *const *commands, size_t count, FILE *to)
{
	const struct sb_option *o;

	fputs("_satbed_commands='", to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s ", commands[i]->name);
	fputs("help'\n\n_satbed_options() {\n\tcase $1 in\n", to);
	for (size_t i = 0; i < count; i++) {
		fprintf(to, "\t%s) echo '", commands[i]->name);
		for (size_t k = 0; (o = option_at(commands[i], k)); k++)
			fprintf(to, "%s--%s", k ? " " : "", o->name);
		fputs("' ;;\n", to);
	}
	fputs("\tesac\n}\n", to);
}

/* Between single quotes, with a backslash before each of @special. */
static void put_quoted(const char *text, const char *special, FILE *to)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", to);
		else
			fprintf(to, "%s%c", strchr(special, *text) ? "\\" : "", *text);
}

static bool is_path(const char *argument, bool directory)
{
	return argument && strstr(argument, directory ? "DIR" : "FILE") != NULL;
}

static const char *zsh_values(const struct sb_option *o)
{
	if (!strcmp(o->name, "engine"))
		return "(auto native docker docker-rootless podman podman-rootless)";
	if (!strcmp(o->name, "backend"))
		return "(auto netem user)";
	if (!strcmp(o->name, "clock"))
		return "(real virtual)";
	if (is_path(o->argument, true))
		return "_files -/";
	return is_path(o->argument, false) || !strcmp(o->argument, "PATH") ? "_files" : "";
}

static void put_zsh_option(const struct sb_option *o, FILE *to)
{
	fputs("\t\t\t'*'", to);
	if (o->letter)
		fprintf(to, "{-%c,--%s}", o->letter, o->name);
	else
		fprintf(to, "--%s", o->name);
	fputs("'[", to);
	put_quoted(o->help, "[]:\\", to);
	fputc(']', to);
	if (o->argument) {
		fputc(':', to);
		put_quoted(o->argument, "[]:\\", to);
		fprintf(to, ":%s", zsh_values(o));
	}
	fputs("' \\\n", to);
}

static void put_zsh(const struct sb_command *const *commands, size_t count, FILE *to)
{
	const struct sb_option *o;

	fputs("#compdef satbed\n"
	      "# SPDX-License-Identifier: MIT\n"
	      "# _satbed - completion in zsh; made by: satbed help --table zsh\n\n"
	      "_satbed() {\n\tlocal -a commands\n\tlocal state line\n\tcommands=(\n",
	      to);
	for (size_t i = 0; i < count; i++) {
		fprintf(to, "\t\t'%s:", commands[i]->name);
		put_quoted(commands[i]->summary, ":\\", to);
		fputs("'\n", to);
	}
	fputs("\t\t'help:describe a command'\n\t)\n"
	      "\t_arguments -C '1:command:->command' '*::argument:->arguments'\n"
	      "\tcase $state in\n\tcommand) _describe command commands ;;\n"
	      "\targuments)\n\t\tcase $words[1] in\n",
	      to);
	for (size_t i = 0; i < count; i++) {
		fprintf(to, "\t\t%s)\n\t\t\t_arguments \\\n", commands[i]->name);
		for (size_t k = 0; (o = option_at(commands[i], k)); k++)
			put_zsh_option(o, to);
		fputs("\t\t\t'*:argument:_files'\n\t\t\t;;\n", to);
	}
	fputs("\t\thelp) _describe command commands ;;\n\t\tesac\n\t\t;;\n\tesac\n}\n\n"
	      "_satbed \"$@\"\n",
	      to);
}

static void put_fish(const struct sb_command *const *commands, size_t count, FILE *to)
{
	const struct sb_option *o;

	fputs("# SPDX-License-Identifier: MIT\n"
	      "# satbed.fish - completion in fish; made by: satbed help --table fish\n",
	      to);
	for (size_t i = 0; i < count; i++) {
		fprintf(to, "complete -c satbed -n __fish_use_subcommand -x -a %s -d '",
			commands[i]->name);
		put_quoted(commands[i]->summary, "\\", to);
		fputs("'\n", to);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; (o = option_at(commands[i], k)); k++) {
			fprintf(to, "complete -c satbed -n '__fish_seen_subcommand_from %s' -l %s",
				commands[i]->name, o->name);
			if (o->letter)
				fprintf(to, " -s %c", o->letter);
			if (o->argument)
				fputs(is_path(o->argument, true) || is_path(o->argument, false) ||
					      !strcmp(o->argument, "PATH")
					  ? " -r"
					  : " -x",
				      to);
			fputs(" -d '", to);
			put_quoted(o->help, "\\", to);
			fputs("'\n", to);
		}
}

int sb_describe(const char *form, const struct sb_command *const *commands, size_t count, FILE *to,
		struct sb_err *err)
{
	static const struct {
		const char *form;
		void (*each)(const struct sb_command *c, FILE *to);
		void (*all)(const struct sb_command *const *commands, size_t count, FILE *to);
	} forms[] = {
	    {"synopsis", put_synopsis, NULL}, {"options", put_options, NULL},
	    {"bash", NULL, put_bash},	      {"zsh", NULL, put_zsh},
	    {"fish", NULL, put_fish},
	};

	for (size_t f = 0; f < SB_ARRAY_LEN(forms); f++) {
		if (strcmp(form, forms[f].form) != 0)
			continue;
		for (size_t i = 0; forms[f].each && i < count; i++)
			forms[f].each(commands[i], to);
		if (forms[f].all)
			forms[f].all(commands, count, to);
		return 0;
	}
	return sb_fail(err, SB_EINPUT, 0,
		       "help: unknown table \"%s\", expected synopsis, options, bash, zsh or fish",
		       form);
}
