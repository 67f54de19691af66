/* SPDX-License-Identifier: MIT */
/*
 * slurm.h - a sweep's runs done by Slurm, on machines that share its directory; private to src/sweep
 *
 * DIR/slurm has satbed itself and its kernel, and for each round of tasks a directory with what each
 * task is to do.  What is done shows in DIR/runs alone, whatever became of tasks and nodes.
 */
#ifndef SATBED_SWEEP_SLURM_H
#define SATBED_SWEEP_SLURM_H

#include "satbed/sweep.h"
#include "sweep/directory.h"
#include "sweep/runs.h"
#include "sweep/spec.h"

/**
 * struct sb_slurm - what is to be done, and who is told
 * @runs:	all of the sweep; those that are not there, and have not failed too often, are done
 * @run_s:	how long one is thought to take
 * @look:	called every few seconds: look at the directory, tell, write down; -1 with @err ends it
 */
struct sb_slurm {
	const struct sb_sweep_options *options;
	const struct sb_sweep_directory *directory;
	const struct sb_sweep_spec *spec;
	const struct sb_sweep_run *runs;
	size_t count;
	const char *kernel;
	double run_s;
	int (*look)(void *arg, struct sb_err *err);
	void *arg;
};

/**
 * sb_slurm_run() - submit, wait, and submit again what is missing
 *
 * An interrupted one leaves its tasks to Slurm; the next one with that directory waits for them.
 *
 * Return: 0, with what is missing still missing, or -1 with @err
 */
int sb_slurm_run(const struct sb_slurm *s, struct sb_err *err);

/** sb_slice_write() - the runs of one task, as a file */
int sb_slice_write(const char *path, const struct sb_slurm *s, const size_t *runs, size_t count,
		   struct sb_err *err);

#endif
