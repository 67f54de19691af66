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
static pid_t parent_of(int proc_fd, const char *pid)
{
	char path[32], text[512], *end, state = 'Z';
	int parent = 0, fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/stat", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* The name is in parentheses, and may hold some itself. */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X')
		return 0;
	return parent;
}

static size_t list(struct process *all)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t count = 0;

	while (dir && count < MAX_PROCESSES && (e = readdir(dir))) {
		pid_t parent;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		parent = parent_of(dirfd(dir), e->d_name);
		if (parent > 0)
			all[count++] = (struct process){atoi(e->d_name), parent};
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
