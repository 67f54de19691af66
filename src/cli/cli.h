/* SPDX-License-Identifier: MIT */
/* cli.h - one subcommand, one file; what they share */
#ifndef SATBED_CLI_H
#define SATBED_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "satbed/base/err.h"

/**
 * struct sb_option - one long option of a subcommand
 * @name:	without the dashes; @letter: its short form, or 0
 * @argument:	name of its value in the help, NULL = takes none
 * @help:	one line
 */
struct sb_option {
	const char *name;
	char letter;
	const char *argument;
	const char *help;
};

/**
 * struct sb_command - one subcommand
 * @args:	positional arguments as the help shows them; @summary: one line
 * @options:	ends with a row without a name; "help" is understood by all
 * @examples:	lines, each without its newline, ends with NULL
 * @run:	exit status of the process
 */
struct sb_command {
	const char *name, *args, *summary;
	const struct sb_option *options;
	const char *const *examples;
	int (*run)(const struct sb_command *self, int argc, char **argv);
};

/**
 * struct sb_args - reading a command line against the table
 *
 * Start zeroed but for @command, @argc, @argv (argv[0] is the subcommand's name).
 */
struct sb_args {
	const struct sb_command *command;
	int argc;
	char **argv;
	int at;
	bool only_positional;
	const struct sb_option *option; /* the one just read, NULL for a positional */
	const char *value;		/* its value, or the positional */
};

/**
 * sb_args_next() - the next option or positional, by getopt_long(): --name value, --name=value, -n value,
 * -nvalue, -ab, unambiguous beginnings of long names, "--"
 *
 * One command line at a time, for getopt_long() keeps its place.  --help is printed, and ends satbed.
 *
 * Return: 1 one read, 0 at the end, -1 with @err (SB_EINPUT; names what is close)
 */
int sb_args_next(struct sb_args *a, struct sb_err *err);

/** sb_die() - print the failure as "satbed: ..." and return its exit status */
int sb_die(const struct sb_err *err);
void sb_print_help(const struct sb_command *c, FILE *to);

extern const struct sb_command sb_cmd_suite, sb_cmd_run, sb_cmd_plan, sb_cmd_list, sb_cmd_compare,
    sb_cmd_check, sb_cmd_explain, sb_cmd_doctor, sb_cmd_up, sb_cmd_exec, sb_cmd_shell, sb_cmd_ps,
    sb_cmd_link, sb_cmd_down, sb_cmd_image, sb_cmd_clean, sb_cmd_report, sb_cmd_replay,
    sb_cmd_learn, sb_cmd_analyze, sb_cmd_kernel, sb_cmd_sweep;

#endif
