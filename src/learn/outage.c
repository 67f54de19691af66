// SPDX-License-Identifier: MIT
/* outage.c - runs of lost packets that no loss process of a link explains */
#include "outage.h"

#include <math.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define MIN_PACKETS 5
#define MIN_NS	    (10 * SB_NS_PER_MS)
#define ACCIDENTS   1e-3

struct run {
	size_t first, count;
	bool outage, crowded;
};

static bool may_be_outage(const struct sb_learn_trace *t, const struct run *r)
{
	const struct sb_learn_packet *p = t->packets;

	return r->count >= MIN_PACKETS &&
	       p[r->first + r->count - 1].sent_ns - p[r->first].sent_ns >= MIN_NS;
}

static size_t find_runs(const struct sb_learn_trace *t, const double *waiting, double full,
			struct run **out)
{
	struct run *runs = NULL;
	size_t count = 0, room = 0, len = 0;

	for (size_t i = 0; i <= t->count; i++) {
		if (i < t->count && t->packets[i].arrived_ns == SB_LEARN_LOST) {
			len++;
			continue;
		}
		if (len) {
			runs = sb_grow(runs, count, &room, sizeof(*runs));
			runs[count] = (struct run){.first = i - len, .count = len};
			/* Begun with as outages: what is not shall prove it by being short. */
			runs[count].outage = may_be_outage(t, &runs[count]);
			runs[count].crowded = waiting[i - len] >= full;
			count++;
		}
		len = 0;
	}
	*out = runs;
	return count;
}

/* The length that one of @runs geometric runs of that mean reaches with probability ACCIDENTS. */
static double longest_by_chance(double runs, double mean)
{
	return mean <= 1 ? 1 : 1 + log(ACCIDENTS / runs) / log(1 - 1 / mean);
}

/* true: a run was moved to the other side. */
static bool sort_runs(const struct sb_learn_trace *t, struct run *runs, size_t count)
{
	double packets = 0, n = 0, limit;
	bool moved = false;

	for (size_t i = 0; i < count; i++) {
		if (runs[i].outage || runs[i].crowded)
			continue;
		packets += (double)runs[i].count;
		n++;
	}
	/* Few runs say little about their mean: as if there were one more, of 1.5. */
	limit = longest_by_chance(n + 1, (packets + 1.5) / (n + 1));
	for (size_t i = 0; i < count; i++) {
		bool outage = may_be_outage(t, &runs[i]) && (double)runs[i].count > limit;

		/* One way only, so that it ends. */
		if (runs[i].outage && !outage) {
			runs[i].outage = false;
			moved = true;
		}
	}
	return moved;
}

void sb_find_outages(const struct sb_learn_trace *t, const double *waiting, double full,
		     struct sb_learned_dir *out)
{
	struct run *runs;
	size_t count = find_runs(t, waiting, full, &runs), room = 0;

	while (sort_runs(t, runs, count))
		;
	for (size_t i = 0; i < count; i++) {
		const struct sb_learn_packet *first = &t->packets[runs[i].first];

		if (!runs[i].outage)
			continue;
		out->outages =
		    sb_grow(out->outages, out->outage_count, &room, sizeof(*out->outages));
		out->outages[out->outage_count++] = (struct sb_learn_outage){
		    .from_ns = first->sent_ns - out->first_ns,
		    .to_ns = first[runs[i].count - 1].sent_ns - out->first_ns,
		    .packets = runs[i].count};
		out->lost_outage += runs[i].count;
	}
	free(runs);
}
