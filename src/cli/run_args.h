/* SPDX-License-Identifier: MIT */
/* run_args.h - the options that say how a run is done */
#ifndef SATBED_CLI_RUN_ARGS_H
#define SATBED_CLI_RUN_ARGS_H

#include <stdbool.h>

#include "satbed/run.h"

/** sb_run_args_take() - out, json, plain, quiet and what a run is watched and told by; false: another one */
bool sb_run_args_take(struct sb_run_options *o, const char *name, const char *value);

#endif
