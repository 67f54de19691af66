/* SPDX-License-Identifier: MIT */
/* json_writer.h - JSON written as it goes, where a tree of it would be too large or too slow */
#ifndef SATBED_BASE_JSON_WRITER_H
#define SATBED_BASE_JSON_WRITER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct sb_json_writer - begins as {.to = FILE, .first = true}
 * @first:	no comma before the next member or element
 * @line:	the next one begins on a line of its own
 */
struct sb_json_writer {
	FILE *to;
	bool first, line;
};

/*
 * One value each.  @key: of a member of an object, written as it is, so without anything that has to be
 * escaped; NULL for an element of a list, and for the whole.
 */

/** sb_json_write_begin() - an object ('{') or a list ('['), up to sb_json_write_end() with '}' or ']' */
void sb_json_write_begin(struct sb_json_writer *w, const char *key, char bracket);
void sb_json_write_end(struct sb_json_writer *w, char bracket);
/** sb_json_write_num() - as sb_json_number() writes it; null when not finite */
void sb_json_write_num(struct sb_json_writer *w, const char *key, double value);
/** sb_json_write_short() - six digits, which are what a chart can show; null when not finite */
void sb_json_write_short(struct sb_json_writer *w, const char *key, double value);
/** sb_json_write_u64() - all digits, beyond 2^53, too */
void sb_json_write_u64(struct sb_json_writer *w, const char *key, uint64_t value);
void sb_json_write_bool(struct sb_json_writer *w, const char *key, bool value);
/** sb_json_write_str() - escaped; NULL is null */
void sb_json_write_str(struct sb_json_writer *w, const char *key, const char *value);
/** sb_json_write_tree() - whatever it is; deleted */
void sb_json_write_tree(struct sb_json_writer *w, const char *key, cJSON *value);

#endif
