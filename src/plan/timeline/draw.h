/* SPDX-License-Identifier: MIT */
/* draw.h - numbers drawn from the distributions of a scenario, the same on every machine */
#ifndef SATBED_PLAN_DRAW_H
#define SATBED_PLAN_DRAW_H

#include <stdint.h>

#include "plan/exact.h"
#include "satbed/base/rng.h"
#include "satbed/scenario_values.h"

/**
 * sb_draw_stream() - the stream of random numbers for one purpose
 * @purpose:	"event/reconfigure/client1/outage": streams belong to names, not to positions, so
 *		that another event, client or key leaves them alone
 */
void sb_draw_stream(struct sb_rng *rng, uint64_t seed, const char *purpose);
/** sb_draw_value() - the next value, in the units of @d, at most @max in size */
int64_t sb_draw_value(struct sb_rng *rng, const struct sb_draw *d, int64_t max);

/** sb_draw_jitter() - the next deviation of a delay, in ns, at most @max in size */
int64_t sb_draw_jitter(struct sb_rng *rng, const struct sb_jitter *j, int64_t max);

/** sb_draw_jitter_at() - the deviation that a z of mean 0 and variance 1 stands for: of jitters that
 * are normal, a table or quantiles */
int64_t sb_draw_jitter_at(double z, const struct sb_jitter *j, int64_t max);

#endif
