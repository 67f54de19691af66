/* SPDX-License-Identifier: MIT */
/* schema.h - the one table of sections and keys: parsing, `satbed explain` and the manual read it
 */
#ifndef SATBED_SCENARIO_SCHEMA_H
#define SATBED_SCENARIO_SCHEMA_H

#include "satbed/scenario_values.h"

enum sb_value_type {
	SB_TYPE_NAME,
	SB_TYPE_TEXT,
	SB_TYPE_TIME,
	SB_TYPE_RATE,
	SB_TYPE_LINK_RATE,
	SB_TYPE_BYTES,
	SB_TYPE_PERCENT,
	SB_TYPE_COUNT,
	SB_TYPE_WORD,
	SB_TYPE_ENGINE,
	SB_TYPE_QUEUE,
	SB_TYPE_JITTER,
	SB_TYPE_MEMORY,
	SB_TYPE_TRACE,
	SB_TYPE_DELAY_TRACE,
	SB_TYPE_DISCIPLINE,
	SB_TYPE_REORDER,
	SB_TYPE_SHELL,
	SB_TYPE_TLE,
	SB_TYPE_PLACE,
	SB_TYPE_DEGREES,
	SB_TYPE_UTC,
	SB_TYPE_LOSS,
	SB_TYPE_OUTAGE,
	SB_TYPE_DELAY_STEP,
	SB_TYPE_RATE_STEP,
	SB_TYPE_SPACING,
	SB_TYPE_INSTANTS,
	SB_TYPE_CLIENTS,
	SB_TYPE_FIDELITY,
	SB_TYPE_LIMIT_RATE,
	SB_TYPE_LIMIT_COUNT,
	SB_TYPE_LIMIT_PERCENT,
	SB_TYPE_LIMIT_TIME,
	SB_TYPE_LIMIT_NUMBER,
	SB_TYPE_COUNT_OF
};

/**
 * struct sb_key_row - one key
 * @name:	as written; in "goodput.FLOW" what follows the dot is a flow's name
 * @min, @max:	in the smallest unit (ns, bit/s, bytes, ppb); the characters of texts and names
 * @words:	for words: all of them, "up|down|both", in the order of their enum
 * @later:	those of @words that this version cannot do yet
 * @standard:	what holds when it is not written; NULL = nothing
 * @standard_is: the same in words, where it depends on something else
 * @fixed:	of [link]: why it cannot change while a testbed is up, after its name; NULL = it can
 */
struct sb_key_row {
	enum sb_section_kind section;
	const char *name;
	enum sb_value_type type;
	uint64_t min, max;
	const char *words, *later;
	const char *standard, *standard_is;
	const char *help, *example;
	const char *fixed;
};

/** struct sb_section_row - one kind of section; @named: followed by a name of the user's choice */
struct sb_section_row {
	const char *name;
	bool named;
	const char *forms;
	const char *help;
};

/** struct sb_type_row - how a type's values are written */
struct sb_type_row {
	const char *name;
	const char *syntax;
	int (*parse)(const struct sb_key_row *row, const char *text, struct sb_value *out,
		     struct sb_err *err);
};

extern const struct sb_section_row sb_section_rows[SB_SEC_COUNT];
extern const struct sb_key_row sb_key_rows[SB_KEY_COUNT];
extern const struct sb_type_row sb_type_rows[SB_TYPE_COUNT_OF];

/** sb_first_key() - the keys of @kind are [sb_first_key(kind), sb_first_key(kind + 1)) */
enum sb_key sb_first_key(enum sb_section_kind kind);
/** sb_find_key() - by its name in a file ("goodput.bulk"); SB_KEY_COUNT when there is none */
enum sb_key sb_find_key(enum sb_section_kind kind, const char *name);
/** sb_format_range() - "0ms to 60s", or "" where there is nothing to say */
const char *sb_format_range(char *buf, size_t size, const struct sb_key_row *row);
/**
 * sb_section_classify() - kind, name, client, terminal and direction from "link.client2.up"
 *
 * Return: 0, or -1 with @err; @out is then not modified
 */
int sb_section_classify(const char *text, struct sb_section *out, struct sb_err *err);

#endif
