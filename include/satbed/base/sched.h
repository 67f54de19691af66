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

/* Priorities for sb_sched_exact(): what shapes the traffic goes before what makes it. */
#define SB_EXACT_AGENT	  1
#define SB_EXACT_EMULATOR 2
#define SB_EXACT_GUEST	  3 /* whoever looks what computes for ever */

/**
 * sb_sched_exact() - on a virtual clock, waits of this thread end on the instant
 *
 * poll() and epoll_wait() may end late by a thousandth of the time, so that timers come together
 * (fs/select.c, select_estimate_accuracy()): 20 us of 20 ms.  Threads of real-time priority are exempt; in a guest
 * where computing takes no time nobody else loses by it.  Elsewhere nothing is done.  Threads and processes
 * that are started later are ordinary ones.
 */
void sb_sched_exact(int priority);

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
