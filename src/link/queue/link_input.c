// SPDX-License-Identifier: MIT
/* link_input.c - what is one client's own in a direction: its steps, its chances, its delay */
#include "link_input.h"

#include <stdlib.h>

#include "satbed/base/mem.h"

void sb_link_input_init(struct sb_link_input *f, const struct sb_link_state *initial,
			const struct sb_exact *exact, uint64_t seed, bool may_overtake,
			uint32_t mask)
{
	*f = (struct sb_link_input){.exact = *exact,
				    .state = *initial,
				    .delay_ns = initial->delay_ns,
				    .may_overtake = may_overtake,
				    .steps = sb_alloc(SB_LINK_INPUT_STEPS, sizeof(*f->steps))};
	sb_rng_seed(&f->rng, seed, 0);
	sb_delay_line_init(&f->lanes, mask);
}

void sb_link_input_fini(struct sb_link_input *f)
{
	free(f->steps);
	sb_delay_line_fini(&f->lanes);
}

void sb_link_input_apply(struct sb_link_input *f, const struct sb_link_state *state, int64_t at_ns)
{
	f->steps[f->head++ % SB_LINK_INPUT_STEPS] = (struct sb_link_input_step){at_ns, *state};
}

uint32_t sb_link_input_pending(const struct sb_link_input *f)
{
	uint32_t arrival = f->head - f->arrival, done = f->head - f->done;

	return arrival > done ? arrival : done;
}

void sb_link_input_arrive_at(struct sb_link_input *f, int64_t at_ns)
{
	for (; f->arrival != f->head && sb_link_input_step(f, f->arrival)->at_ns <= at_ns;
	     f->arrival++)
		f->state = sb_link_input_step(f, f->arrival)->state;
}

void sb_link_input_done_at(struct sb_link_input *f, int64_t at_ns)
{
	for (; f->done != f->head && sb_link_input_step(f, f->done)->at_ns <= at_ns; f->done++)
		f->delay_ns = sb_link_input_step(f, f->done)->state.delay_ns;
}

/* Moves the loss process by one packet; the same draws whatever the kind and the outcome. */
static bool draw_loss(struct sb_link_input *f)
{
	const struct sb_loss *loss = &f->state.loss;
	bool bursts = loss->kind == SB_LOSS_GEMODEL;
	uint32_t move_ppb = f->bad ? loss->good_ppb : loss->bad_ppb;
	uint32_t lost_ppb = 0;

	if (sb_rng_chance(&f->rng, bursts ? move_ppb : 0))
		f->bad = !f->bad;
	if (bursts)
		lost_ppb = f->bad ? loss->lost_in_bad_ppb : loss->lost_in_good_ppb;
	else if (loss->kind == SB_LOSS_RANDOM)
		lost_ppb = loss->random_ppb;
	return sb_rng_chance(&f->rng, lost_ppb);
}

/* "exact N": packets are numbered from 1 by those who name them. */
static bool is_lost_by_number(struct sb_link_input *f, uint64_t index)
{
	const struct sb_exact *e = &f->exact;

	while (f->exact_next < e->count && index + 1 > e->range[f->exact_next].last)
		f->exact_next++;
	return f->exact_next < e->count && index + 1 >= e->range[f->exact_next].first;
}

void sb_link_input_draw(struct sb_link_input *f, uint64_t index, struct sb_chances *out)
{
	out->lost = draw_loss(f) | is_lost_by_number(f, index);
	out->duplicate = sb_rng_chance(&f->rng, f->state.duplicate_ppb);
	out->corrupt = sb_rng_chance(&f->rng, f->state.corrupt_ppb);
	out->bit = sb_rng_u64(&f->rng);
	out->reorder[0] = sb_rng_chance(&f->rng, f->state.reorder_ppb);
	out->reorder[1] = sb_rng_chance(&f->rng, f->state.reorder_ppb);
}

int64_t sb_link_input_delay(struct sb_link_input *f, struct sb_departure *d, bool skip)
{
	if (skip) {
		sb_delay_line_put(&f->lanes, SB_LANE_EXPRESS, d);
		return d->depart_ns;
	}
	sb_link_input_done_at(f, d->depart_ns);
	d->depart_ns += f->delay_ns;
	if (f->may_overtake) {
		sb_delay_line_put_unordered(&f->lanes, d);
		return d->depart_ns;
	}
	/* A falling delay holds packets back rather than let them overtake. */
	if (d->depart_ns < f->lanes.lane[SB_LANE_MAIN].last_ns)
		d->depart_ns = f->lanes.lane[SB_LANE_MAIN].last_ns;
	sb_delay_line_put(&f->lanes, SB_LANE_MAIN, d);
	return d->depart_ns;
}

int64_t sb_link_input_least_delay_ns(const struct sb_link_input *f, int64_t most_ns)
{
	int64_t least_ns = f->delay_ns < most_ns ? f->delay_ns : most_ns;

	for (uint32_t i = f->done; i != f->head; i++)
		if (sb_link_input_step(f, i)->state.delay_ns < least_ns)
			least_ns = sb_link_input_step(f, i)->state.delay_ns;
	return least_ns;
}

bool sb_link_input_may_skip(const struct sb_link_input *f)
{
	if (f->state.reorder_ppb)
		return true;
	for (uint32_t i = f->arrival; i != f->head; i++)
		if (sb_link_input_step(f, i)->state.reorder_ppb)
			return true;
	return false;
}
