// SPDX-License-Identifier: MIT
/* needs.c - what only the user-space link can do, and which backend can play a plan */
#include <net/ethernet.h>
#include <stdio.h>

#include "plan_priv.h"
#include "satbed/base/mem.h"

/* One acknowledgement for two segments (RFC 9293, 3.8.6.3), with time stamps; and the share of a direction's rate from
 * which on bursts of them fill its queue. */
#define ACK_BYTES 66
#define ACK_SHARE 0.5

static bool has_exact(const struct sb_link_dir *d)
{
	return d->exact.count > 0;
}

static bool has_discipline(const struct sb_link_dir *d)
{
	return d->discipline.kind != SB_DROP_TAIL;
}

static bool is_shared(const struct sb_link_dir *d)
{
	return d->shared;
}

/* @key: where it stands in a scenario. */
static const struct need {
	bool (*is_needed)(const struct sb_link_dir *d);
	enum sb_key key;
	const char *what;
} needs[] = {
    {has_discipline, SB_KEY_DISCIPLINE, "netem's queue is drop-tail only"},
    {is_shared, SB_KEY_SHARED, "netem has a queue for each client, none for several"},
    {has_exact, SB_KEY_LOSS, "netem cannot lose packets by their number"},
};

static const struct need *find_need(const struct sb_link_dir *d)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(needs); i++)
		if (needs[i].is_needed(d))
			return &needs[i];
	return NULL;
}

#define NO_STOP "netem cannot let packets wait while nothing is sent (gaps of a trace)"

static bool stops(const struct sb_plan *plan)
{
	for (size_t i = 0; i < 2 * plan->link_count; i++)
		if (plan->links[i / 2].dir[i % 2].initial.rate_bps == SB_RATE_STOPPED)
			return true;
	for (size_t i = 0; i < plan->step_count; i++)
		if (plan->steps[i].state.rate_bps == SB_RATE_STOPPED)
			return true;
	return false;
}

bool sb_plan_needs_user(const struct sb_plan *plan, char *why, size_t size)
{
	if (size)
		why[0] = '\0';
	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct need *n = find_need(&plan->links[i / 2].dir[i % 2]);
		char name[SB_NAME_MAX];

		if (!n)
			continue;
		snprintf(why, size, "%s (%s %s)", n->what, sb_link_name(name, plan, i / 2),
			 sb_dir_name((enum sb_dir)(i % 2)));
		return true;
	}
	if (stops(plan)) {
		snprintf(why, size, NO_STOP);
		return true;
	}
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].state.queue_action == SB_QUEUE_KEEP)
			continue;
		snprintf(why, size, "netem cannot take frames out of its queue (event %s)",
			 plan->steps[i].event >= 0 ? plan->events[plan->steps[i].event].name : "");
		return true;
	}
	return false;
}

/* May programs send segments of full size in this direction of the client's link? */
static bool has_bulk(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *flow = &plan->flows[i];
		bool own = flow->kind == SB_FLOW_EXEC || flow->kind == SB_FLOW_SESSION;
		bool bulk = flow->kind == SB_FLOW_BULK || flow->kind == SB_FLOW_FILE;

		if (sb_flow_uses(plan, flow, link) && (own || (bulk && flow->dir == dir)))
			return true;
	}
	return false;
}

bool sb_plan_prefers_user(const struct sb_plan *plan, char *why, size_t size)
{
	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i / 2];
		enum sb_dir dir = (enum sb_dir)(i % 2);
		double rate_bps = (double)link->dir[dir].max_rate_bps;
		double ack_bps = (double)link->dir[!dir].max_rate_bps * ACK_BYTES /
				 (2.0 * (plan->mtu + ETHER_HDR_LEN));
		char name[SB_NAME_MAX];

		if (rate_bps <= 0 || ack_bps < ACK_SHARE * rate_bps ||
		    !has_bulk(plan, i / 2, (enum sb_dir) !dir))
			continue;
		snprintf(why, size,
			 "acknowledgements may fill the queue, and netem's counts packets, not "
			 "bytes (%s %s)",
			 sb_link_name(name, plan, i / 2), sb_dir_name(dir));
		return true;
	}
	return false;
}

static void check_actions(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *s;

	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_EVENT, i)); i++) {
		const struct sb_value *v = sb_value(s, SB_KEY_EVENT_QUEUE);

		if (sb_has(v) && v->word != SB_QUEUE_KEEP)
			sb_findings_add(f, v->place,
					"queue: netem cannot take frames out of its queue; write "
					"backend = user, or backend = auto");
	}
}

void sb_plan_check_backend(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f)
{
	int told = 0;

	if (plan->backend != SB_BACKEND_NETEM)
		return;
	check_actions(sc, f);
	for (int dir = SB_UP; dir <= SB_DOWN && stops(plan); dir++) {
		const struct sb_value *trace = sb_link_value(sc, 1, (enum sb_dir)dir, SB_KEY_TRACE);

		if (sb_has(trace)) {
			sb_findings_add(f, trace->place,
					"trace: " NO_STOP
					"; write backend = user, or backend = auto");
			break;
		}
	}
	for (size_t i = 0; i < 2 * plan->link_count; i++) {
		const struct need *n = find_need(&plan->links[i / 2].dir[i % 2]);
		int place;

		if (!n)
			continue;
		place =
		    sb_link_value(sc, (unsigned int)i / 2 + 1, (enum sb_dir)(i % 2), n->key)->place;
		/* One finding for a line is enough, however many links it holds for. */
		if (place && place == told)
			continue;
		told = place;
		sb_findings_add(f, place, "%s: %s; write backend = user, or backend = auto",
				sb_key_name(n->key), n->what);
	}
}
