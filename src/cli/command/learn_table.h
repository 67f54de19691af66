/* SPDX-License-Identifier: MIT */
/* learn_table.h - satbed learn TABLE: files of other emulators among the arguments of learn */
#ifndef SATBED_CLI_LEARN_TABLE_H
#define SATBED_CLI_LEARN_TABLE_H

#include <stdbool.h>

#include "satbed/base/err.h"

/** struct sb_learn_table_request - @profile, @period, @out: NULL = not given */
struct sb_learn_table_request {
	const char *file, *name, *out, *profile, *period;
};

/**
 * sb_learn_table_kind() - what is this file, if not a capture?
 *
 * Return: 1 a table of ERRANT, 0 what it is cannot be told, or -1 with @err: it is another emulator's,
 * and what to type for it (SB_EINPUT)
 */
int sb_learn_table_kind(const char *file, struct sb_err *err);
/** sb_learn_table() - a table of ERRANT as a scenario, to @out or standard output; 0 or -1 with @err */
int sb_learn_table(const struct sb_learn_table_request *r, struct sb_err *err);

#endif
