// SPDX-License-Identifier: MIT
/* process_tree.c - all descendants of a process, found in /proc */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command_reaper.h"
#include "satbed/base/proc.h"

/* More processes than any kernel here allows a namespace; each is 8 bytes. */
#define MAX_PROCESSES 65536
#define KILL_ROUNDS   2000
#define ROUND_NS      1000000

struct process {
	pid_t pid, parent;
};

/* Of another pid namespace, the numbers in /proc would be those of strangers. */
static bool proc_is_ours(void)
{
	char line[256];
	bool ours = false;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		int n = 0;

		/* One number: no namespace between this /proc's and ours. */
		if (!strncmp(line, "NSpid:", 6)) {
			ours = sscanf(line + 6, "%*d%n", &n) == 0 && n && line[6 + n] == '\n' &&
			       atoi(line + 6) == getpid();
			break;
		}
	}
	if (f)
		fclose(f);
	return ours;
}

/* The parent of a process that has not ended; 0 = there is none such. */
static pid_t parent_of(pid_t pid)
{
	struct sb_proc_stat stat;

	if (sb_proc_read_stat(pid, &stat, NULL) || stat.state == 'Z' || stat.state == 'X')
		return 0;
	return stat.parent;
}

static size_t list(struct process *all)
{
	DIR *dir = opendir("/proc");
	size_t count = 0;
	pid_t pid;

	while (count < MAX_PROCESSES && (pid = sb_proc_next(dir))) {
		pid_t parent = parent_of(pid);

		if (parent > 0)
			all[count++] = (struct process){pid, parent};
	}
	if (dir)
		closedir(dir);
	return count;
}

/* Moves the descendants to the front; how many there are. */
static size_t find_descendants(struct process *all, size_t count)
{
	size_t found = 0, before;

	do {
		before = found;
		for (size_t i = found; i < count; i++) {
			bool below = all[i].parent == getpid();

			for (size_t k = 0; k < found && !below; k++)
				below = all[i].parent == all[k].pid;
			if (below) {
				struct process swap = all[i];

				all[i] = all[found];
				all[found++] = swap;
			}
		}
	} while (found != before);
	return found;
}

int sb_process_tree_signal(int signal)
{
	struct process *all;
	size_t count, found;
	int sent = 0;

	if (!proc_is_ours())
		return -1;
	all = malloc(MAX_PROCESSES * sizeof(*all));
	if (!all)
		return -1;
	count = list(all);
	found = find_descendants(all, count);
	for (size_t i = 0; i < found; i++)
		sent += !kill(all[i].pid, signal);
	free(all);
	return sent;
}

void sb_process_tree_kill(pid_t pgid, bool (*reap)(void))
{
	const struct timespec pause = {.tv_nsec = ROUND_NS};
	int stopped = 0, before = -1;

	/* Whoever is stopped forks no more: as soon as a round finds nobody new, all are. */
	for (int i = 0; i < KILL_ROUNDS && stopped != before; i++) {
		before = stopped;
		stopped = sb_process_tree_signal(SIGSTOP);
	}
	for (int i = 0; i < KILL_ROUNDS; i++) {
		if (sb_process_tree_signal(SIGKILL) < 0)
			kill(-pgid, SIGKILL);
		if (!reap())
			return;
		nanosleep(&pause, NULL);
	}
}
