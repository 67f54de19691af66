/* SPDX-License-Identifier: MIT */
/* attach.h - standard input, output and error of a command in a node, as if it ran here */
#ifndef SATBED_CLI_ATTACH_H
#define SATBED_CLI_ATTACH_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "satbed/base/err.h"

/**
 * sb_attach() - run a command and be its terminal
 * @fd:		to the supervisor
 * @run:	the request, complete but for "rows" and "cols"
 * @tty:	standard input is a terminal, and every key is the command's
 *
 * Signals that come here are the command's, too.
 *
 * Return: its exit status, 128 and its signal, 127 when it could not be run; -1 with @err
 */
int sb_attach(int fd, cJSON *run, bool tty, struct sb_err *err);

#endif
