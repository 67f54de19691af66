/* SPDX-License-Identifier: MIT */
/* netem_shaper.h - an interface that netem shapes; private to netem.c and netem_counters.c */
#ifndef SATBED_LINK_NETEM_SHAPER_H
#define SATBED_LINK_NETEM_SHAPER_H

#include <cjson/cJSON.h>

#include "link/qdisc.h"
#include "netem_stages.h"
#include "satbed/link.h"
#include "satbed/net.h"

static const uint32_t sb_netem_handles[SB_STAGE_MAX] = {0x5a7b0000, 0x5a7c0000, 0x5a7d0000};
#define SB_NETEM_RATE_QUEUE 0x5a7e0000u

struct sb_shaper {
	struct sb_qdisc q;   /* on the interface */
	struct sb_qdisc ifb; /* on the ifb, when @split */
	struct sb_rtnl nl;
	char ifb_name[SB_IFNAME_MAX];
	struct sb_link_dir dir;
	uint32_t mtu;
	bool split;	    /* the queue is on an ifb, before the delay */
	bool single;	    /* one netem for everything */
	bool seeded;	    /* the kernel takes seeds */
	bool outage;	    /* now */
	char no_split[200]; /* why not, where that was tried */
	uint64_t seeds;	    /* given out so far */
	struct sb_netem_stages now;
	int64_t outage_before; /* drops at the first stage when the present outage began */
	int64_t outage_total;  /* in the outages that are over */
};

static inline struct sb_qdisc *sb_netem_place(struct sb_shaper *s, size_t stage)
{
	bool before = stage == SB_STAGE_LOSS || (stage == SB_STAGE_QUEUE && !s->now.served);

	return s->split && before ? &s->ifb : &s->q;
}

/* netem_counters.c */
/** sb_netem_outage_edge() - to be called before an outage begins or ends: drops are told apart by it */
int sb_netem_outage_edge(struct sb_shaper *s, bool outage, struct sb_err *err);
int sb_netem_count(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err);
void sb_netem_describe(struct sb_shaper *s, cJSON *into);

#endif
