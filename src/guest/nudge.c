// SPDX-License-Identifier: MIT
/*
 * nudge.c - the processes of the host that a guest consists of: which runs, and for how long all have
 *
 * A byte on a serial line interrupts User-Mode Linux, but the process of the host that runs the
 * guest's program goes on: UML chooses another program only when that process stops.  Usually the
 * guest's timer does that, by SIGALRM; on the virtual clock there is no tick while time stands
 * still.  So it is sent from here, to the one process of the guest that runs.
 *
 * Not to one that has only begun: UML waits for it to stop by itself first, takes this signal for its timer's, and
 * waits for ever, as nobody lets that process go on (arch/um/os-Linux/skas/process.c, start_userspace()).
 */
#include "nudge.h"

#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/proc.h"

/* Beginning takes microseconds; a program that computes for ever is older than this some time. */
#define BEGUN_S 0.5

struct nudged {
	pid_t kernel;
	uint64_t begun_until; /* as sb_proc_stat.start */
};

static bool nudge(void *arg, pid_t pid)
{
	const struct nudged *n = arg;
	struct sb_proc_stat stat;

	if (!sb_proc_read_stat(pid, &stat, NULL) && stat.parent == n->kernel && stat.state == 'R' &&
	    stat.start < n->begun_until)
		kill(pid, SIGALRM);
	return true;
}

void sb_nudge(pid_t kernel)
{
	struct nudged n = {.kernel = kernel};
	struct timespec now;
	double until_s;

	clock_gettime(CLOCK_BOOTTIME, &now);
	until_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - BEGUN_S;
	n.begun_until = (uint64_t)(until_s * (double)sysconf(_SC_CLK_TCK));
	sb_proc_each(nudge, &n);
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
