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

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

/** struct process - what /proc/PID/stat says; @ticks: of the processor, in user and in kernel mode */
struct process {
	pid_t pid, parent, session;
	char state;
	unsigned long ticks;
};

/* "17 (name) R 16 9 9 ...": the name may have anything in it. */
static bool read_process(const char *pid, struct process *out)
{
	char path[300];
	sb_auto_free char *text = NULL;
	unsigned long user, kernel;
	const char *close;
	int parent, session;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (sb_read_file(path, 4096, &text, NULL, NULL))
		return false;
	close = strrchr(text, ')');
	if (!close || sscanf(close, ") %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			     &out->state, &parent, &session, &user, &kernel) != 5)
		return false;
	out->pid = (pid_t)atoi(pid);
	out->parent = parent;
	out->session = session;
	out->ticks = user + kernel;
	return true;
}

static void each_process(void (*take)(void *arg, const struct process *p), void *arg)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	struct process p;

	while (proc && (e = readdir(proc)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_process(e->d_name, &p))
			take(arg, &p);
	if (proc)
		closedir(proc);
}

static void nudge(void *arg, const struct process *p)
{
	const pid_t *kernel = arg;

	if (p->parent == *kernel && p->state == 'R')
		kill(p->pid, SIGALRM);
}

void sb_nudge(pid_t kernel)
{
	each_process(nudge, &kernel);
}

struct sum {
	pid_t session;
	unsigned long ticks;
};

static void add(void *arg, const struct process *p)
{
	struct sum *sum = arg;

	if (p->session == sum->session)
		sum->ticks += p->ticks;
}

double sb_session_cpu_seconds(pid_t kernel)
{
	struct sum sum = {.session = kernel};

	each_process(add, &sum);
	return (double)sum.ticks / (double)sysconf(_SC_CLK_TCK);
}
