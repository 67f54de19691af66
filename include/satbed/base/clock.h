/* SPDX-License-Identifier: MIT */
/* clock.h - the only readers of time; everything in ns */
#ifndef SATBED_BASE_CLOCK_H
#define SATBED_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define SB_NS_PER_US INT64_C(1000)
#define SB_NS_PER_MS INT64_C(1000000)
#define SB_NS_PER_S  INT64_C(1000000000)

int64_t sb_mono_ns(void); /* CLOCK_MONOTONIC: schedules, shared by all processes of a run */
int64_t sb_real_ns(void); /* CLOCK_REALTIME: what captures are stamped with */
/** sb_real_minus_mono_ns() - CLOCK_REALTIME minus CLOCK_MONOTONIC now, best of three readings */
int64_t sb_real_minus_mono_ns(void);
/** sb_sleep_until_ns() - sleep to an absolute CLOCK_MONOTONIC instant; signals do not shorten it */
void sb_sleep_until_ns(int64_t mono_ns);
/**
 * sb_clock_is_virtual() - does time stand still here while there is something to compute?
 *
 * A User-Mode Linux guest with time-travel on its command line: there a sleep ends on the nanosecond,
 * and a wake-up costs much more than elsewhere.
 */
bool sb_clock_is_virtual(void);
/**
 * sb_clock_keep() - from now on sb_mono_ns() asks the clock once after each wait of this thread
 *
 * On a virtual clock only: time stands still there between two waits, and asking for it is a system
 * call.  A thread that keeps the clock calls sb_clock_moved() after whatever may have waited, and never
 * waits by reading the clock in a circle.  On a real clock nothing is kept.
 */
void sb_clock_keep(bool keep);
/** sb_clock_moved() - this thread has waited: the next reading asks the clock again */
void sb_clock_moved(void);
/**
 * sb_clock_is() - it is @mono_ns now, or a few readings of the clock later; nothing where time is not kept
 *
 * To be called after a wait that nothing but its end has ended.  Readings move that clock, so every now and then
 * this does nothing, and the clock is asked after all.
 */
void sb_clock_is(int64_t mono_ns);
/**
 * sb_clock_begin() - when something may begin that is ready at @ready_ns: then, on a real clock
 *
 * On a virtual one at the next whole 10 ms: setting things up reads the clock and so moves it, by less than a microsecond more
 * or less where the caller is another user or stands in another directory.
 */
int64_t sb_clock_begin(int64_t ready_ns);
/** sb_cmdline_is_virtual() - the same, of the text of /proc/cmdline */
bool sb_cmdline_is_virtual(const char *cmdline);

#endif
