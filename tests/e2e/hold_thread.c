// SPDX-License-Identifier: MIT
/*
 * hold_thread.c - one thread of a process stands still until standard input ends
 *
 *	hold_thread PID NAME
 *
 * SIGSTOP stops whole processes; a debugger stops one thread and leaves the others alone, and when
 * it dies the thread goes on.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t find_thread(const char *pid, const char *name)
{
	char path[300], comm[32];
	struct dirent *e;
	pid_t found = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	tasks = opendir(path);
	while (tasks && !found && (e = readdir(tasks))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/task/%s/comm", pid, e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (f && fgets(comm, sizeof(comm), f)) {
			comm[strcspn(comm, "\n")] = '\0';
			if (!strcmp(comm, name))
				found = (pid_t)strtol(e->d_name, NULL, 10);
		}
		if (f)
			fclose(f);
	}
	if (tasks)
		closedir(tasks);
	return found;
}

int main(int argc, char **argv)
{
	char ignored[256];
	pid_t thread;
	int status;

	if (argc != 3) {
		fprintf(stderr, "usage: hold_thread PID NAME\n");
		return 2;
	}
	thread = find_thread(argv[1], argv[2]);
	if (!thread) {
		fprintf(stderr, "hold_thread: process %s has no thread %s\n", argv[1], argv[2]);
		return 2;
	}
	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) ||
	    waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) {
		fprintf(stderr, "hold_thread: thread %d cannot be stopped: %s\n", (int)thread,
			strerror(errno));
		return 1;
	}
	while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
		;
	return ptrace(PTRACE_DETACH, thread, NULL, NULL) ? 1 : 0;
}
