/* SPDX-License-Identifier: MIT */
/* call.h - Slurm's own programs: submit, look, cancel; private to src/sweep */
#ifndef SATBED_SWEEP_SLURM_CALL_H
#define SATBED_SWEEP_SLURM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/**
 * sb_slurm_submit() - one job array, by sbatch
 * @script:	what each task runs; @log: pattern of the tasks' output, as sbatch knows it
 * @options:	the user's, before all others
 * @tasks:	numbered from 0
 *
 * Return: 0 with the job's number in @job, or -1 with @err, which has sbatch's own words
 */
int sb_slurm_submit(const char *script, const char *log, const char *const *options,
		    size_t option_count, size_t tasks, uint64_t *job, struct sb_err *err);
/** sb_slurm_tasks() - how many tasks of @job wait or run, by squeue; 0 = it is over, -1 with @err: it
 * cannot be known now */
long sb_slurm_tasks(uint64_t job, struct sb_err *err);
/** sb_slurm_array_max() - the most tasks of one array that this Slurm allows */
size_t sb_slurm_array_max(void);

#endif
