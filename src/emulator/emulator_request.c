// SPDX-License-Identifier: MIT
/* emulator_request.c - what satbed asks of the emulator (emulator.h), read and checked */
#include "emulator_request.h"

#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* As of a plan. */
#define SAMPLE_MIN_NS SB_NS_PER_MS
#define SAMPLE_MAX_NS (24 * 3600 * SB_NS_PER_S)
/* A clock does not get there in a hundred years, and sums with it stay numbers. */
#define T0_MAX_NS (INT64_MAX / 4)

static const struct {
	const char *name;
	enum sb_emulator_op op;
	bool needs_links, has_id;
} ops[] = {
    {"open", SB_EMULATOR_OPEN, false, false},  {"gauge", SB_EMULATOR_TIMER_PROBE, false, false},
    {"start", SB_EMULATOR_START, true, false}, {"stop", SB_EMULATOR_STOP, true, false},
    {"rest", SB_EMULATOR_REST, true, false},   {"set", SB_EMULATOR_SET, true, true},
    {"look", SB_EMULATOR_LOOK, true, true},    {"quit", SB_EMULATOR_QUIT, false, false},
};

static int read_start(const cJSON *json, struct sb_emulator_request *out, struct sb_err *err)
{
	if (sb_json_get_i64(json, "$", "t0_ns", &out->t0_ns, err))
		return -1;
	if (out->t0_ns < 0 || out->t0_ns > T0_MAX_NS)
		return sb_fail(err, SB_EINPUT, 0, "\"t0_ns\" is not a time");
	if (!cJSON_HasObjectItem(json, "sample_ns"))
		return 0;
	if (sb_json_get_i64(json, "$", "sample_ns", &out->sample_ns, err))
		return -1;
	if (out->sample_ns < SAMPLE_MIN_NS || out->sample_ns > SAMPLE_MAX_NS)
		return sb_fail(err, SB_EINPUT, 0, "\"sample_ns\" is not between 1 ms and 24 h");
	return 0;
}

static int read_set(const cJSON *json, const struct sb_plan *plan, struct sb_emulator_request *out,
		    struct sb_err *err)
{
	const char *name;
	int64_t n;

	if (sb_json_get_i64(json, "$", "link", &n, err) ||
	    sb_json_get_str(json, "$", "dir", &name, err))
		return -1;
	out->dir = strcmp(name, sb_dir_name(SB_UP)) ? SB_DOWN : SB_UP;
	if (n < 0 || (uint64_t)n >= plan->link_count || strcmp(name, sb_dir_name(out->dir)))
		return sb_fail(err, SB_EINTERNAL, 0, "no link %lld, %s", (long long)n, name);
	out->link = (size_t)n;
	out->state = cJSON_GetObjectItemCaseSensitive(json, "state");
	return 0;
}

int sb_emulator_request_read(const cJSON *json, const struct sb_plan *plan, bool open,
			     struct sb_emulator_request *out, struct sb_err *err)
{
	const char *name;

	*out = (struct sb_emulator_request){.id = -1};
	if (sb_json_get_str(json, "$", "op", &name, err))
		return -1;
	for (size_t i = 0; i < SB_ARRAY_LEN(ops); i++) {
		if (strcmp(name, ops[i].name))
			continue;
		out->op = ops[i].op;
		if (ops[i].has_id && sb_json_get_i64(json, "$", "id", &out->id, err))
			return -1;
		if (ops[i].needs_links && !open)
			return sb_fail(err, SB_EINTERNAL, 0, "request \"%s\" before \"open\"",
				       name);
		if (out->op == SB_EMULATOR_OPEN && open)
			return sb_fail(err, SB_EINTERNAL, 0, "the links are open already");
		if (out->op == SB_EMULATOR_START)
			return read_start(json, out, err);
		return out->op == SB_EMULATOR_SET ? read_set(json, plan, out, err) : 0;
	}
	return sb_fail(err, SB_EINTERNAL, 0, "unknown emulator request \"%s\"", name);
}
