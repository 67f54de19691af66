// SPDX-License-Identifier: MIT
/* timer_probe.c - what the machine does to the emulator: how late its timers are, how busy the processors */
#include "timer_probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"

#define SLEEPS	 21
#define SLEEP_NS (SB_NS_PER_MS / 2)

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void sb_timer_probe_timer(cJSON *into)
{
	cJSON *obj = cJSON_AddObjectToObject(into, "timer_late_ns");
	int64_t late_ns[SLEEPS];

	for (size_t i = 0; i < SLEEPS; i++) {
		int64_t at_ns = sb_mono_ns() + SLEEP_NS;
		struct timespec ts = {.tv_sec = at_ns / SB_NS_PER_S,
				      .tv_nsec = at_ns % SB_NS_PER_S};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		late_ns[i] = sb_mono_ns() - at_ns;
	}
	qsort(late_ns, SLEEPS, sizeof(late_ns[0]), compare);
	sb_json_add_i64(obj, "p50", late_ns[SLEEPS / 2]);
	sb_json_add_i64(obj, "max", late_ns[SLEEPS - 1]);
}

void sb_cpu_time_read(struct sb_cpu_time *out)
{
	FILE *f = fopen("/proc/stat", "re");
	uint64_t t[8] = {0};

	*out = (struct sb_cpu_time){0};
	if (!f)
		return;
	/* user nice system idle iowait irq softirq steal (proc(5)) */
	if (fscanf(f,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
		for (size_t i = 0; i < 8; i++)
			out->all += t[i];
		out->idle = t[3] + t[4];
		out->stolen = t[7];
	}
	fclose(f);
}

void sb_cpu_time_describe(const struct sb_cpu_time *begin, cJSON *into)
{
	struct sb_cpu_time now;
	cJSON *obj;
	double all;

	sb_cpu_time_read(&now);
	if (!begin->all || now.all <= begin->all || now.idle < begin->idle ||
	    now.stolen < begin->stolen)
		return;
	all = (double)(now.all - begin->all);
	obj = cJSON_AddObjectToObject(into, "cpu");
	sb_json_add_num(obj, "busy", 1 - (double)(now.idle - begin->idle) / all);
	sb_json_add_num(obj, "stolen", (double)(now.stolen - begin->stolen) / all);
}
