// SPDX-License-Identifier: MIT
/*
 * nudge.c - make a guest's kernel look up while a program computes
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

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

/* "17 (name) R 16 ...": the name may have anything in it. */
static bool runs_below(const char *pid, pid_t parent)
{
	char path[300];
	sb_auto_free char *text = NULL;
	const char *close;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (sb_read_file(path, 4096, &text, NULL, NULL))
		return false;
	close = strrchr(text, ')');
	return close && !strncmp(close, ") R ", 4) && atoi(close + 4) == parent;
}

void sb_nudge(pid_t kernel)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && runs_below(e->d_name, kernel))
			kill((pid_t)atoi(e->d_name), SIGALRM);
	if (proc)
		closedir(proc);
}
