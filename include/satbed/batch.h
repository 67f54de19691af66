/* SPDX-License-Identifier: MIT */
/*
 * batch.h - many runs under one command: what suite, compare and sweep have in common
 *
 * A batch has slots.  A slot is looked at, and as long as it has no usable run and was not tried often
 * enough, one more attempt is made at it; slots side by side where that disturbs nobody.  What became
 * of an attempt is in its directory alone, so that a batch which was cut off at any moment goes on from
 * what is there.
 */
#ifndef SATBED_BATCH_H
#define SATBED_BATCH_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/run.h"

/**
 * enum sb_fate - what became of an attempt
 * @SB_ABSENT: there was none; @SB_CUT_OFF: interrupted, it does not count; @SB_BROKEN: the run
 * failed
 */
enum sb_fate { SB_ABSENT, SB_CUT_OFF, SB_BROKEN, SB_RUN_INVALID, SB_RUN_WARN, SB_RUN_PASS };

const char *sb_fate_name(enum sb_fate fate); /* "PASS", "INVALID", "broken" ... */

/**
 * struct sb_attempt_found - start zeroed; sb_attempt_found_fini() frees it
 * @why:	of a broken one what broke it, of an INVALID one the first of its reasons; else NULL
 * @run:	its run.json, in today's format; NULL = there is none
 */
struct sb_attempt_found {
	enum sb_fate fate;
	char *why;
	cJSON *run;
};

/** sb_attempt_look() - what is in @directory, of which nothing is trusted; 0, or -1 with @err */
int sb_attempt_look(const char *directory, struct sb_attempt_found *out, struct sb_err *err);
void sb_attempt_found_fini(struct sb_attempt_found *found);

/**
 * sb_attempt_make() - one run into @options->out_dir
 *
 * Return: 0, whatever came of it, which its directory tells; -1 with @err: another attempt would end
 * the same way, for what is wrong is the machine or the scenario
 */
int sb_attempt_make(const struct sb_plan *plan, const struct sb_run_options *options,
		    struct sb_err *err);

/** sb_attempt_broke() - note in @directory, made where it is not there, that the attempt failed; 0, or -1
 * with @err */
int sb_attempt_broke(const char *directory, const char *why, struct sb_err *err);

/** struct sb_slot_state - @spent: attempts that count against the retries */
struct sb_slot_state {
	bool usable;
	size_t spent;
};

/**
 * struct sb_batch
 * @count:	of slots; @jobs: side by side, 0 = 1
 * @retries:	attempts beyond the first
 * @patient:	the first Ctrl-C lets running attempts end, see sb_interrupts_be_patient(); NULL = it
 *		does not
 * @look:	fill *@out for a slot; 0, or -1 with @err
 * @attempt:	make one more, the @spent-th from 0; 0, or -1 with @err, which ends the batch
 * @filled:	a slot is done with, one call at a time; NULL = nobody is told
 * @tick:	now and then, from the thread that called, while others work; NULL = nobody is to be
 *		looked after, and one slot after the other is filled in that thread
 */
struct sb_batch {
	size_t count, jobs, retries;
	const char *patient;
	int (*look)(void *arg, size_t slot, struct sb_slot_state *out, struct sb_err *err);
	int (*attempt)(void *arg, size_t slot, size_t spent, struct sb_err *err);
	int (*filled)(void *arg, size_t slot, struct sb_err *err);
	void (*tick)(void *arg);
	void *arg;
};

/** sb_batch_fill() - all slots, in their order, until they are filled or sb_stopping(); 0, or -1 with @err
 * of the first that failed */
int sb_batch_fill(const struct sb_batch *b, struct sb_err *err);

/**
 * struct sb_batch_progress - how far a batch is
 * @total:	slots of all; @complete: of them; @failed: those that came to nothing
 * @to_do:	slots that this process fills; @done: of these; since @begin_ns (CLOCK_MONOTONIC)
 */
struct sb_batch_progress {
	size_t total, complete, failed, to_do, done, jobs;
	int64_t begin_ns;
};

/** sb_batch_left_s() - how long what is left will take; NAN where that is not known */
double sb_batch_left_s(const struct sb_batch_progress *p);
/** sb_batch_metrics() - as families of OpenMetrics, for struct sb_live_options; the caller's to free */
char *sb_batch_metrics(const struct sb_batch_progress *p);

/**
 * sb_batch_directory() - where a new batch goes
 * @command:	what continues one, such as "sweep"
 * @stem:	"leo-lossy-sweep"
 * @given:	by --out; it may be there, but for @leftover()'s names it must be empty then; NULL =
 *		captures/STEM-TIME
 * @leftover:	is that file nothing that a batch would have to be continued for?  NULL = none is
 *
 * Return: the caller's to free; NULL with @err
 */
char *sb_batch_directory(const char *command, const char *stem, const char *given,
			 bool (*leftover)(const char *name), struct sb_err *err);
/** sb_batch_hold() - two processes in one directory would make each other's runs; *@fd: closing it lets
 * go; 0, or -1 with @err */
int sb_batch_hold(const char *command, const char *directory, int *fd, struct sb_err *err);
/** sb_batch_check_jobs() - runs side by side on a clock that has no use for it; @who: prefix of the
 * message, "" = none; 0, or -1 with @err (SB_EINPUT) */
int sb_batch_check_jobs(enum sb_clock clock, size_t jobs, const char *who, struct sb_err *err);

#endif
