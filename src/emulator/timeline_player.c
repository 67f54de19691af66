// SPDX-License-Identifier: MIT
/* timeline_player.c - the frozen timeline, applied when its time comes */
#include "timeline_player.h"

#include <stdlib.h>

#include "link_set.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/*
 * On a virtual clock wake-ups are what costs: one hands over what is due within this, too.  So many of them, that a
 * backend's room for steps on their way is not filled.
 */
#define VIRTUAL_BATCH_NS    (150 * SB_NS_PER_MS)
#define VIRTUAL_BATCH_STEPS 256

void sb_timeline_player_init(struct sb_timeline_player *p, const struct sb_plan *plan)
{
	*p = (struct sb_timeline_player){
	    .plan = plan,
	    .late_ns = sb_alloc(plan->step_count, sizeof(int64_t)),
	    .hands = sb_alloc(2 * plan->link_count, sizeof(struct sb_hand))};
}

void sb_timeline_player_fini(struct sb_timeline_player *p)
{
	free(p->late_ns);
	free(p->hands);
	*p = (struct sb_timeline_player){0};
}

void sb_timeline_player_start(struct sb_timeline_player *p, const struct sb_plan *plan,
			      struct sb_link_set *middle, int64_t t0_ns)
{
	p->middle = middle;
	p->t0_ns = t0_ns;
	p->lookahead_ns = middle->ops->lookahead_ns;
	p->next = p->reported = 0;
	p->end = plan->step_count;
	p->started = true;
	p->resting = false;
}

void sb_timeline_player_stop(struct sb_timeline_player *p)
{
	p->end = p->next;
}

static const struct sb_link_state *own_state(const struct sb_timeline_player *p, size_t link,
					     enum sb_dir dir, int64_t now_ns)
{
	const struct sb_hand *hand = &p->hands[2 * link + (size_t)dir];

	if (hand->set)
		return &hand->state;
	if (!p->started || p->resting)
		return &p->plan->links[link].dir[dir].initial;
	return sb_plan_state_at(p->plan, link, dir, now_ns - p->t0_ns);
}

struct sb_link_state sb_timeline_player_state(const struct sb_timeline_player *p, size_t link,
					      enum sb_dir dir, int64_t now_ns)
{
	struct sb_link_state state = *own_state(p, link, dir, now_ns);
	size_t first = sb_plan_first_sharer(p->plan, link, dir);

	/* A rate that is shared is the first one's, by hand or by the timeline. */
	if (first != link)
		state.rate_bps = own_state(p, first, dir, now_ns)->rate_bps;
	return state;
}

/* Is @state's rate one that this direction has to say? */
static int check_rate(const struct sb_timeline_player *p, size_t link, enum sb_dir dir,
		      const struct sb_link_state *state, struct sb_err *err)
{
	size_t first = sb_plan_first_sharer(p->plan, link, dir);
	char own[SB_NAME_MAX], other[SB_NAME_MAX];

	if (first == link ||
	    state->rate_bps == sb_timeline_player_state(p, link, dir, sb_mono_ns()).rate_bps)
		return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "%s shares its %s direction's rate with %s; change it there: %s.%s rate=RATE",
	    sb_link_name(own, p->plan, link), sb_dir_name(dir), sb_link_name(other, p->plan, first),
	    other, sb_dir_name(dir));
}

static int apply_now(struct sb_link_set *m, size_t i, const struct sb_link_state *state,
		     struct sb_err *err)
{
	struct sb_link_state now = *state;

	/* What was done to the queue when this state began is not done again. */
	now.queue_action = SB_QUEUE_KEEP;
	return m->ops->apply(m->shapers[i], &now, sb_mono_ns(), err);
}

/* Back to the timeline, with the steps that were due ahead of their time meanwhile. */
static int resume(struct sb_timeline_player *p, struct sb_link_set *middle, size_t link,
		  enum sb_dir dir, struct sb_err *err)
{
	size_t i = 2 * link + (size_t)dir;
	int64_t now_ns = sb_mono_ns();
	struct sb_link_state state = sb_timeline_player_state(p, link, dir, now_ns);

	if (apply_now(middle, i, &state, err))
		return -1;
	if (!p->started || p->resting)
		return 0;
	for (size_t s = 0; s < p->next; s++) {
		const struct sb_step *step = &p->plan->steps[s];

		if (step->link == link && step->dir == dir && p->t0_ns + step->at_ns > now_ns &&
		    middle->ops->apply(middle->shapers[i], &step->state, p->t0_ns + step->at_ns,
				       err))
			return -1;
	}
	return 0;
}

int sb_timeline_player_set(struct sb_timeline_player *p, struct sb_link_set *middle, size_t link,
			   enum sb_dir dir, const struct sb_link_state *state, struct sb_err *err)
{
	struct sb_hand *hand = &p->hands[2 * link + (size_t)dir];

	if (!state) {
		bool was = hand->set;

		hand->set = false;
		return was ? resume(p, middle, link, dir, err) : 0;
	}
	if (check_rate(p, link, dir, state, err) ||
	    apply_now(middle, 2 * link + (size_t)dir, state, err))
		return -1;
	*hand = (struct sb_hand){true, *state};
	return 0;
}

int sb_timeline_player_rest(struct sb_timeline_player *p, struct sb_link_set *middle,
			    struct sb_err *err)
{
	sb_timeline_player_stop(p);
	p->resting = true;
	for (size_t i = 0; i < 2 * p->plan->link_count; i++)
		if (!p->hands[i].set &&
		    apply_now(middle, i, &p->plan->links[i / 2].dir[i % 2].initial, err))
			return -1;
	return 0;
}

int64_t sb_timeline_player_due_ns(const struct sb_timeline_player *p)
{
	if (p->next >= p->end)
		return INT64_MAX;
	return p->t0_ns + p->plan->steps[p->next].at_ns - p->lookahead_ns;
}

static bool may_batch(const struct sb_timeline_player *p)
{
	return p->lookahead_ns > 0 && sb_clock_is_virtual();
}

int sb_timeline_player_play(struct sb_timeline_player *p, struct sb_err *err)
{
	int64_t ahead_ns = 0;
	size_t first = p->next;

	while (sb_timeline_player_due_ns(p) - ahead_ns <= sb_mono_ns()) {
		const struct sb_step *step = &p->plan->steps[p->next];
		int64_t at_ns = p->t0_ns + step->at_ns;
		size_t i = 2 * (size_t)step->link + step->dir;
		int rc = 0;
		int64_t late_ns;

		if (!p->hands[i].set)
			rc = p->middle->ops->apply(p->middle->shapers[i], &step->state, at_ns, err);
		late_ns = sb_mono_ns() - at_ns;

		p->late_ns[p->next++] = rc ? -1 : late_ns > 0 ? late_ns : 0;
		if (rc)
			return sb_wrap(err, "step %zu of the timeline", p->next - 1);
		ahead_ns = 0;
		if (may_batch(p) && p->next - first < VIRTUAL_BATCH_STEPS)
			ahead_ns = VIRTUAL_BATCH_NS;
	}
	return 0;
}
