/* SPDX-License-Identifier: MIT */
/*
 * json_read.h - values of a plan out of JSON that is not trusted
 *
 * @path is what the object is called in messages, @key the member.  Each checks type and range, and
 * gives 0, or -1 with @err (SB_EINPUT) that names the place; @out is then untouched.
 */
#ifndef SATBED_PLAN_JSON_READ_H
#define SATBED_PLAN_JSON_READ_H

#include "satbed/base/clock.h"
#include "satbed/plan.h"

#define SB_PLAN_MAX_TIME_NS  (24 * 3600 * SB_NS_PER_S)
#define SB_PLAN_MAX_DELAY_NS (64 * 61 * SB_NS_PER_S) /* the base and a step of every event */
#define SB_PLAN_PATH_MAX     64

int sb_get_range(const cJSON *obj, const char *path, const char *key, int64_t min, int64_t max,
		 int64_t *out, struct sb_err *err);
int sb_get_u32(const cJSON *obj, const char *path, const char *key, uint32_t min, uint32_t max,
	       uint32_t *out, struct sb_err *err);
int sb_get_u16(const cJSON *obj, const char *path, const char *key, uint16_t min, uint16_t max,
	       uint16_t *out, struct sb_err *err);
int sb_get_ppb(const cJSON *obj, const char *path, const char *key, uint32_t *out,
	       struct sb_err *err);
int sb_get_rate(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		struct sb_err *err);
int sb_get_text(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		struct sb_err *err);
/** sb_is_name() - names of events, flows and interfaces become names of files and kernel objects */
bool sb_is_name(const char *s);
int sb_get_name(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		struct sb_err *err);
/** sb_get_word() - the place of a word in a list that ends with NULL */
int sb_get_word(const cJSON *obj, const char *path, const char *key, const char *const *words,
		int *out, struct sb_err *err);
/** sb_get_list() - an array of @min to @max elements; NULL with @err otherwise */
const cJSON *sb_get_list(const cJSON *obj, const char *key, int min, int max, struct sb_err *err);
/** sb_get_state() - the members of @obj over the state that @s holds; all must be there when @whole
 */
int sb_get_state(const cJSON *obj, const char *path, bool whole, struct sb_link_state *s,
		 struct sb_err *err);

/* What is read is put into @plan; flows refer to links, which come first. */
int sb_read_links(const cJSON *json, struct sb_plan *plan, struct sb_err *err);
int sb_read_flows(const cJSON *json, struct sb_plan *plan, struct sb_err *err);

#endif
