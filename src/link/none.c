// SPDX-License-Identifier: MIT
/* none.c - no link at all: what an interface sends leaves it as it is */
#include <stdlib.h>

#include "satbed/base/mem.h"
#include "satbed/link.h"

struct sb_shaper {
	int nothing;
};

static int probe_none(struct sb_err *err)
{
	(void)err;
	return 0;
}

static int attach_none(const char *ifname, const struct sb_link_dir *dir, uint32_t mtu,
		       struct sb_shaper **out, struct sb_err *err)
{
	(void)ifname;
	(void)dir;
	(void)mtu;
	(void)err;
	*out = sb_alloc(1, sizeof(**out));
	return 0;
}

static int apply_none(struct sb_shaper *s, const struct sb_link_state *state, int64_t at_ns,
		      struct sb_err *err)
{
	(void)s;
	(void)state;
	(void)at_ns;
	return sb_fail(err, SB_EINTERNAL, 0, "no link can change");
}

static int count_none(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err)
{
	(void)s;
	(void)err;
	*out = (struct sb_link_counters){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
	return 0;
}

static void describe_none(struct sb_shaper *s, cJSON *into)
{
	(void)s;
	(void)into;
}

static void detach_none(struct sb_shaper *s)
{
	free(s);
}

const struct sb_link_ops sb_link_none = {
    .name = "none",
    .probe = probe_none,
    .attach = attach_none,
    .apply = apply_none,
    .counters = count_none,
    .describe = describe_none,
    .detach = detach_none,
};
