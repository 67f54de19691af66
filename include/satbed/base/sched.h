/* SPDX-License-Identifier: MIT */
/* sched.h - a turn on the processor soon after waking */
#ifndef SATBED_BASE_SCHED_H
#define SATBED_BASE_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The shortest slice the kernel grants (kernel/sched/syscalls.c: 0.1 to 100 ms).  EEVDF lets the
 * task with the earliest deadline go first, and a deadline is a slice away: who asks for little
 * gets it soon.
 */
#define SB_SLICE_SHORT_NS 100000

/**
 * sb_sched_prompt() - ask for short slices for this thread, and those it starts from now on
 *
 * Takes no right and no share of the processor from others: of Linux 6.12 and later (857b158dc5e8).
 * Priority and policy stay.
 *
 * Return: the slice in force in nanoseconds, 0 where the kernel has none to set
 */
int64_t sb_sched_prompt(void);

/**
 * sb_sched_group() - the weight of a session against all other sessions, as a nice value
 * @pid:	one of its processes; 0 = the calling one
 *
 * Where the kernel groups tasks by session (autogroup: tasks of the root control group only), nice
 * values count within a session alone, and this one between them: sched(7).  A value below the
 * present one takes CAP_SYS_NICE over the machine; anybody's request may be refused within a tenth
 * of a second of the last.
 *
 * Return: it is so now
 */
bool sb_sched_group(pid_t pid, int nice);

#endif
