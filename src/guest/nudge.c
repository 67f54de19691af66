// SPDX-License-Identifier: MIT
/*
 * nudge.c - the processes of the host that a guest consists of: which runs, and for how long all have
 *
 * A byte on a serial line interrupts User-Mode Linux, but the process of the host that runs the
 * guest's program goes on: UML chooses another program only when that process stops.  Usually the
 * guest's timer does that, by SIGALRM; on the virtual clock there is no tick while time stands
 * still.  So it is sent from here, to the one process of the guest that runs.
 */
#include "nudge.h"

#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "satbed/base/proc.h"

static bool nudge(void *arg, pid_t pid)
{
	const pid_t *kernel = arg;
	struct sb_proc_stat stat;

	if (!sb_proc_read_stat(pid, &stat, NULL) && stat.parent == *kernel && stat.state == 'R')
		kill(pid, SIGALRM);
	return true;
}

void sb_nudge(pid_t kernel)
{
	sb_proc_each(nudge, &kernel);
}

struct sum {
	pid_t session;
	uint64_t ticks;
};

static bool add(void *arg, pid_t pid)
{
	struct sum *sum = arg;
	struct sb_proc_stat stat;

	if (!sb_proc_read_stat(pid, &stat, NULL) && stat.session == sum->session)
		sum->ticks += stat.ticks;
	return true;
}

double sb_session_cpu_seconds(pid_t kernel)
{
	struct sum sum = {.session = kernel};

	sb_proc_each(add, &sum);
	return (double)sum.ticks / (double)sysconf(_SC_CLK_TCK);
}
