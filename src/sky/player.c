// SPDX-License-Identifier: MIT
/* player.c - the frozen timeline, applied when its time comes */
#include "player.h"

#include <stdlib.h>

#include "middle.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

void sb_player_init(struct sb_player *p, const struct sb_plan *plan)
{
	*p = (struct sb_player){.plan = plan,
				.late_ns = sb_alloc(plan->step_count, sizeof(int64_t))};
}

void sb_player_fini(struct sb_player *p)
{
	free(p->late_ns);
	*p = (struct sb_player){0};
}

void sb_player_start(struct sb_player *p, const struct sb_plan *plan, struct sb_middle *middle,
		     int64_t t0_ns)
{
	p->middle = middle;
	p->t0_ns = t0_ns;
	p->lookahead_ns = middle->ops->lookahead_ns;
	p->next = p->reported = 0;
	p->end = plan->step_count;
}

void sb_player_stop(struct sb_player *p)
{
	p->end = p->next;
}

int64_t sb_player_due_ns(const struct sb_player *p)
{
	if (p->next >= p->end)
		return INT64_MAX;
	return p->t0_ns + p->plan->steps[p->next].at_ns - p->lookahead_ns;
}

int sb_player_play(struct sb_player *p, struct sb_err *err)
{
	while (sb_player_due_ns(p) <= sb_mono_ns()) {
		const struct sb_step *step = &p->plan->steps[p->next];
		int64_t at_ns = p->t0_ns + step->at_ns;
		struct sb_shaper *shaper = p->middle->shapers[2 * step->link + step->dir];
		int rc = p->middle->ops->apply(shaper, &step->state, at_ns, err);
		int64_t late_ns = sb_mono_ns() - at_ns;

		p->late_ns[p->next++] = rc ? -1 : late_ns > 0 ? late_ns : 0;
		if (rc)
			return sb_wrap(err, "step %zu of the timeline", p->next - 1);
	}
	return 0;
}
