// SPDX-License-Identifier: MIT
/*
 * pin.c - a guest's processes on one processor
 *
 * User-Mode Linux is one process that traces the others: one of them runs at a time, and each system call
 * of the guest goes from one to another and back.  On two processors that is two interrupts and two idle
 * processors to wake, almost a third of all that a run costs.
 *
 * A process that may only be on one processor is not moved by the kernel when others come there, so it is
 * looked after: where the guest does not get what it could use and another processor is idle, it is moved.
 */
#include "pin.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nudge.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

#define LOOK_NS	  SB_NS_PER_S
#define STAT_MAX  (4u << 20)
#define ENOUGH	  0.8 /* of a processor */
#define IDLE_WORD 4   /* of a line of /proc/stat, its name being the first */

void sb_pin_here(void)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

void sb_pin_read_idle(const char *text, struct sb_pin_idle *out)
{
	memset(out, 0, sizeof(*out));
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		unsigned long cpu;
		char *at;

		line += *line == '\n';
		if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9')
			continue;
		cpu = strtoul(line + 3, &at, 10);
		for (int word = 1; word < IDLE_WORD; word++)
			strtoull(at, &at, 10);
		if (cpu < CPU_SETSIZE)
			out->ticks[cpu] = strtoull(at, NULL, 10);
	}
}

int sb_pin_better(int now, const cpu_set_t *allowed, const struct sb_pin_idle *before,
		  const struct sb_pin_idle *after, uint64_t ticks)
{
	uint64_t most = ticks / 2;
	int best = now;

	if (now < 0 || now >= CPU_SETSIZE || after->ticks[now] - before->ticks[now] > ticks / 10)
		return now;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed) && after->ticks[cpu] - before->ticks[cpu] > most) {
			most = after->ticks[cpu] - before->ticks[cpu];
			best = cpu;
		}
	return best;
}

struct move {
	pid_t session;
	cpu_set_t to;
};

static bool move_one(void *arg, pid_t pid)
{
	const struct move *m = arg;
	struct sb_proc_stat stat;

	if (!sb_proc_read_stat(pid, &stat, NULL) && stat.session == m->session)
		(void)sched_setaffinity(pid, sizeof(m->to), &m->to);
	return true;
}

static int processor_of(pid_t kernel)
{
	cpu_set_t set;

	if (sched_getaffinity(kernel, sizeof(set), &set) || CPU_COUNT(&set) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			return cpu;
	return -1;
}

void sb_pin_tend(struct sb_pin *pin, pid_t kernel)
{
	int64_t now_ns = sb_mono_ns(), since_ns = now_ns - pin->looked_ns;
	struct sb_pin before = *pin;
	sb_auto_free char *text = NULL;
	struct move m = {.session = kernel};
	cpu_set_t allowed;
	int now, better;

	if (since_ns < LOOK_NS || sched_getaffinity(0, sizeof(allowed), &allowed) ||
	    CPU_COUNT(&allowed) < 2 || sb_read_file("/proc/stat", STAT_MAX, &text, NULL, NULL))
		return;
	pin->looked_ns = now_ns;
	pin->cpu_s = sb_session_cpu_seconds(kernel);
	sb_pin_read_idle(text, &pin->idle);
	if (!before.looked_ns || pin->cpu_s - before.cpu_s > ENOUGH * (double)since_ns / 1e9)
		return;
	now = processor_of(kernel);
	better = sb_pin_better(now, &allowed, &before.idle, &pin->idle,
			       (uint64_t)((double)since_ns / 1e9 * (double)sysconf(_SC_CLK_TCK)));
	if (better == now)
		return;
	CPU_ZERO(&m.to);
	CPU_SET(better, &m.to);
	sb_proc_each(move_one, &m);
}
