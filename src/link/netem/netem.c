// SPDX-License-Identifier: MIT
/*
 * netem.c - the backend that shapes with the kernel's netem
 *
 *	interface's egress, clsact: redirect -> ifb: 5a7b loss, outage -> 5a7d rate, limit = the queue
 *	root: 5a7c delay, reordering <- what leaves the ifb
 *
 * Where the rate changes during the run the queue is an htb, because what waits in a netem keeps the
 * rate it came with; a netem after it takes the time that sending takes:
 *
 *	ifb: 5a7b loss, outage -> 5a7e htb, limit = the queue    root: 5a7d rate -> 5a7c delay
 *
 * Only that netem is changed whose parameters did.  A single one would restart its loss process at
 * each delay step, and mix queue with delay line and overflow with loss.  Where there can be no ifb
 * the three are a chain on the interface, 5a7b -> 5a7c -> 5a7d, the delay before the queue;
 * docs/decisions/0001-stacked-netem.md has the reasons.  A child's drops are counted by its parents
 * too, so what was dropped at one of them is a difference.
 */
#include <linux/pkt_sched.h>
#include <net/ethernet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "netem_ifb.h"
#include "netem_shaper.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/link.h"
#include "satbed/net.h"
#include "link/user/user_tc.h"

/*
 * How late the kernel may wake up without a loss of capacity; as long as this, frames go at the old
 * rate when it changes.  On a virtual clock it is late by what reading the clock costs.
 */
#define BURST_NS	 ((uint32_t)SB_NS_PER_MS)
#define BURST_VIRTUAL_NS ((uint32_t)(100 * SB_NS_PER_US))

/* What leaves the ifb is not redirected again, whatever its mark: the kernel sees to that. */
#define NO_MARK 0x5a7bffffu

/* What of the stages is the root of the interface. */
static size_t root_stage(const struct sb_shaper *s)
{
	if (!s->split)
		return SB_STAGE_LOSS;
	return s->now.served ? SB_STAGE_QUEUE : SB_STAGE_DELAY;
}

static uint32_t parent_of(const struct sb_shaper *s, size_t stage)
{
	if (stage == SB_STAGE_LOSS || stage == root_stage(s))
		return TC_H_ROOT;
	if (s->split && stage == SB_STAGE_DELAY)
		return sb_netem_handles[SB_STAGE_QUEUE] | 1;
	return (s->split ? sb_netem_handles[SB_STAGE_LOSS] : sb_netem_handles[stage - 1]) | 1;
}

/*
 * A new seed for each message: the same again would replay the same losses, and without one older
 * kernels draw one of their own at every change.
 */
static void set_seed(struct sb_shaper *s, struct sb_netem *n)
{
	struct sb_rng rng;

	sb_rng_seed(&rng, s->dir.seed, s->seeds++);
	n->seed = sb_rng_u64(&rng);
	n->seeded = true;
}

static int check_root(struct sb_shaper *s, const char *ifname, struct sb_err *err)
{
	char kind[16];
	uint32_t handle;

	if (sb_qdisc_root(&s->q, kind, &handle, err))
		return -1;
	if (!handle)
		return 0;
	return sb_fail(err, SB_EENV, 0,
		       "%s has a foreign %s qdisc (%x:), which satbed leaves alone; remove it "
		       "with:  tc qdisc del dev %s root",
		       ifname, kind, handle >> 16, ifname);
}

static int add_stage(struct sb_shaper *s, size_t i, struct sb_err *err)
{
	set_seed(s, &s->now.stage[i]);
	return sb_qdisc_add(sb_netem_place(s, i), sb_netem_handles[i], parent_of(s, i),
			    &s->now.stage[i], err);
}

static int add_stages(struct sb_shaper *s, struct sb_err *err)
{
	struct sb_netem got;

	for (size_t i = 0; i < s->now.count; i++) {
		/* With an ifb the root of the interface is there already. */
		if (!(s->split && i == root_stage(s)) && add_stage(s, i, err))
			return -1;
	}
	if (s->now.served &&
	    sb_rate_queue_add(&s->ifb, SB_NETEM_RATE_QUEUE, sb_netem_handles[SB_STAGE_LOSS] | 1,
			      &s->now.rate_queue, err))
		return -1;
	if (sb_qdisc_read(sb_netem_place(s, 0), sb_netem_handles[0], &got, NULL, err))
		return -1;
	s->seeded = got.seeded && got.seed == s->now.stage[0].seed;
	return 0;
}

static void end_split(struct sb_shaper *s)
{
	sb_user_tc_restore(&s->nl, s->q.ifindex);
	sb_qdisc_close(&s->ifb);
	sb_rtnl_delete_link(&s->nl, s->ifb_name, NULL);
	s->split = false;
}

/* Where this does not work (no ifb, no clsact, somebody else's clsact) a chain must do. */
static void try_split(struct sb_shaper *s, const char *ifname)
{
	struct sb_err err = {0};

	s->split = false;
	snprintf(s->ifb_name, sizeof(s->ifb_name), "sbi%x", (unsigned int)s->q.ifindex);
	if (!sb_ifb_add(s->ifb_name, &err)) {
		s->split = !sb_qdisc_open(&s->ifb, s->ifb_name, &err) &&
			   !sb_user_tc_redirect(&s->nl, ifname, s->q.ifindex, s->ifb.ifindex,
						NO_MARK, &err);
		if (!s->split) {
			sb_qdisc_close(&s->ifb);
			sb_rtnl_delete_link(&s->nl, s->ifb_name, NULL);
		}
	}
	snprintf(s->no_split, sizeof(s->no_split), "%.*s", (int)sizeof(s->no_split) - 1, err.msg);
}

static void free_shaper(struct sb_shaper *s)
{
	sb_qdisc_close(&s->q);
	sb_rtnl_close(&s->nl);
	free(s);
}

/* The interface may be gone already, and with it everything on it. */
static void detach_netem(struct sb_shaper *s)
{
	uint32_t root;

	if (!s)
		return;
	root = sb_netem_handles[root_stage(s)];
	if (s->split)
		end_split(s);
	sb_qdisc_delete_root(&s->q, root, NULL);
	free_shaper(s);
}

/*
 * The root of the interface when there is an ifb comes first: a kernel without netem says so to this
 * one message, before an ifb is made for nothing.
 */
static int begin_split(struct sb_shaper *s, const char *ifname, struct sb_err *err)
{
	size_t root;

	s->split = true;
	root = root_stage(s);
	if (add_stage(s, root, err)) {
		s->split = false;
		return -1;
	}
	try_split(s, ifname);
	return s->split ? 0 : sb_qdisc_delete_root(&s->q, sb_netem_handles[root], err);
}

/* A queue in a netem that is not alone on a device would keep the old rate when it changes. */
static int check_served(const struct sb_shaper *s, struct sb_err *err)
{
	if (!s->dir.rate_changes || (s->split && s->now.served))
		return 0;
	if (s->single)
		return sb_fail(err, SB_EENV, 0,
			       "netem cannot duplicate where the rate changes during a run: use "
			       "backend = user");
	return sb_fail(err, SB_EENV, 0,
		       "netem needs an ifb where the rate changes during a run: %s; or use "
		       "backend = user",
		       s->no_split);
}

static void size_rate_queue(struct sb_shaper *s)
{
	struct sb_rate_queue *q = &s->now.rate_queue;
	uint32_t frame = s->mtu + ETHER_HDR_LEN;
	uint64_t ahead;

	q->burst_ns = sb_clock_is_virtual() ? BURST_VIRTUAL_NS : BURST_NS;
	/* What is released early, whole frames, has left the queue, and must not make it longer. */
	ahead = s->dir.initial.rate_bps / 8 * q->burst_ns / SB_NS_PER_S / frame * frame;
	q->limit_bytes = ahead + frame < q->limit_bytes ? q->limit_bytes - (uint32_t)ahead : frame;
}

static int attach_netem(const char *ifname, const struct sb_link_dir *dir, uint32_t mtu,
			struct sb_shaper **out, struct sb_err *err)
{
	struct sb_shaper *s = sb_alloc(1, sizeof(*s));

	s->dir = *dir;
	s->mtu = mtu;
	s->single = dir->initial.duplicate_ppb > 0;
	s->outage = dir->initial.outage;
	s->nl.ioctl_fd = -1;
	if (sb_qdisc_open(&s->q, ifname, err) || check_root(s, ifname, err) ||
	    sb_rtnl_open(&s->nl, err)) {
		free_shaper(s);
		return sb_wrap(err, "netem");
	}
	sb_netem_plan(dir, &dir->initial, mtu, s->single, &s->now);
	size_rate_queue(s);
	if (!s->single && begin_split(s, ifname, err)) {
		free_shaper(s);
		return -1;
	}
	if (check_served(s, err) || add_stages(s, err)) {
		detach_netem(s);
		return -1;
	}
	*out = s;
	return 0;
}

static bool same_stage(const struct sb_netem *a, const struct sb_netem *b)
{
	char text[160];

	return !sb_netem_differs(a, b, text, sizeof(text));
}

static int change_rate(struct sb_shaper *s, const struct sb_rate_queue *next, struct sb_err *err)
{
	struct sb_rate_queue *now = &s->now.rate_queue, want = *now;

	want.rate_bytes = next->rate_bytes;
	want.overhead = next->overhead;
	if (!s->now.served ||
	    (want.rate_bytes == now->rate_bytes && want.overhead == now->overhead))
		return 0;
	if (sb_rate_queue_change(&s->ifb, SB_NETEM_RATE_QUEUE, &want, err))
		return -1;
	*now = want;
	return 0;
}

/* No lookahead: what is applied is applied now. */
static int apply_netem(struct sb_shaper *s, const struct sb_link_state *state, int64_t at_ns,
		       struct sb_err *err)
{
	struct sb_netem_stages next;

	(void)at_ns;
	if (state->duplicate_ppb && !s->single)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "the netem backend duplicates from the start of a run or not at all");
	sb_netem_plan(&s->dir, state, s->mtu, s->single, &next);
	/* Counted from before it begins until after it ends: what falls between was lost in it. */
	if (state->outage && sb_netem_outage_edge(s, true, err))
		return -1;
	for (size_t i = 0; i < next.count; i++) {
		if (same_stage(&next.stage[i], &s->now.stage[i]))
			continue;
		set_seed(s, &next.stage[i]);
		if (sb_qdisc_change(sb_netem_place(s, i), sb_netem_handles[i], &next.stage[i], err))
			return sb_wrap(err, "netem");
		s->now.stage[i] = next.stage[i];
	}
	if (change_rate(s, &next.rate_queue, err))
		return sb_wrap(err, "netem");
	if (!state->outage && sb_netem_outage_edge(s, false, err))
		return -1;
	s->outage = state->outage;
	return 0;
}

/* What is tried is what a run does: the chain, with every kind of parameter, and a change. */
static int try_on(const char *ifname, struct sb_err *err)
{
	struct sb_link_dir dir = {
	    .initial = {.delay_ns = 5000000000,
			.rate_bps = 50000000000,
			.loss = {.kind = SB_LOSS_GEMODEL,
				 .bad_ppb = 10000000,
				 .good_ppb = 250000000,
				 .lost_in_bad_ppb = SB_PPB}},
	    .queue_packets = 100,
	};
	struct sb_link_state next = {.delay_ns = 1000000, .rate_bps = 1000000};
	struct sb_link_counters counters;
	struct sb_shaper *s;
	int rc;

	if (attach_netem(ifname, &dir, 1500, &s, err))
		return -1;
	rc = apply_netem(s, &next, 0, err);
	if (!rc)
		rc = sb_netem_count(s, &counters, err);
	detach_netem(s);
	return rc;
}

static int probe_netem(struct sb_err *err)
{
	static atomic_uint tries; /* two probes at once must not meet on one name */
	struct sb_veth_half a, b;
	char name_a[SB_IFNAME_MAX], name_b[SB_IFNAME_MAX];
	unsigned int id = (unsigned int)getpid() * 16 + atomic_fetch_add(&tries, 1) % 16;
	struct sb_rtnl nl;
	int rc;

	snprintf(name_a, sizeof(name_a), "sbp%xa", id);
	snprintf(name_b, sizeof(name_b), "sbp%xb", id);
	a = (struct sb_veth_half){.ifname = name_a, .netns_fd = -1};
	b = (struct sb_veth_half){.ifname = name_b, .netns_fd = -1};
	if (sb_rtnl_open(&nl, err))
		return -1;
	rc = sb_rtnl_add_veth(&nl, &a, &b, 1500, err);
	if (!rc) {
		rc = try_on(name_a, err);
		if (sb_rtnl_delete_link(&nl, name_a, rc ? NULL : err))
			rc = -1;
	}
	sb_rtnl_close(&nl);
	return rc;
}

const struct sb_link_ops sb_link_netem = {
    .name = "netem",
    .probe = probe_netem,
    .attach = attach_netem,
    .apply = apply_netem,
    .counters = sb_netem_count,
    .describe = sb_netem_describe,
    .detach = detach_netem,
};
