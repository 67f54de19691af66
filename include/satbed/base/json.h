/* SPDX-License-Identifier: MIT */
/* json.h - cJSON read with errors that name the place ("$.links[0].up.delay_ns is not an integer")
 */
#ifndef SATBED_BASE_JSON_H
#define SATBED_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "satbed/base/err.h"

/* Below this cJSON writes all digits of a whole number; above, 15 of them where those come near enough. */
#define SB_JSON_EXACT UINT64_C(1000000000000000)

/*
 * Larger integers do not survive cJSON: write them with sb_json_add_u64() as decimal strings when they
 * may be large (seeds, hashes); times and rates in a run stay far below.
 * Getters return 0, or -1 with @err (kind SB_EINPUT) naming @path and @key; @out is then not
 * modified.
 */
int sb_json_get_i64(const cJSON *obj, const char *path, const char *key, int64_t *out,
		    struct sb_err *err);
int sb_json_get_u64(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		    struct sb_err *err);
int sb_json_get_double(const cJSON *obj, const char *path, const char *key, double *out,
		       struct sb_err *err);
int sb_json_get_bool(const cJSON *obj, const char *path, const char *key, bool *out,
		     struct sb_err *err);
int sb_json_get_str(const cJSON *obj, const char *path, const char *key, const char **out,
		    struct sb_err *err);
/** sb_json_as_i64() - of an element; -1 where it is no integer, or none that a double holds exactly */
int sb_json_as_i64(const cJSON *item, int64_t *out);

/** sb_json_begin() - at the top of main(): an object that could not be allocated ends the program, as
 * sb_alloc() does, where cJSON would leave out what does not fit */
void sb_json_begin(void);

void sb_json_add_i64(cJSON *obj, const char *key, int64_t value);  /* exact below SB_JSON_EXACT */
void sb_json_add_u64(cJSON *obj, const char *key, uint64_t value); /* a decimal string */
void sb_json_add_num(cJSON *obj, const char *key, double value);   /* null when not finite */
/** sb_json_number() - the same as text: what cJSON would print, in a tenth of the time */
#define SB_JSON_NUMBER_MAX 32
void sb_json_number(double value, char text[SB_JSON_NUMBER_MAX]);
void sb_json_add_str(cJSON *obj, const char *key, const char *value);
void sb_json_add_bool(cJSON *obj, const char *key, bool value);

#endif
