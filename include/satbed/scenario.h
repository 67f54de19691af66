/* SPDX-License-Identifier: MIT */
/*
 * scenario.h - a scenario file as written: INI text in, typed values with their places out
 *
 * Every key is one row of the schema table (src/scenario/schema.c), which drives parsing,
 * `satbed explain` and the manual's table.
 */
#ifndef SATBED_SCENARIO_H
#define SATBED_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/base/err.h"

struct sb_scenario; /* looked into by src/scenario and src/plan only: scenario_values.h */

/**
 * sb_scenario_load() - read and check a scenario
 * @path:	file, or "-" for standard input
 * @sets:	`section.key=value` overrides, applied last; their errors name them as "--set"
 * @out:	the caller's to sb_scenario_free(); unset on failure
 *
 * Files that it names (traces, tables) are read with it, seen from its own directory.
 *
 * All findings of a file come in one go, a line each: "FILE:LINE: what; did you mean ...".
 *
 * Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_scenario_load(const char *path, const char *const *sets, size_t set_count,
		     struct sb_scenario **out, struct sb_err *err);
/** sb_scenario_parse() - the same from memory; @name stands for the file in messages.  Reads no
 * file: a scenario that names one (trace, a table of jitter) is refused */
int sb_scenario_parse(const char *name, const char *text, size_t len, const char *const *sets,
		      size_t set_count, struct sb_scenario **out, struct sb_err *err);
void sb_scenario_free(struct sb_scenario *sc);

/**
 * sb_scenario_without_flows() - the link alone, for other traffic than the scenario's own
 * @duration_ns: of the run; more than 0
 *
 * Without [flow] sections, and without what is expected of them.
 */
void sb_scenario_without_flows(struct sb_scenario *sc, int64_t duration_ns);

/** sb_scenario_explain() - describe one key ("link.delay"), one section, or all (NULL); -1: no such
 * key */
int sb_scenario_explain(FILE *to, const char *key, struct sb_err *err);
/** sb_scenario_words() - the words that a key may have as its value ("testbed.path"): "bridge|slirp|pasta"; NULL:
 * no such key, or its values are not words */
const char *sb_scenario_words(const char *key);
/** sb_scenario_is_set() - does @text begin with a section's name and a dot, as `section.key=value` does? */
bool sb_scenario_is_set(const char *text);
/** sb_scenario_explain_man() - the schema as the manual's table (mdoc) */
void sb_scenario_explain_man(FILE *to);

#endif
