/* SPDX-License-Identifier: MIT */
/* timer_probe.h - what the machine does to the emulator: how late its timers are, how busy the processors */
#ifndef SATBED_EMULATOR_TIMER_PROBE_H
#define SATBED_EMULATOR_TIMER_PROBE_H

#include <cjson/cJSON.h>
#include <stdint.h>

/** struct sb_cpu_time - of all processors, in the kernel's ticks since boot; all 0 = unknown */
struct sb_cpu_time {
	uint64_t all, idle, stolen;
};

/** sb_timer_probe_timer() - sleep a few times for half a millisecond: "timer_late_ns":{"p50":N,"max":N}
 */
void sb_timer_probe_timer(cJSON *into);
void sb_cpu_time_read(struct sb_cpu_time *out);
/** sb_cpu_time_describe() - since @begin: "cpu":{"busy":0.5,"stolen":0.0}; nothing when unknown */
void sb_cpu_time_describe(const struct sb_cpu_time *begin, cJSON *into);

#endif
