/* SPDX-License-Identifier: MIT */
/* watch.h - what people see while a sweep goes on; private to src/sweep */
#ifndef SATBED_SWEEP_WATCH_H
#define SATBED_SWEEP_WATCH_H

#include "sweep/going.h"

/** sb_sweep_watch_open() - on a terminal a table that grows, else lines; metrics for whoever asks; 0, or -1
 * with @err */
int sb_sweep_watch_open(struct sb_sweep_going *g, struct sb_err *err);
/** sb_sweep_watch_tick() - at any pace, from one thread at a time */
void sb_sweep_watch_tick(struct sb_sweep_going *g);
/** sb_sweep_watch_run() - run @i is over */
void sb_sweep_watch_run(struct sb_sweep_going *g, size_t i);
/** sb_sweep_watch_close() - the terminal is free for the table of all */
void sb_sweep_watch_close(struct sb_sweep_going *g);
/** sb_sweep_watch_finish() - served pages turn into the sweep's; @reported: it has been written */
void sb_sweep_watch_finish(struct sb_sweep_going *g, bool reported);

#endif
