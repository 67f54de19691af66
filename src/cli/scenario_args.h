/* SPDX-License-Identifier: MIT */
/* scenario_args.h - the scenario on a command line: a file, and what is set otherwise than it says */
#ifndef SATBED_CLI_CHOSEN_H
#define SATBED_CLI_CHOSEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "satbed/base/err.h"
#include "satbed/plan.h"

/* Lists of rows are taken for blocks. */
/* clang-format off */

/* Rows for the table of options of commands that run a scenario: what it says otherwise, ... */
#define SB_OPTIONS_SCENARIO                                                                          \
	{"set", 's', "SECTION.KEY=VALUE", "override one key of the scenario; may be repeated"},    \
	{"engine", 'e', "NAME",                                                                    \
	 "what runs the nodes: auto, native, docker, podman, ... (satbed explain testbed.engine)"},\
	{"backend", 'b', "NAME", "what impairs the link: auto, netem, user"},                      \
	{"image", 0, "NAME", "container image of the nodes, such as mine:1"},                      \
	{"seed", 0, "NUMBER", "seed of everything random"}
/* ... the time it takes place in, ... */
#define SB_OPTIONS_CLOCK                                                                           \
	{"clock", 0, "NAME", "real, or virtual: exact, repeatable, in a guest (satbed explain testbed.clock)"}, \
	{"kernel", 0, "VERSION", "kernel of the virtual clock, of satbed kernel list"}
/* ... what is expected, ... */
#define SB_OPTION_SUMMARY                                                                          \
	{"summary", 0, "FILE", "append a summary in Markdown, as for GITHUB_STEP_SUMMARY"}
#define SB_OPTIONS_EXPECT                                                                          \
	{"expect", 'x', "VALUE COMPARISON LIMIT",                                                  \
	 "a line of [expect], such as 'goodput.bulk >= 5mbit'; may be repeated"},                  \
	{"junit", 0, "FILE", "write the results of all expectations as JUnit XML"},                \
	SB_OPTION_SUMMARY
#define SB_OPTIONS_SERVE                                                                           \
	{"serve", 0, "ADDR",                                                                       \
	 "serve a live page there, such as 127.0.0.1:8080; its address is printed"},               \
	{"serve-token", 0, "FILE",                                                                 \
	 "the page's token is the first line of FILE, not a random one; needed beyond loopback"}
/* ... how it is watched, ... */
#define SB_OPTIONS_LIVE                                                                            \
	{"plain", 0, NULL, "no colours, and lines instead of the live screen"},                    \
	{"metrics", 0, "ADDR",                                                                     \
	 "serve OpenMetrics for Prometheus there, such as 127.0.0.1:9464; loopback only"},          \
	SB_OPTIONS_SERVE
/* ... and how much is said. */
#define SB_OPTIONS_LOG                                                                             \
	{"quiet", 'q', NULL, "print only warnings and errors on stderr"},                         \
	{"verbose", 'v', NULL, "explain decisions on stderr"}
/* clang-format on */

/** struct sb_scenario_args - start zeroed */
struct sb_scenario_args {
	const char *file;
	char **sets;
	size_t set_count, set_room;
	int64_t link_only_ns; /* not 0: without its flows, and so long */
};

/**
 * sb_scenario_args_read() - a whole command line: --set and the options that stand for keys, the one
 * positional, and how much is logged
 * @take:	is given the other options, --quiet among them, and may refuse them with an error
 * @own:	for @take
 *
 * Return: 0, -1 with @err
 */
int sb_scenario_args_read(struct sb_scenario_args *c, struct sb_args *args,
			  int (*take)(void *own, const char *name, const char *value,
				      struct sb_err *err),
			  void *own, struct sb_err *err);
/** sb_scenario_args_set() - one more --set */
void sb_scenario_args_set(struct sb_scenario_args *c, const char *value);
/** sb_scenario_args_plan() - read and resolve it; @command: for messages */
int sb_scenario_args_plan(const struct sb_scenario_args *c, const char *command,
			  struct sb_plan **out, struct sb_err *err);
void sb_scenario_args_fini(struct sb_scenario_args *c);

#endif
