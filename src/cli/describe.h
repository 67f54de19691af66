/* SPDX-License-Identifier: MIT */
/* describe.h - the tables of commands and options as parts of the manual, and for shells */
#ifndef SATBED_CLI_DESCRIBE_H
#define SATBED_CLI_DESCRIBE_H

#include <stddef.h>

#include "cli.h"

/**
 * sb_describe() - print the tables of @commands in the form called @form
 * @form:	"synopsis", "options": parts of satbed(1) in mdoc(7); "bash", "zsh", "fish": completion
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no such form
 */
int sb_describe(const char *form, const struct sb_command *const *commands, size_t count, FILE *to,
		struct sb_err *err);

#endif
