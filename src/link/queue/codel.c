// SPDX-License-Identifier: MIT
/* codel.c - Controlled Delay, RFC 8289 */
#include "codel.h"

#include <math.h>

/* Dropping again within so many intervals begins at the rate at which it ended. */
#define MEMORY_INTERVALS 16

/* The next drop comes sooner and sooner: TCP's rate goes with the root of the drop rate. */
static int64_t control_law(const struct sb_codel *c, int64_t from_ns)
{
	/* IEEE 754 rounds a root in one way only: the same on every machine. */
	return from_ns + (int64_t)((double)c->interval_ns / sqrt((double)c->count));
}

static bool may_drop(struct sb_codel *c, int64_t now_ns, int64_t sojourn_ns, uint64_t left_bytes,
		     uint32_t mtu_bytes)
{
	if (sojourn_ns < c->target_ns || left_bytes <= mtu_bytes) {
		c->first_above_ns = 0;
		return false;
	}
	if (!c->first_above_ns) {
		c->first_above_ns = now_ns + c->interval_ns;
		return false;
	}
	return now_ns >= c->first_above_ns;
}

static void start_dropping(struct sb_codel *c, int64_t now_ns)
{
	uint32_t delta = c->count - c->last_count;

	c->dropping = true;
	c->count = 1;
	if (delta > 1 && now_ns - c->drop_next_ns < MEMORY_INTERVALS * c->interval_ns)
		c->count = delta;
	c->drop_next_ns = control_law(c, now_ns);
	c->last_count = c->count;
}

bool sb_codel_drops(struct sb_codel *c, int64_t now_ns, int64_t sojourn_ns, uint64_t left_bytes,
		    uint32_t mtu_bytes)
{
	bool may = may_drop(c, now_ns, sojourn_ns, left_bytes, mtu_bytes);
	bool advance = c->advance;

	c->advance = false;
	if (!c->dropping) {
		if (may)
			start_dropping(c, now_ns);
		return may;
	}
	if (!may) {
		c->dropping = false;
		return false;
	}
	if (advance)
		c->drop_next_ns = control_law(c, c->drop_next_ns);
	if (now_ns < c->drop_next_ns)
		return false;
	c->count++;
	c->advance = true;
	return true;
}

void sb_codel_empty(struct sb_codel *c)
{
	c->first_above_ns = 0;
	c->dropping = c->advance = false;
}
