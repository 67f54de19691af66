/* SPDX-License-Identifier: MIT */
/*
 * sweep.h - a scenario run for every combination of factors and every seed, into one table
 *
 * A sweep is a directory: sweep.json says what is to be run, runs/HASH is one run each, which appears
 * by rename when it is complete, and results.sqlite is made from these alone.  HASH is over all that
 * a run depends on, so that what is there is never run again, whatever is added to the sweep.
 */
#ifndef SATBED_SWEEP_H
#define SATBED_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

/* More runs than this are begun only by who says so (--yes). */
#define SB_SWEEP_RUNS_UNASKED 1000
#define SB_SWEEP_RUNS_MAX     1000000
#define SB_SWEEP_RETRIES      1 /* where nobody says anything */
#define SB_SWEEP_RETRIES_MAX  100

/**
 * struct sb_sweep_options - what is run
 * @file:	the scenario, or the file of a sweep that names one; NULL = @resume says it
 * @sets:	over it, for all runs
 * @vary:	"KEY=LEVEL,LEVEL..." or "KEY=LEVEL|LEVEL..."; a key without a dot is one of [testbed]
 * @cases:	"NAME=KEY=VALUE,KEY=VALUE": named cases; @zips: "KEY,KEY": factors that go together
 * @seeds:	"1..20", "3", "1..5,9"; NULL = the scenario's own
 * @out_dir:	NULL = captures/NAME-sweep-TIME
 * @resume:	directory of a sweep to go on with; @vary and @seeds are added to it
 * @jobs:	runs side by side, on the virtual clock; 0 = all processors there, 1 on the real one
 * @retries:	how often a run that came out INVALID, or broke, is tried again; -1 = as @resume was
 *		begun with, or SB_SWEEP_RETRIES
 * @captures:	keep them; otherwise they go when a run has its results, but where @resume keeps them
 * @dry_run:	say what would be run, and end
 * @slurm:	the runs are done by Slurm: tasks on machines that share the directory
 * @slurm_options: for sbatch
 * @max_tasks:	of one job array; 0 = as many as Slurm allows
 * @serve, @serve_token: as in struct sb_live_options
 * @metrics:	as in struct sb_live_options; @plain: lines, even on a terminal
 * @csv, @jsonl: files for the wide table, a row for each run; NULL = none
 */
struct sb_sweep_options {
	const char *file;
	const char *const *sets, *const *vary, *const *cases, *const *zips;
	size_t set_count, vary_count, case_count, zip_count;
	const char *seeds, *out_dir, *resume, *csv, *jsonl;
	const char *const *slurm_options;
	size_t slurm_option_count, max_tasks;
	size_t jobs;
	int retries;
	const char *metrics, *serve, *serve_token;
	bool slurm, yes, captures, dry_run, quiet, plain;
};

/**
 * sb_sweep_carry_out() - carry out or resume a sweep
 * @exit_status: 0 every run is there, 1 some came to nothing, 130 interrupted
 *
 * Return: 0 with *@exit_status set, or -1 with @err
 */
int sb_sweep_carry_out(const struct sb_sweep_options *options, int *exit_status,
		       struct sb_err *err);

/** sb_slice_carry_out() - what a task of Slurm does: the runs of the file @path; 0 or -1 with @err */
int sb_slice_carry_out(const char *path, int *exit_status, struct sb_err *err);

/**
 * struct sb_sweep_show_options - a table of a sweep
 * @by:		factors, separated by commas; NULL = all
 * @value:	such as "goodput.bulk"; NULL = the first that there is
 * @csv, @jsonl: as in struct sb_sweep_options
 */
struct sb_sweep_show_options {
	const char *directory, *by, *value, *csv, *jsonl;
	bool json;
};

/** sb_sweep_show() - medians with their intervals, on stdout; 0, or -1 with @err */
int sb_sweep_show(const struct sb_sweep_show_options *options, struct sb_err *err);

#endif
