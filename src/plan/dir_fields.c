// SPDX-License-Identifier: MIT
/*
 * dir_fields.c - plain values of a link's direction: numbers and booleans that hold for the whole run
 *
 * A row here is all that the plan needs of such a value: from the scenario, into plan.json and back, for
 * satbed check, and for those who share a direction.
 */
#include "dir_fields.h"

#include <inttypes.h>
#include <stddef.h>

#include "plan/json/json_read.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/**
 * struct field - one member of struct sb_link_dir
 * @json:	its key in plan.json
 * @key:	of [link], in the same unit; SB_KEY_COUNT = the plan computes it
 * @at:		where it is; a uint32_t, or a bool (@is_bool)
 * @print:	with its number: what satbed check says of it where it is not 0; NULL = nothing
 * @is_told:	check tells links apart by it
 * @is_agreed:	all who share a direction must have the same
 */
struct field {
	const char *json;
	enum sb_key key;
	size_t at;
	bool is_bool;
	const char *print;
	bool is_told, is_agreed;
};

static const struct field fields[] = {
    {"overhead_bytes", SB_KEY_OVERHEAD, offsetof(struct sb_link_dir, overhead_bytes),
     .print = "B of overhead each", .is_told = true, .is_agreed = true},
    {"may_overtake", SB_KEY_COUNT, offsetof(struct sb_link_dir, may_overtake), .is_bool = true,
     .is_told = true},
    {"shared", SB_KEY_COUNT, offsetof(struct sb_link_dir, shared), .is_bool = true,
     .is_told = true},
    {"rate_changes", SB_KEY_COUNT, offsetof(struct sb_link_dir, rate_changes), .is_bool = true},
};

static uint32_t *number_at(struct sb_link_dir *d, const struct field *f)
{
	return (uint32_t *)(void *)((char *)d + f->at);
}

static bool *bool_at(struct sb_link_dir *d, const struct field *f)
{
	return (bool *)((char *)d + f->at);
}

static uint32_t value_of(const struct sb_link_dir *d, const struct field *f)
{
	const void *at = (const char *)d + f->at;

	return f->is_bool ? *(const bool *)at : *(const uint32_t *)at;
}

void sb_dir_fields_fill(const struct sb_scenario *sc, unsigned int link, enum sb_dir dir,
			struct sb_link_dir *d)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++)
		if (f->key != SB_KEY_COUNT)
			*number_at(d, f) = (uint32_t)sb_link_value(sc, link, dir, f->key)->number;
}

void sb_dir_fields_to_json(cJSON *obj, const struct sb_link_dir *d)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++) {
		if (!value_of(d, f))
			continue;
		if (f->is_bool)
			sb_json_add_bool(obj, f->json, true);
		else
			sb_json_add_i64(obj, f->json, value_of(d, f));
	}
}

int sb_dir_fields_from_json(const cJSON *obj, const char *path, struct sb_link_dir *d,
			    struct sb_err *err)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++) {
		if (!cJSON_HasObjectItem(obj, f->json))
			continue;
		if (f->is_bool ? sb_json_get_bool(obj, path, f->json, bool_at(d, f), err)
			       : sb_get_u32(obj, path, f->json, 1, (uint32_t)sb_key_max(f->key),
					    number_at(d, f), err))
			return -1;
	}
	return 0;
}

void sb_dir_fields_print(FILE *to, const struct sb_link_dir *d)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++)
		if (f->print && value_of(d, f))
			fprintf(to, ", %" PRIu32 "%s", value_of(d, f), f->print);
}

bool sb_dir_fields_equal(const struct sb_link_dir *a, const struct sb_link_dir *b)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++)
		if (f->is_told && value_of(a, f) != value_of(b, f))
			return false;
	return true;
}

enum sb_key sb_dir_fields_differ(const struct sb_link_dir *a, const struct sb_link_dir *b)
{
	for (const struct field *f = fields; f < fields + SB_ARRAY_LEN(fields); f++)
		if (f->is_agreed && value_of(a, f) != value_of(b, f))
			return f->key;
	return SB_KEY_COUNT;
}
