// SPDX-License-Identifier: MIT
/* seeds.c - the seeds of a sweep, as ranges */
#include "seeds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/sweep.h"

static int by_start(const void *a, const void *b)
{
	const struct sb_seed_range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* In order, apart, and counted. */
static void settle(struct sb_seeds *s)
{
	size_t n = 0, before = 0;

	if (!s->range_count)
		return;
	qsort(s->ranges, s->range_count, sizeof(*s->ranges), by_start);
	for (size_t i = 0; i < s->range_count; i++) {
		const struct sb_seed_range *r = &s->ranges[i];
		struct sb_seed_range *last = n ? &s->ranges[n - 1] : NULL;

		if (last && (r->from <= last->to || r->from - last->to == 1)) {
			if (r->to > last->to)
				last->to = r->to;
		} else {
			s->ranges[n++] = *r;
		}
	}
	s->range_count = n;
	for (size_t i = 0; i < n; i++) {
		s->ranges[i].before = before;
		if (__builtin_add_overflow(before, s->ranges[i].to - s->ranges[i].from, &before) ||
		    __builtin_add_overflow(before, 1, &before))
			before = SIZE_MAX;
	}
}

/* @most: of one range; ranges that were put together may be longer than any that was written. */
static int read_ranges(struct sb_seeds *s, const char *text, uint64_t most, struct sb_err *err)
{
	const char *at = text;

	for (;;) {
		uint64_t from, to;

		if (sb_read_digits(&at, UINT64_MAX, &from))
			break;
		to = from;
		if (!strncmp(at, "..", 2)) {
			at += 2;
			if (sb_read_digits(&at, UINT64_MAX, &to))
				break;
		}
		if (to < from)
			return sb_fail(err, SB_EINPUT, 0,
				       "seeds \"%s\" go backwards; expected %" PRIu64 "..%" PRIu64,
				       text, to, from);
		if (to - from >= most)
			return sb_fail(err, SB_EINPUT, 0, "seeds \"%s\" are more than %d", text,
				       SB_SWEEP_RUNS_MAX);
		s->ranges = sb_grow(s->ranges, s->range_count, &s->room, sizeof(*s->ranges));
		s->ranges[s->range_count++] = (struct sb_seed_range){.from = from, .to = to};
		if (!*at)
			return 0;
		if (*at++ != ',')
			break;
		at += strspn(at, " \t");
	}
	return sb_fail(err, SB_EINPUT, 0,
		       "\"%s\" cannot be read as seeds; expected for example 1..20 or 1,2,5", text);
}

int sb_seeds_add(struct sb_seeds *s, const char *text, struct sb_err *err)
{
	int rc = read_ranges(s, text, SB_SWEEP_RUNS_MAX, err);

	settle(s);
	return rc;
}

size_t sb_seeds_count(const struct sb_seeds *s)
{
	const struct sb_seed_range *last;
	size_t count;

	if (!s->range_count)
		return 0;
	last = &s->ranges[s->range_count - 1];
	return __builtin_add_overflow(last->before, last->to - last->from, &count) ||
		       __builtin_add_overflow(count, 1, &count)
		   ? SIZE_MAX
		   : count;
}

uint64_t sb_seeds_at(const struct sb_seeds *s, size_t i)
{
	size_t low = 0, high = s->range_count;

	/* The last range that begins at or before it. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->ranges[middle].before <= i)
			low = middle;
		else
			high = middle;
	}
	return s->ranges[low].from + (i - s->ranges[low].before);
}

cJSON *sb_seeds_to_json(const struct sb_seeds *s)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < s->range_count; i++) {
		const struct sb_seed_range *r = &s->ranges[i];
		sb_auto_free char *text = r->to > r->from
					      ? sb_asprintf("%" PRIu64 "..%" PRIu64, r->from, r->to)
					      : sb_asprintf("%" PRIu64, r->from);

		cJSON_AddItemToArray(list, cJSON_CreateString(text));
	}
	return list;
}

int sb_seeds_from_json(struct sb_seeds *s, const cJSON *list, struct sb_err *err)
{
	const cJSON *item;
	int rc = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			rc = sb_fail(err, SB_EINPUT, 0, "$.seeds is not a list of texts");
		if (rc || (rc = read_ranges(s, item->valuestring, UINT64_MAX, err)))
			break;
	}
	settle(s);
	return rc;
}

void sb_seeds_fini(struct sb_seeds *s)
{
	free(s->ranges);
	*s = (struct sb_seeds){0};
}
