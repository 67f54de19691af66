/* SPDX-License-Identifier: MIT */
/* rundir.h - the directory of one run: made before anything starts, removed when nothing was
 * measured */
#ifndef SATBED_RUN_RUNDIR_H
#define SATBED_RUN_RUNDIR_H

#include <stdio.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"
#include "satbed/report.h"

/**
 * struct sb_rundir - an open run directory
 * @captures:	sb_plan_points() per link: the client's end (clientN.pcap), the server's
 *		(server-clientN.pcap), and on a split path the leg that is no satellite
 *		(other-leg-clientN.pcap)
 * @capture_fds: their open files, for the emulator to write
 */
struct sb_rundir {
	char *path;
	size_t capture_count;
	struct sb_capture_report *captures;
	int *capture_fds;
	FILE *events, *samples;
};

/** sb_rundir_open() - @path NULL: captures/NAME-TIME; an existing directory must be empty
 * (SB_EINPUT) */
int sb_rundir_open(struct sb_rundir *d, const char *path, const struct sb_plan *plan,
		   struct sb_err *err);
/** sb_rundir_reopen() - of a run that was cut off: its captures by name, nothing opened */
void sb_rundir_reopen(struct sb_rundir *d, const char *path, const struct sb_plan *plan);
/** sb_rundir_no_room() - @file in it cannot be written for @sys: with what room there is; returns -1 */
int sb_rundir_no_room(const struct sb_rundir *d, const char *file, int sys, struct sb_err *err);
/** sb_rundir_reserve() - the empty directory alone, for somebody else to open */
int sb_rundir_reserve(struct sb_rundir *d, const char *path, const struct sb_plan *plan,
		      struct sb_err *err);
/** sb_rundir_path() - a file in it; the caller's to free */
char *sb_rundir_path(const struct sb_rundir *d, const char *file);
/** sb_rundir_write_json() - a pretty-printed file, whole or not at all */
int sb_rundir_write_json(const struct sb_rundir *d, const char *file, const cJSON *json,
			 struct sb_err *err);
/** sb_rundir_remove_file() - a file that is no longer needed */
void sb_rundir_remove_file(const struct sb_rundir *d, const char *file);
/** sb_rundir_close() - flush; -1 when something could not be written */
int sb_rundir_close(struct sb_rundir *d, struct sb_err *err);
/** sb_rundir_remove() - the run never measured anything: take away what sb_rundir_open() made */
void sb_rundir_remove(struct sb_rundir *d);

#endif
