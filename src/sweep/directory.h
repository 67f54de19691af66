/* SPDX-License-Identifier: MIT */
/* directory.h - the directory of a sweep: begun, taken up again, held by one process; private to src/sweep */
#ifndef SATBED_SWEEP_DIRECTORY_H
#define SATBED_SWEEP_DIRECTORY_H

#include <stdbool.h>

#include "satbed/sweep.h"
#include "sweep/spec.h"

/**
 * struct sb_sweep_directory - @lock_fd: of sweep.json's lock, -1 = none
 * @retries, @captures: as the sweep was begun with
 */
struct sb_sweep_directory {
	char *path;
	int lock_fd;
	size_t retries;
	bool captures;
};

/** sb_sweep_spec_new() - from a command line, the scenario read and hashed; 0, or -1 with @err */
int sb_sweep_spec_new(const struct sb_sweep_options *o, struct sb_sweep_spec *s,
		      struct sb_err *err);
/** sb_sweep_begin() - a new directory, empty or not there, held; @name: of the scenario; 0, or -1 with @err */
int sb_sweep_begin(const struct sb_sweep_options *o, const char *name, struct sb_sweep_directory *d,
		   struct sb_err *err);
/** sb_sweep_take_up() - one that is there, with what @o adds to it; 0, or -1 with @err */
int sb_sweep_take_up(const struct sb_sweep_options *o, struct sb_sweep_directory *d,
		     struct sb_sweep_spec *s, struct sb_err *err);
/** sb_sweep_save() - write sweep.json, and make what runs go into; 0, or -1 with @err */
int sb_sweep_save(const struct sb_sweep_directory *d, const struct sb_sweep_spec *s,
		  struct sb_err *err);
void sb_sweep_let_go(struct sb_sweep_directory *d);

#endif
