/* SPDX-License-Identifier: MIT */
/* clock.h - the only readers of time; everything in ns */
#ifndef SATBED_BASE_CLOCK_H
#define SATBED_BASE_CLOCK_H

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

#endif
