// SPDX-License-Identifier: MIT
/* state.c - looking into a plan: the state at an instant, the timeline's hash */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "plan_priv.h"
#include "satbed/base/bisect.h"
#include "satbed/base/mem.h"

const char *const sb_cause_names[] = {"event", "outage_end", "jitter", "ramp", "burst",
				      "trace", "orbit",	     "rate",   NULL};

bool sb_cause_is_event(enum sb_step_cause cause)
{
	return cause == SB_CAUSE_EVENT || cause == SB_CAUSE_OUTAGE_END || cause == SB_CAUSE_RAMP;
}

bool sb_plan_is_split(const struct sb_plan *plan)
{
	return plan->path != SB_PATH_BRIDGE || plan->pep != SB_PEP_NONE;
}

const char *sb_plan_relay_name(const struct sb_plan *plan)
{
	static const char *const proxies[] = {"none", "the terminal's proxy", "the gateway's proxy",
					      "the proxies"};

	return plan->pep ? proxies[plan->pep] : sb_relay_name(plan->path);
}

bool sb_plan_has_proxy(const struct sb_plan *plan, enum sb_dir dir)
{
	return plan->pep & (dir == SB_UP ? SB_PEP_TERMINAL : SB_PEP_GATEWAY);
}

bool sb_flow_is_sent_elsewhere(const struct sb_plan *plan, const struct sb_flow *flow)
{
	if (plan->pep)
		return sb_plan_has_proxy(plan, (enum sb_dir)flow->dir);
	if (plan->path == SB_PATH_BRIDGE)
		return false;
	return flow->dir != (plan->placement == SB_INSIDE ? SB_UP : SB_DOWN);
}

const char *sb_point_prefix(enum sb_point point)
{
	static const char *const prefixes[SB_POINTS] = {"", "server-", "other-leg-", "server-leg-"};

	return prefixes[point];
}

bool sb_point_is_satellite(enum sb_point point)
{
	return point == SB_AT_CLIENT || point == SB_AT_SERVER;
}

size_t sb_plan_points(const struct sb_plan *plan)
{
	if (plan->pep)
		return SB_POINTS;
	return plan->path == SB_PATH_BRIDGE ? SB_AT_OTHER_LEG : SB_AT_SERVER_LEG;
}

enum sb_transport sb_flow_transport(const struct sb_flow *flow)
{
	switch (flow->kind) {
	case SB_FLOW_STREAM:
		return SB_TRANSPORT_UDP;
	case SB_FLOW_RR:
		return (enum sb_transport)flow->transport;
	case SB_FLOW_EXEC:
	case SB_FLOW_SESSION:
		return SB_TRANSPORT_ANY;
	case SB_FLOW_BULK:
	case SB_FLOW_FILE:
		break;
	}
	return SB_TRANSPORT_TCP;
}

const char *sb_cause_name(enum sb_step_cause cause)
{
	return sb_cause_names[cause];
}

/* Whether a queue action is due is not compared: it is of an instant, not of a state. */
bool sb_link_state_equal(const struct sb_link_state *a, const struct sb_link_state *b)
{
	return a->delay_ns == b->delay_ns && a->rate_bps == b->rate_bps &&
	       sb_loss_equal(&a->loss, &b->loss) && a->duplicate_ppb == b->duplicate_ppb &&
	       a->reorder_ppb == b->reorder_ppb && a->corrupt_ppb == b->corrupt_ppb &&
	       a->outage == b->outage;
}

/* --- the index of steps --- */

/* Positions of one direction's steps: at[first[2 * link + dir]] up to the next first. */
struct sb_step_index {
	uint32_t *at;
	uint32_t first[2 * SB_MAX_CLIENTS + 1];
};

int sb_compare_steps(const void *pa, const void *pb)
{
	const struct sb_step *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->link != b->link)
		return a->link < b->link ? -1 : 1;
	return (int)a->dir - (int)b->dir;
}

void sb_plan_index(struct sb_plan *plan)
{
	size_t lanes = 2 * plan->link_count;
	uint32_t fill[2 * SB_MAX_CLIENTS] = {0};
	struct sb_step_index *x;

	/* One piece, so that freeing it needs no knowledge of it. */
	free(plan->index);
	x = sb_alloc(1, sizeof(*x) + plan->step_count * sizeof(*x->at));
	x->at = (uint32_t *)(x + 1);
	for (size_t i = 0; i < plan->step_count; i++)
		x->first[2 * plan->steps[i].link + plan->steps[i].dir + 1]++;
	for (size_t lane = 0; lane < lanes; lane++) {
		x->first[lane + 1] += x->first[lane];
		fill[lane] = x->first[lane];
	}
	for (size_t i = 0; i < plan->step_count; i++)
		x->at[fill[2 * plan->steps[i].link + plan->steps[i].dir]++] = (uint32_t)i;
	plan->index = x;
}

static const struct sb_link_state *walk_to(const struct sb_plan *plan, size_t link, enum sb_dir dir,
					   int64_t at_ns)
{
	const struct sb_link_state *s = &plan->links[link].dir[dir].initial;

	for (size_t i = 0; i < plan->step_count && plan->steps[i].at_ns <= at_ns; i++)
		if (plan->steps[i].link == link && plan->steps[i].dir == dir)
			s = &plan->steps[i].state;
	return s;
}

const struct sb_link_state *sb_plan_state_at(const struct sb_plan *plan, size_t link,
					     enum sb_dir dir, int64_t at_ns)
{
	const struct sb_step_index *x = plan->index;
	size_t lane = 2 * link + (size_t)dir, next;

	if (!x)
		return walk_to(plan, link, dir, at_ns);
	/* The first step after @at_ns. */
	next = sb_bisect(mid, x->first[lane], x->first[lane + 1],
			 plan->steps[x->at[mid]].at_ns <= at_ns);
	if (next == x->first[lane])
		return &plan->links[link].dir[dir].initial;
	return &plan->steps[x->at[next - 1]].state;
}

/* --- the hash --- */

/* Text, so that it does not depend on the byte order or the layout of structures. */
static void hash_state(XXH64_state_t *h, const struct sb_link_state *s)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "%" PRId64 " %" PRIu64 " %d %u %u %u %u %u %u %u %u %d\n", s->delay_ns,
			 s->rate_bps, (int)s->loss.kind, s->loss.random_ppb, s->loss.bad_ppb,
			 s->loss.good_ppb, s->loss.lost_in_bad_ppb, s->loss.lost_in_good_ppb,
			 s->duplicate_ppb, s->reorder_ppb, s->corrupt_ppb, s->outage);

	XXH64_update(h, text, (size_t)n);
	/* Only where there is one, so that timelines without keep the hash they had. */
	if (s->queue_action)
		XXH64_update(h, sb_queue_action_names[s->queue_action],
			     strlen(sb_queue_action_names[s->queue_action]));
}

uint64_t sb_plan_timeline_hash(const struct sb_plan *plan)
{
	XXH64_state_t *h = sb_must(XXH64_createState());
	uint64_t hash;

	XXH64_reset(h, 0);
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			hash_state(h, &plan->links[i].dir[dir].initial);
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];
		char text[96];
		int n = snprintf(text, sizeof(text), "%" PRId64 " %u %u %u %d ", s->at_ns, s->link,
				 s->dir, s->cause, s->event);

		XXH64_update(h, text, (size_t)n);
		hash_state(h, &s->state);
	}
	hash = XXH64_digest(h);
	XXH64_freeState(h);
	return hash;
}
