/* SPDX-License-Identifier: MIT */
/* target_args.h - places on a command line: "client1", "lossy:server", "client2.down", "all" */
#ifndef SATBED_CLI_WHERE_H
#define SATBED_CLI_WHERE_H

#include <stdbool.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_target_args - a place
 * @testbed:	empty = not named
 * @node:	"server" or "client1"
 * @client, @terminal: from 1; 0 = all; @dir: -1 = both
 */
struct sb_target_args {
	char testbed[SB_NAME_MAX];
	char node[SB_NAME_MAX];
	int client, terminal, dir;
};

/** sb_target_args_node() - [NAME:]server or [NAME:]clientN; SB_EINPUT otherwise */
int sb_target_args_node(const char *text, struct sb_target_args *out, struct sb_err *err);
/** sb_target_args_link() - [NAME:]clientN[.terminalM][.up|.down] or [NAME:]all[.up|.down] */
int sb_target_args_link(const char *text, struct sb_target_args *out, struct sb_err *err);
/** sb_target_args_testbed() - the name, or NULL where there is none */
const char *sb_target_args_testbed(const struct sb_target_args *w);

#endif
