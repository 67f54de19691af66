// SPDX-License-Identifier: MIT
/* main.c - the table of subcommands */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "describe.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/process.h"
#include "satbed/base/suggest.h"
#include "satbed/base/version.h"

static const struct sb_command *const commands[] = {
    &sb_cmd_run,    &sb_cmd_suite,   &sb_cmd_compare, &sb_cmd_check, &sb_cmd_plan,
    &sb_cmd_list,   &sb_cmd_explain, &sb_cmd_doctor,  &sb_cmd_up,    &sb_cmd_exec,
    &sb_cmd_report, &sb_cmd_shell,   &sb_cmd_ps,      &sb_cmd_link,  &sb_cmd_down,
    &sb_cmd_clean,  &sb_cmd_image,   &sb_cmd_replay,  &sb_cmd_learn, &sb_cmd_analyze,
    &sb_cmd_kernel, &sb_cmd_sweep};

static void print_usage(FILE *to)
{
	fputs("satbed - measure what a client and a server do on an unstable satellite "
	      "link\n\nusage: satbed COMMAND [options] ...\n\ncommands:\n",
	      to);
	for (size_t i = 0; i < SB_ARRAY_LEN(commands); i++)
		fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help      describe a command: satbed help run\n\n"
	      "satbed --version prints the version\n\n"
	      "examples:\n"
	      "  satbed run scenarios/leo-lossy.ini\n"
	      "  satbed check scenarios/leo-lossy.ini\n"
	      "  satbed explain link.loss\n"
	      "  satbed doctor\n\n"
	      "exit status: 0 done and all verdicts hold, 1 done but one does not, 2 usage or "
	      "scenario,\n"
	      "3 this machine lacks something, 4 the run broke, 130 interrupted\n",
	      to);
}

static const struct sb_command *find_command(const char *name)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int unknown_command(const char *word)
{
	const char *names[SB_ARRAY_LEN(commands) + 1] = {0}, *close;
	struct sb_err err = {0};

	for (size_t i = 0; i < SB_ARRAY_LEN(commands); i++)
		names[i] = commands[i]->name;
	close = sb_suggest(word, names);
	sb_fail(&err, SB_EINPUT, 0, "unknown command \"%s\"; %s%s%s", word,
		close ? "did you mean \"" : "see: satbed ", close ? close : "help",
		close ? "\"?" : "");
	return sb_die(&err);
}

/* Results that did not reach the pipe or disk are no results. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	perror("satbed: cannot write to standard output");
	return status ? status : 4;
}

static int print_table(const char *form)
{
	struct sb_err err = {0};

	if (sb_describe(form, commands, SB_ARRAY_LEN(commands), stdout, &err))
		return sb_die(&err);
	return finish(0);
}

int main(int argc, char **argv)
{
	const struct sb_command *c;

	sb_process_begin();
	sb_json_begin();
	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		printf("satbed %s\n", sb_version);
		return finish(0);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		if (argc < 3) {
			print_usage(stdout);
			return finish(0);
		}
		/* For the manual and the completion, which are made of the same tables. */
		if (!strcmp(argv[2], "--table"))
			return print_table(argv[3] ? argv[3] : "");
		c = find_command(argv[2]);
		if (!c)
			return unknown_command(argv[2]);
		sb_print_help(c, stdout);
		return finish(0);
	}
	c = find_command(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	return finish(c->run(c, argc - 1, argv + 1));
}
