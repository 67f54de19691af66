// SPDX-License-Identifier: MIT
/*
 * beam.c - directions whose queue and rate several clients share
 *
 * In the plan each client keeps its own direction and its own steps, complete as all are; what is
 * shared (rate, queue, discipline, overhead, what events do to the queue) is the same in each of
 * them at any time.  So whoever looks at one client's direction sees what holds for it.
 */
#include "beam.h"

#include <stdlib.h>
#include <string.h>

#include "dir_fields.h"
#include "satbed/base/mem.h"

size_t sb_plan_first_sharer(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	if (!plan->links[link].dir[dir].shared)
		return link;
	for (size_t i = 0; i < link; i++)
		if (plan->links[i].dir[dir].shared)
			return i;
	return link;
}

size_t sb_plan_sharers(const struct sb_plan *plan, size_t link, enum sb_dir dir)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->link_count; i++)
		count += plan->links[i].dir[dir].shared;
	return plan->links[link].dir[dir].shared ? count : 1;
}

static bool same_discipline(const struct sb_discipline *a, const struct sb_discipline *b)
{
	return a->kind == b->kind && a->target_ns == b->target_ns &&
	       a->interval_ns == b->interval_ns;
}

/* --- from a scenario --- */

static bool same_queue(const struct sb_value *a, const struct sb_value *b)
{
	return sb_has(a) == sb_has(b) && (!sb_has(a) || (a->queue.kind == b->queue.kind &&
							 a->queue.amount == b->queue.amount));
}

/* The key that @link has otherwise than the first of those that it shares with, or NULL. */
static const char *find_other(const struct sb_scenario *sc, const struct sb_plan *plan,
			      size_t first, size_t link, enum sb_dir dir, enum sb_key *key)
{
	const struct sb_link_dir *a = &plan->links[first].dir[dir];
	const struct sb_link_dir *b = &plan->links[link].dir[dir];

	*key = SB_KEY_RATE;
	if (a->initial.rate_bps != b->initial.rate_bps)
		return "rate";
	*key = SB_KEY_DISCIPLINE;
	if (!same_discipline(&a->discipline, &b->discipline))
		return "discipline";
	*key = sb_dir_fields_differ(a, b);
	if (*key != SB_KEY_COUNT)
		return sb_key_name(*key);
	*key = SB_KEY_TRACE;
	if (a->trace_xxh64 != b->trace_xxh64)
		return "trace";
	*key = SB_KEY_QUEUE;
	return same_queue(sb_link_value(sc, (unsigned int)first + 1, dir, SB_KEY_QUEUE),
			  sb_link_value(sc, (unsigned int)link + 1, dir, SB_KEY_QUEUE))
		   ? NULL
		   : "queue";
}

static void fill_dir(const struct sb_scenario *sc, enum sb_dir dir, struct sb_plan *plan,
		     struct sb_findings *f)
{
	size_t first = plan->link_count;

	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_value *v =
		    sb_link_value(sc, (unsigned int)i + 1, dir, SB_KEY_SHARED);
		struct sb_link_dir *d = &plan->links[i].dir[dir];
		const char *other;
		char name[SB_NAME_MAX], sharer[SB_NAME_MAX];
		enum sb_key key;

		if (!v->word)
			continue;
		if (!d->initial.rate_bps) {
			sb_findings_add(
			    f, v->place,
			    "shared: %s has no rate to share in the %s direction; set one",
			    sb_link_name(name, plan, i), sb_dir_name(dir));
			return;
		}
		if (first == plan->link_count) {
			first = i;
			continue;
		}
		other = find_other(sc, plan, first, i, dir, &key);
		if (other) {
			sb_findings_add(f, sb_link_value(sc, (unsigned int)i + 1, dir, key)->place,
					"%s: %s shares its %s direction with %s, which has "
					"another %s; write one for both, or shared = no for one",
					other, sb_link_name(name, plan, i), sb_dir_name(dir),
					sb_link_name(sharer, plan, first), other);
			return;
		}
		plan->links[first].dir[dir].shared = d->shared = true;
		d->queue_bytes = plan->links[first].dir[dir].queue_bytes;
		d->queue_packets = plan->links[first].dir[dir].queue_packets;
	}
}

/* An event that changes what is shared concerns all who share, or none. */
static void check_event(const struct sb_scenario *sc, const struct sb_plan *plan,
			const struct sb_section *s, enum sb_dir dir, struct sb_findings *f)
{
	const struct sb_value *clients = sb_value(s, SB_KEY_EVENT_CLIENT);
	const struct sb_value *action = sb_value(s, SB_KEY_EVENT_QUEUE);
	int word = sb_value(s, SB_KEY_EVENT_DIRECTION)->word;
	size_t sharers = 0, meant = 0;

	if (!sb_has(sb_value(s, SB_KEY_RATE_STEP)) &&
	    !(sb_has(action) && action->word != SB_QUEUE_KEEP))
		return;
	if (!sb_has(clients) || (word != SB_WORD_BOTH && word != (int)dir))
		return;
	for (size_t i = 0; i < plan->link_count; i++)
		if (plan->links[i].dir[dir].shared) {
			sharers++;
			meant += sb_link_is_meant(sc, s, SB_KEY_EVENT_CLIENT, SB_KEY_EVENT_TERMINAL,
						  (unsigned int)i + 1);
		}
	if (meant && meant != sharers)
		sb_findings_add(f, clients->place,
				"client: rate_step and queue change what several clients share in "
				"the %s direction; name all of them, or none",
				sb_dir_name(dir));
}

void sb_beam_fill(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f)
{
	const struct sb_section *s;

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		fill_dir(sc, (enum sb_dir)dir, plan, f);
		for (size_t e = 0; (s = sb_scenario_section(sc, SB_SEC_EVENT, e)); e++)
			check_event(sc, plan, s, (enum sb_dir)dir, f);
	}
}

/* --- in the timeline --- */

/* One direction that is shared, instant by instant. */
struct settling {
	struct sb_plan *plan;
	enum sb_dir dir;
	size_t first;
	uint64_t rate_bps;
	struct sb_link_state *last; /* by link */
	struct sb_step *added;
	size_t count, room;
};

static void add_step(struct settling *s, size_t link, const struct sb_step *like)
{
	struct sb_step step = *like;

	step.link = (uint16_t)link;
	step.state = s->last[link];
	step.state.rate_bps = like->state.rate_bps;
	step.state.queue_action = like->state.queue_action;
	s->added = sb_grow(s->added, s->count, &s->room, sizeof(step));
	s->added[s->count++] = step;
}

/* All steps of one instant; the first client's, if it has one, is before the others'. */
static void settle_instant(struct settling *s, struct sb_step *steps, size_t count)
{
	const struct sb_step *leads = NULL;
	uint64_t had = 0;
	bool changes;

	for (size_t i = 0; i < count; i++)
		if (steps[i].dir == s->dir && steps[i].link == s->first)
			leads = &steps[i];
	changes = leads && leads->state.rate_bps != s->rate_bps;
	if (leads)
		s->rate_bps = leads->state.rate_bps;
	for (size_t i = 0; i < count; i++) {
		struct sb_link_state *state = &steps[i].state;

		if (steps[i].dir != s->dir || !s->plan->links[steps[i].link].dir[s->dir].shared)
			continue;
		state->rate_bps = s->rate_bps;
		state->queue_action = leads ? leads->state.queue_action : SB_QUEUE_KEEP;
		s->last[steps[i].link] = *state;
		had |= UINT64_C(1) << steps[i].link;
	}
	for (size_t link = 0; changes && link < s->plan->link_count; link++)
		if (s->plan->links[link].dir[s->dir].shared && !(had >> link & 1)) {
			add_step(s, link, leads);
			s->last[link].rate_bps = s->rate_bps;
		}
}

static void settle_dir(struct sb_plan *plan, enum sb_dir dir, size_t first)
{
	struct settling s = {.plan = plan,
			     .dir = dir,
			     .first = first,
			     .rate_bps = plan->links[first].dir[dir].initial.rate_bps,
			     .last = sb_alloc(plan->link_count, sizeof(*s.last))};
	size_t from = 0, to;

	for (size_t i = 0; i < plan->link_count; i++)
		s.last[i] = plan->links[i].dir[dir].initial;
	for (; from < plan->step_count; from = to) {
		for (to = from + 1;
		     to < plan->step_count && plan->steps[to].at_ns == plan->steps[from].at_ns;)
			to++;
		settle_instant(&s, &plan->steps[from], to - from);
	}
	if (s.count) {
		size_t count = plan->step_count + s.count;
		struct sb_step *all = sb_alloc(count, sizeof(*all));

		memcpy(all, plan->steps, plan->step_count * sizeof(*all));
		memcpy(all + plan->step_count, s.added, s.count * sizeof(*all));
		qsort(all, count, sizeof(*all), sb_compare_steps);
		free(plan->steps);
		plan->steps = all;
		plan->step_count = count;
	}
	free(s.added);
	free(s.last);
}

static size_t find_first(const struct sb_plan *plan, enum sb_dir dir)
{
	size_t i = 0;

	while (i < plan->link_count && !plan->links[i].dir[dir].shared)
		i++;
	return i;
}

void sb_beam_settle(struct sb_plan *plan)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		size_t first = find_first(plan, (enum sb_dir)dir);

		if (first < plan->link_count)
			settle_dir(plan, (enum sb_dir)dir, first);
	}
}

/* --- from JSON --- */

static int fail_other(size_t link, enum sb_dir dir, size_t first, const char *what,
		      struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0,
		       "$.links[%zu].%s is shared with links[%zu] and has another %s", link,
		       sb_dir_name(dir), first, what);
}

static int check_rates(const struct sb_plan *plan, enum sb_dir dir, size_t first,
		       struct sb_err *err)
{
	uint64_t rate_bps[SB_MAX_CLIENTS];

	for (size_t i = 0; i < plan->link_count; i++)
		rate_bps[i] = plan->links[i].dir[dir].initial.rate_bps;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->dir == dir)
			rate_bps[s->link] = s->state.rate_bps;
		if (i + 1 < plan->step_count && plan->steps[i + 1].at_ns == s->at_ns)
			continue;
		for (size_t link = first + 1; link < plan->link_count; link++)
			if (plan->links[link].dir[dir].shared && rate_bps[link] != rate_bps[first])
				return fail_other(link, dir, first, "rate on the timeline", err);
	}
	return 0;
}

int sb_beam_check(const struct sb_plan *plan, struct sb_err *err)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		size_t first = find_first(plan, (enum sb_dir)dir);
		const struct sb_link_dir *a;
		enum sb_key key;

		if (first == plan->link_count)
			continue;
		a = &plan->links[first].dir[dir];
		if (sb_plan_sharers(plan, first, (enum sb_dir)dir) < 2)
			return sb_fail(err, SB_EINPUT, 0,
				       "$.links[%zu].%s is shared with no other link", first,
				       sb_dir_name((enum sb_dir)dir));
		for (size_t i = first + 1; i < plan->link_count; i++) {
			const struct sb_link_dir *b = &plan->links[i].dir[dir];

			if (!b->shared)
				continue;
			if (a->queue_bytes != b->queue_bytes)
				return fail_other(i, (enum sb_dir)dir, first, "queue", err);
			if (!same_discipline(&a->discipline, &b->discipline))
				return fail_other(i, (enum sb_dir)dir, first, "discipline", err);
			key = sb_dir_fields_differ(a, b);
			if (key != SB_KEY_COUNT)
				return fail_other(i, (enum sb_dir)dir, first, sb_key_name(key),
						  err);
			if (a->initial.rate_bps != b->initial.rate_bps)
				return fail_other(i, (enum sb_dir)dir, first, "rate", err);
		}
		if (check_rates(plan, (enum sb_dir)dir, first, err))
			return -1;
	}
	return 0;
}
