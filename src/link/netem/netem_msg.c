// SPDX-License-Identifier: MIT
/* netem_msg.c - the parameters of one netem qdisc, to netlink attributes and back */
#include "netem_msg.h"

#include <inttypes.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#define PSCHED_TICK_NS 64u

/* linux/pkt_sched.h has it since 6.6; the kernels before skip an attribute they do not know. */
#define NETEM_PRNG_SEED 14

uint32_t sb_netem_probability(uint32_t ppb)
{
	uint64_t scaled = ((uint64_t)ppb * UINT32_MAX + 500000000u) / 1000000000u;

	return scaled > UINT32_MAX ? UINT32_MAX : (uint32_t)scaled;
}

uint32_t sb_netem_tick_ns(const char *psched)
{
	unsigned int ns_per_us, ns_per_tick, per_second, per_second_clock;
	int n = sscanf(psched, "%8x %8x %8x %8x", &ns_per_us, &ns_per_tick, &per_second,
		       &per_second_clock);

	return n == 4 && ns_per_us == 1000 && ns_per_tick ? ns_per_tick : PSCHED_TICK_NS;
}

static uint32_t ticks(int64_t ns, uint32_t tick_ns)
{
	int64_t t = ns / tick_ns;

	return t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static int put_loss(struct nl_msg *msg, const struct sb_netem *n)
{
	struct tc_netem_gemodel ge = {.p = n->p, .r = n->r, .h = n->h, .k1 = n->k1};
	struct nlattr *nest;

	/* Without the attribute the kernel goes (back) to independent loss. */
	if (!n->gemodel)
		return 0;
	nest = nla_nest_start(msg, TCA_NETEM_LOSS);
	if (!nest || nla_put(msg, NETEM_LOSS_GE, sizeof(ge), &ge) < 0)
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_rate(struct nl_msg *msg, const struct sb_netem *n)
{
	struct tc_netem_rate rate = {.rate = (uint32_t)n->rate_bytes,
				     .packet_overhead = n->overhead};

	if (n->rate_bytes > UINT32_MAX) {
		rate.rate = UINT32_MAX;
		if (nla_put_u64(msg, TCA_NETEM_RATE64, n->rate_bytes) < 0)
			return -1;
	}
	return nla_put(msg, TCA_NETEM_RATE, sizeof(rate), &rate) < 0 ? -1 : 0;
}

static int put_options(struct nl_msg *msg, const struct sb_netem *n, uint32_t tick_ns)
{
	struct tc_netem_qopt qopt = {.latency = ticks(n->latency_ns, tick_ns),
				     .limit = n->limit,
				     .loss = n->gemodel ? 0 : n->loss,
				     .gap = n->gap,
				     .duplicate = n->duplicate};
	struct tc_netem_corr corr = {0};
	struct tc_netem_reorder reorder = {.probability = n->reorder};
	struct tc_netem_corrupt corrupt = {.probability = n->corrupt};

	/* The structure is the attribute's payload itself; the attributes follow it. */
	if (nlmsg_append(msg, &qopt, sizeof(qopt), NLA_ALIGNTO) < 0 ||
	    nla_put(msg, TCA_NETEM_CORR, sizeof(corr), &corr) < 0 ||
	    nla_put(msg, TCA_NETEM_REORDER, sizeof(reorder), &reorder) < 0 ||
	    nla_put(msg, TCA_NETEM_CORRUPT, sizeof(corrupt), &corrupt) < 0 ||
	    nla_put_s64(msg, TCA_NETEM_LATENCY64, n->latency_ns) < 0 ||
	    nla_put_s64(msg, TCA_NETEM_JITTER64, 0) < 0 || nla_put_u32(msg, TCA_NETEM_ECN, 0) < 0 ||
	    put_rate(msg, n) || put_loss(msg, n))
		return -1;
	return n->seeded && nla_put_u64(msg, NETEM_PRNG_SEED, n->seed) < 0 ? -1 : 0;
}

int sb_netem_put(struct nl_msg *msg, const struct sb_netem *n, uint32_t tick_ns)
{
	struct nlattr *nest;

	if (nla_put_string(msg, TCA_KIND, "netem") < 0)
		return -1;
	nest = nla_nest_start(msg, TCA_OPTIONS);
	if (!nest || put_options(msg, n, tick_ns))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static int get_loss(const struct nlattr *attr, struct sb_netem *n)
{
	const struct nlattr *la;
	int rest;

	nla_for_each_nested(la, attr, rest)
	{
		struct tc_netem_gemodel ge;

		/* Whatever else is there, nobody asked for it here. */
		if (nla_type(la) != NETEM_LOSS_GE || nla_len(la) < (int)sizeof(ge))
			return -1;
		memcpy(&ge, nla_data(la), sizeof(ge));
		n->gemodel = true;
		n->p = ge.p;
		n->r = ge.r;
		n->h = ge.h;
		n->k1 = ge.k1;
	}
	return n->gemodel ? 0 : -1;
}

static int get_attr(const struct nlattr *attr, struct sb_netem *n, uint64_t *rate64)
{
	const void *data = nla_data(attr);
	size_t len = (size_t)nla_len(attr);
	struct tc_netem_reorder reorder;
	struct tc_netem_corrupt corrupt;
	struct tc_netem_rate rate;

	switch (nla_type(attr)) {
	case TCA_NETEM_REORDER:
		if (len < sizeof(reorder))
			return -1;
		memcpy(&reorder, data, sizeof(reorder));
		n->reorder = reorder.probability;
		return 0;
	case TCA_NETEM_CORRUPT:
		if (len < sizeof(corrupt))
			return -1;
		memcpy(&corrupt, data, sizeof(corrupt));
		n->corrupt = corrupt.probability;
		return 0;
	case TCA_NETEM_RATE:
		if (len < sizeof(rate))
			return -1;
		memcpy(&rate, data, sizeof(rate));
		n->rate_bytes = rate.rate;
		n->overhead = rate.packet_overhead;
		return 0;
	case TCA_NETEM_RATE64:
		if (len < sizeof(*rate64))
			return -1;
		memcpy(rate64, data, sizeof(*rate64));
		return 0;
	case TCA_NETEM_LATENCY64:
		if (len < sizeof(n->latency_ns))
			return -1;
		memcpy(&n->latency_ns, data, sizeof(n->latency_ns));
		return 0;
	case NETEM_PRNG_SEED:
		if (len < sizeof(n->seed))
			return -1;
		memcpy(&n->seed, data, sizeof(n->seed));
		n->seeded = true;
		return 0;
	case TCA_NETEM_LOSS:
		return get_loss(attr, n);
	default:
		return 0;
	}
}

int sb_netem_get(const void *options, size_t len, struct sb_netem *out)
{
	struct tc_netem_qopt qopt;
	struct sb_netem n = {0};
	const struct nlattr *attr, *first;
	uint64_t rate64 = 0;
	int rest;

	if (len < sizeof(qopt))
		return -1;
	memcpy(&qopt, options, sizeof(qopt));
	n.latency_ns = (int64_t)qopt.latency * PSCHED_TICK_NS;
	n.limit = qopt.limit;
	n.loss = qopt.loss;
	n.gap = qopt.gap;
	n.duplicate = qopt.duplicate;
	first = (const struct nlattr *)((const char *)options + NLA_ALIGN(sizeof(qopt)));
	nla_for_each_attr(attr, first, (int)(len - sizeof(qopt)), rest)
	{
		if (get_attr(attr, &n, &rate64))
			return -1;
	}
	if (rate64)
		n.rate_bytes = rate64;
	*out = n;
	return 0;
}

static bool differs(const char *what, uint64_t asked, uint64_t got, char *text, size_t size)
{
	if (asked == got)
		return false;
	snprintf(text, size, "%s is %" PRIu64 " instead of %" PRIu64, what, got, asked);
	return true;
}

bool sb_netem_differs(const struct sb_netem *a, const struct sb_netem *g, char *text, size_t size)
{
	if (differs("delay in ns", (uint64_t)a->latency_ns, (uint64_t)g->latency_ns, text, size) ||
	    differs("rate in bytes/s", a->rate_bytes, g->rate_bytes, text, size) ||
	    differs("overhead in bytes", a->overhead, g->overhead, text, size) ||
	    differs("limit", a->limit, g->limit, text, size) ||
	    differs("Gilbert-Elliott loss", a->gemodel, g->gemodel, text, size))
		return true;
	if (a->gemodel && (differs("loss p (of 2^32)", a->p, g->p, text, size) ||
			   differs("loss r (of 2^32)", a->r, g->r, text, size) ||
			   differs("loss h (of 2^32)", a->h, g->h, text, size) ||
			   differs("loss k1 (of 2^32)", a->k1, g->k1, text, size)))
		return true;
	return (!a->gemodel && differs("loss (of 2^32)", a->loss, g->loss, text, size)) ||
	       differs("duplication (of 2^32)", a->duplicate, g->duplicate, text, size) ||
	       differs("corruption (of 2^32)", a->corrupt, g->corrupt, text, size) ||
	       differs("reordering (of 2^32)", a->reorder, g->reorder, text, size) ||
	       differs("reorder gap", a->gap, g->gap, text, size);
}
