// SPDX-License-Identifier: MIT
/*
 * inside_watch.c - who computes in a guest whose time stands still
 *
 * Process 1 has real-time priority: a byte on its serial line gets it the processor even while a
 * program computes without end.  What is then in state R, besides itself, is what keeps time from
 * moving, or waits behind it.
 */
#include "inside_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* "17 (name) R ...": the name may have anything in it, so its end is the last parenthesis. */
static bool is_running(pid_t pid, char *name, size_t size)
{
	char path[32];
	sb_auto_free char *text = NULL;
	char *open, *close;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (sb_read_file(path, 4096, &text, NULL, NULL))
		return false;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open || close[1] != ' ' || close[2] != 'R')
		return false;
	*close = '\0';
	sb_copy_str(name, size, open + 1);
	return true;
}

static void name_node(pid_t pid, int own_fd, char *node, size_t size)
{
	char path[32];
	sb_auto_close int fd = -1;

	*node = '\0';
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWUTS))
		return;
	if (gethostname(node, size - 1))
		*node = '\0';
	setns(own_fd, CLONE_NEWUTS);
}

/* Kernel threads have no memory map of a program. */
static bool is_program(pid_t pid)
{
	char path[32], target[8];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return readlink(path, target, sizeof(target)) > 0;
}

static void each_running(void (*take)(void *arg, pid_t pid, const char *name), void *arg)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	char name[64];

	while (proc && (e = readdir(proc))) {
		pid_t pid = (pid_t)atoi(e->d_name);

		if (pid > 1 && is_running(pid, name, sizeof(name)) && is_program(pid))
			take(arg, pid, name);
	}
	if (proc)
		closedir(proc);
}

/*
 * What the line receives passes through a kernel thread.  With an ordinary priority it would wait
 * until the program's time slice is over, and without a clock that moves no slice ever is.
 */
void sb_inside_be_heard(void)
{
	const struct sched_param first = {.sched_priority = 1};
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc))) {
		char path[300];
		sb_auto_free char *name = NULL;

		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		if (atoi(e->d_name) > 0 && !sb_read_file(path, 64, &name, NULL, NULL) &&
		    !strncmp(name, "kworker/u", 9))
			sched_setscheduler((pid_t)atoi(e->d_name), SCHED_FIFO, &first);
	}
	if (proc)
		closedir(proc);
	/* The worker is none of that. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

struct collection {
	cJSON *list;
	int own_fd;
};

static void collect(void *arg, pid_t pid, const char *name)
{
	struct collection *c = arg;
	sb_auto_free char *clean = sb_clean(name);
	cJSON *obj = cJSON_CreateObject();
	char node[65];

	name_node(pid, c->own_fd, node, sizeof(node));
	sb_json_add_i64(obj, "pid", pid);
	sb_json_add_str(obj, "name", clean);
	sb_json_add_str(obj, "node", node);
	cJSON_AddItemToArray(c->list, obj);
}

cJSON *sb_inside_computing(void)
{
	cJSON *obj = cJSON_CreateObject();
	struct collection c = {.own_fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC)};

	sb_json_add_str(obj, "ev", "computing");
	sb_json_add_i64(obj, "mono_ns", sb_mono_ns());
	c.list = cJSON_AddArrayToObject(obj, "processes");
	if (c.own_fd >= 0)
		each_running(collect, &c);
	sb_close_p(&c.own_fd);
	return obj;
}

/* satbed's own wait behind it. */
static void kill_one(void *arg, pid_t pid, const char *name)
{
	const pid_t *spared = arg;

	if (pid != *spared && strncmp(name, "satbed", 6))
		kill(pid, SIGKILL);
}

void sb_inside_kill_computing(pid_t spared)
{
	each_running(kill_one, &spared);
}
