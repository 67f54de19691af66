// SPDX-License-Identifier: MIT
/* subid.c - subordinate ids of a user */
#include "subid.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

struct range {
	char owner[128];
	uint64_t start, count;
};

static void take(struct sb_subid *out, uint64_t start, uint64_t count)
{
	out->total += count;
	if (count <= out->largest)
		return;
	out->largest = count;
	out->start = start;
}

/* "OWNER:START:COUNT"; anything else is no range, as for newuidmap. */
static bool read_range(const char *line, struct range *r)
{
	char end;

	return sscanf(line, "%127[^:]:%" SCNu64 ":%" SCNu64 "%c", r->owner, &r->start, &r->count,
		      &end) == 3 &&
	       r->count > 0 && r->count <= UINT32_MAX && r->start <= UINT32_MAX;
}

static bool is_own(const struct range *r, const char *user, unsigned int uid)
{
	uint64_t number;

	return !strcmp(r->owner, user) ||
	       (!sb_parse_digits(r->owner, UINT32_MAX, &number) && number == uid);
}

static struct range *read_ranges(const char *text, size_t *count)
{
	sb_auto_free char *copy = sb_strdup(text);
	char *lines = copy, *line;
	struct range *all = NULL;
	size_t room = 0;

	*count = 0;
	while ((line = strsep(&lines, "\n"))) {
		struct range r;

		if (!read_range(line, &r))
			continue;
		all = sb_grow(all, *count, &room, sizeof(*all));
		all[(*count)++] = r;
	}
	return all;
}

int sb_subid_from_file(const char *text, const char *user, unsigned int uid, struct sb_subid *out,
		       char **shared)
{
	size_t count;
	sb_auto_free struct range *all = read_ranges(text, &count);

	*out = (struct sb_subid){0};
	*shared = NULL;
	for (size_t i = 0; i < count; i++) {
		if (all[i].start + all[i].count > out->after)
			out->after = all[i].start + all[i].count;
		if (!is_own(&all[i], user, uid))
			continue;
		take(out, all[i].start, all[i].count);
		for (size_t k = 0; k < count && !*shared; k++)
			if (!is_own(&all[k], user, uid) &&
			    all[k].start < all[i].start + all[i].count &&
			    all[i].start < all[k].start + all[k].count)
				*shared = sb_strdup(all[k].owner);
	}
	return out->largest ? 0 : -1;
}

int sb_subid_from_getsubids(const char *text, struct sb_subid *out)
{
	sb_auto_free char *copy = sb_strdup(text);
	char *lines = copy, *line;

	*out = (struct sb_subid){0};
	while ((line = strsep(&lines, "\n"))) {
		uint64_t start, count;

		if (sscanf(line, "%*d: %*s %" SCNu64 " %" SCNu64, &start, &count) != 2)
			continue;
		take(out, start, count);
		if (start + count > out->after)
			out->after = start + count;
	}
	return out->largest ? 0 : -1;
}
