/* SPDX-License-Identifier: MIT */
/* runs.h - the runs of a sweep by what they depend on, and what is there of each; private to src/sweep */
#ifndef SATBED_SWEEP_RUNS_H
#define SATBED_SWEEP_RUNS_H

#include "satbed/live.h"
#include "satbed/plan.h"
#include "sweep/spec.h"

#define SB_SWEEP_HASH_LEN 32

/** struct sb_sweep_run - @failed: attempts that came to nothing; @why: of the last one, NULL = none */
struct sb_sweep_run {
	char hash[SB_SWEEP_HASH_LEN + 1];
	bool there;
	size_t failed;
	char *why;
};

/** sb_sweep_plan() - the plan of run @run; the caller's to sb_plan_free(); 0, or -1 with @err */
int sb_sweep_plan(const struct sb_sweep_spec *s, size_t run, struct sb_plan **out,
		  struct sb_err *err);
/**
 * sb_sweep_hash() - over all that a run of @plan depends on: the plan, satbed's version, the kernel
 *
 * XXH3 of 128 bits: against chance, not against somebody who wants two runs to be taken for one.
 */
int sb_sweep_hash(const struct sb_plan *plan, char out[SB_SWEEP_HASH_LEN + 1], struct sb_err *err);
/** sb_sweep_look() - fill @r->there, failed and why from @directory */
void sb_sweep_look(const char *directory, struct sb_sweep_run *r);
/** sb_sweep_count_there() - complete runs in @directory, whatever sweep they are of */
size_t sb_sweep_count_there(const char *directory);
/** sb_sweep_tidy() - remove what runs that were cut off have left in @directory */
void sb_sweep_tidy(const char *directory);
/**
 * sb_sweep_once() - one attempt at a run
 * @captures:	keep them
 * @live:	who is told while it runs; NULL = nobody
 *
 * Return: 0 with @r looked at again; -1 with @err: it makes no sense to go on
 */
int sb_sweep_once(const char *directory, const char *scenario, const struct sb_plan *plan,
		  bool captures, struct sb_live *live, struct sb_sweep_run *r, struct sb_err *err);

#endif
