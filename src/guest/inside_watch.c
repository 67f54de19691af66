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
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"
#include "satbed/base/sched.h"

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
	struct sb_proc_stat stat;
	pid_t pid;

	while ((pid = sb_proc_next(proc)))
		if (pid > 1 && !sb_proc_read_stat(pid, &stat, NULL) && stat.state == 'R' &&
		    is_program(pid))
			take(arg, pid, stat.name);
	if (proc)
		closedir(proc);
}

/*
 * What the line receives passes through a kernel thread.  With an ordinary priority it would wait
 * until the program's time slice is over, and without a clock that moves no slice ever is.
 */
void sb_inside_be_heard(void)
{
	const struct sched_param first = {.sched_priority = SB_EXACT_GUEST};
	DIR *proc = opendir("/proc");
	struct sb_proc_stat stat;
	pid_t pid;

	while ((pid = sb_proc_next(proc)))
		if (!sb_proc_read_stat(pid, &stat, NULL) && !strncmp(stat.name, "kworker/u", 9))
			sched_setscheduler(pid, SCHED_FIFO, &first);
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
