// SPDX-License-Identifier: MIT
/* bursts.c - loss by time: the intervals in which a link loses everything */
#include "bursts.h"

#include "satbed/base/clock.h"

#define MAX_LENGTH_NS (24 * 3600 * SB_NS_PER_S)

/* The normal distribution's 90th percentile, in standard deviations. */
#define NORMAL_P90 1.2815515655446004

static double mean_ns(const struct sb_draw *d)
{
	double a = (double)d->a, b = (double)d->b, sigma;

	switch (d->kind) {
	case SB_DRAW_UNIFORM:
		return (a + b) / 2;
	case SB_DRAW_LOGNORMAL:
		sigma = sb_natural_log(b / a) / NORMAL_P90;
		return a * sb_exact_exp(sigma * sigma / 2);
	case SB_DRAW_FIXED:
	case SB_DRAW_NORMAL:
	case SB_DRAW_ALTERNATE:
	case SB_DRAW_OLD_NEW:
	case SB_DRAW_EXPONENTIAL:
		break;
	}
	return a;
}

static int64_t round_ns(double ns)
{
	return ns < (double)MAX_LENGTH_NS ? sb_round(ns) : MAX_LENGTH_NS;
}

struct sb_bursts sb_bursts_means(const struct sb_loss_bursts *b)
{
	double burst = mean_ns(&b->burst);

	if (b->step_ns)
		return (struct sb_bursts){
		    .burst_ns = round_ns((double)b->step_ns * SB_PPB / b->leave_ppb),
		    .gap_ns = round_ns((double)b->step_ns * SB_PPB / b->enter_ppb)};
	if (b->share_ppb)
		return (struct sb_bursts){
		    .burst_ns = round_ns(burst),
		    .gap_ns = round_ns(burst * (SB_PPB - b->share_ppb) / b->share_ppb)};
	return (struct sb_bursts){.burst_ns = round_ns(burst),
				  .gap_ns = round_ns(mean_ns(&b->gap))};
}

/* Steps until something happens that has a chance of @ppb in each: geometric, at least one. */
static int64_t steps_ns(struct sb_rng *rng, int64_t step_ns, uint32_t ppb)
{
	double u = 1.0 - sb_rng_unit(rng), steps = 1;

	if (ppb < SB_PPB)
		steps += (double)(int64_t)(sb_natural_log(u) /
					   sb_natural_log(1.0 - (double)ppb / SB_PPB));
	steps *= (double)step_ns;
	return steps < (double)MAX_LENGTH_NS ? (int64_t)steps : MAX_LENGTH_NS;
}

static void draw_pair(struct sb_rng *rng, const struct sb_loss_bursts *b, int64_t *gap_ns,
		      int64_t *burst_ns)
{
	struct sb_draw gap = b->gap;

	if (b->step_ns) {
		*gap_ns = steps_ns(rng, b->step_ns, b->enter_ppb);
		*burst_ns = steps_ns(rng, b->step_ns, b->leave_ppb);
		return;
	}
	if (b->share_ppb)
		gap = (struct sb_draw){SB_DRAW_EXPONENTIAL, sb_bursts_means(b).gap_ns, 0};
	*gap_ns = sb_draw_value(rng, &gap, MAX_LENGTH_NS);
	*burst_ns = sb_draw_value(rng, &b->burst, MAX_LENGTH_NS);
}

void sb_bursts_next(struct sb_rng *rng, const struct sb_loss_bursts *b, int64_t after_ns,
		    int64_t *from_ns, int64_t *to_ns)
{
	int64_t gap_ns, burst_ns;

	/* Lengths of less than a nanosecond: neither a gap nor a burst. */
	do {
		draw_pair(rng, b, &gap_ns, &burst_ns);
		after_ns += gap_ns;
	} while (burst_ns <= 0);
	*from_ns = after_ns + (gap_ns <= 0);
	*to_ns = *from_ns + burst_ns;
}
