// SPDX-License-Identifier: MIT
/* system.c - kernel, processors, clock: what every engine stands on */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/writeback.h"

#define SLEEPS	 20
#define SLEEP_NS SB_NS_PER_MS
/* The link's own limit of lateness (struct sb_link_counters): more than that is not the link asked
 * for. */
#define LATE_NS SB_NS_PER_MS
/* Coarser timers than this cannot pace packets of a 10 Mbit/s link (1.2 ms apart). */
#define COARSE_NS (100 * SB_NS_PER_US)

static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

cJSON *sb_probe_clock(void)
{
	cJSON *facts = cJSON_CreateObject();
	int64_t late[SLEEPS];
	struct timespec res;
	cpu_set_t cpus;

	for (int i = 0; i < SLEEPS; i++) {
		int64_t at_ns = sb_mono_ns() + SLEEP_NS;

		sb_sleep_until_ns(at_ns);
		late[i] = sb_mono_ns() - at_ns;
	}
	qsort(late, SLEEPS, sizeof(*late), by_value);
	sb_json_add_i64(facts, "late_p50_ns", late[SLEEPS / 2]);
	sb_json_add_i64(facts, "late_max_ns", late[SLEEPS - 1]);
	if (!clock_getres(CLOCK_MONOTONIC, &res))
		sb_json_add_i64(facts, "resolution_ns", res.tv_sec * SB_NS_PER_S + res.tv_nsec);
	if (!sched_getaffinity(0, sizeof(cpus), &cpus))
		sb_json_add_i64(facts, "processors", CPU_COUNT(&cpus));
	return facts;
}

static void check_kernel(const struct sb_check_context *x)
{
	sb_auto_free char *kernel = sb_machine_kernel(x->machine);
	sb_auto_free char *name = sb_machine_os(x->machine, "PRETTY_NAME");
	struct utsname u;

	if (!kernel[0]) {
		sb_find(x->out, "system.kernel", SB_LEVEL_WARN, NULL, "mount -t proc proc /proc",
			"/proc is not mounted: the kernel's settings cannot be read");
		return;
	}
	uname(&u);
	sb_find(x->out, "system.kernel", SB_LEVEL_OK, NULL, NULL, "kernel %s, %s, %s", kernel,
		u.machine, name[0] ? name : "no os-release");
}

static void check_processors(const struct sb_check_context *x, const cJSON *clock)
{
	int count = (int)sb_fact_num(clock, "processors");

	if (count >= 2)
		sb_find(x->out, "system.processors", SB_LEVEL_OK, NULL, NULL,
			"%d processors may be used", count);
	else if (count == 1)
		sb_find(
		    x->out, "system.processors", SB_LEVEL_WARN, NULL,
		    "satbed run FILE --set link.down.rate=50mbit  # or give the machine a second "
		    "processor",
		    "only one processor may be used: link and nodes take turns, and fast links "
		    "come late");
}

static void check_clock(const struct sb_check_context *x, const cJSON *clock)
{
	sb_auto_free char *source = sb_machine_read(
	    x->machine, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	double resolution_ns = sb_fact_num(clock, "resolution_ns");
	double p50_us = sb_fact_num(clock, "late_p50_ns") / 1000;
	double max_us = sb_fact_num(clock, "late_max_ns") / 1000;

	if (resolution_ns > COARSE_NS)
		sb_find(x->out, "system.clock", SB_LEVEL_WARN, NULL,
			"cat /proc/cmdline  # boot without highres=off and nohz=off",
			"timers tick every %.1f ms only: packets leave in bunches",
			resolution_ns / 1e6);
	else
		sb_find(x->out, "system.clock", SB_LEVEL_OK, NULL, NULL,
			"clock %s, timers of %.0f ns", source ? source : "not named",
			resolution_ns);
	if (source && (!strcmp(source, "hpet") || !strcmp(source, "acpi_pm") ||
		       !strcmp(source, "jiffies") || !strcmp(source, "refined-jiffies")))
		sb_find(x->out, "system.clocksource", SB_LEVEL_WARN, NULL,
			"cat /sys/devices/system/clocksource/clocksource0/available_clocksource",
			"clock source %s is slow to read: time stamps cost throughput", source);
	if (sb_fact_num(clock, "late_p50_ns") > LATE_NS / 2)
		sb_find(
		    x->out, "system.timers", SB_LEVEL_WARN, NULL,
		    "uptime  # and end what keeps the processors busy",
		    "sleeps of 1 ms end late by %.0f us, at most %.0f us: this machine is busy, "
		    "packets will leave late",
		    p50_us, max_us);
	else
		sb_find(x->out, "system.timers", SB_LEVEL_OK, NULL, NULL,
			"sleeps end late by %.0f us, at most %.0f us", p50_us, max_us);
}

/* Only when it is: nothing more is known from a moment in which it is not. */
static void check_disk(const struct sb_check_context *x)
{
	sb_auto_free char *meminfo = sb_machine_read(x->machine, "/proc/meminfo");
	sb_auto_free char *pressure = sb_machine_read(x->machine, "/proc/pressure/io");
	struct sb_writeback disk;
	char text[128];

	/* A process that waits at one moment is not worth a word. */
	sb_writeback_parse(meminfo, pressure, NULL, &disk);
	if (sb_writeback_busy(&disk))
		sb_find(x->out, "system.disk", SB_LEVEL_WARN, NULL,
			"sync  # ends when all is written",
			"this machine: %s; containers are made and removed only after that",
			sb_writeback_text(&disk, text, sizeof(text)));
}

void sb_check_system(const struct sb_check_context *x)
{
	const cJSON *clock = sb_fact(x->facts, "clock");

	check_kernel(x);
	check_disk(x);
	if (!clock)
		return;
	check_processors(x, clock);
	check_clock(x, clock);
}
