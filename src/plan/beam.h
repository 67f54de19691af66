/* SPDX-License-Identifier: MIT */
/* beam.h - directions whose queue and rate several clients share */
#ifndef SATBED_PLAN_BEAM_H
#define SATBED_PLAN_BEAM_H

#include "plan_priv.h"

/**
 * sb_beam_fill() - who shares which direction, and whether what they share is one
 *
 * Their queue is the first one's.  A client that would share with nobody shares nothing.
 */
void sb_beam_fill(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f);
/**
 * sb_beam_settle() - the rates and queue actions of all who share are those of the first
 *
 * Where the first one's rate changes the others get a step, too.  Steps are in order before and
 * after.
 */
void sb_beam_settle(struct sb_plan *plan);
/** sb_beam_check() - what sb_beam_fill() and sb_beam_settle() see to, in a plan from elsewhere */
int sb_beam_check(const struct sb_plan *plan, struct sb_err *err);

#endif
