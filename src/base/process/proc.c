// SPDX-License-Identifier: MIT
/* proc.c - processes as proc(5) shows them; without the heap, for the agent */
#include "satbed/base/proc.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX 1024

/* "PID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS 4 faults UTIME STIME 6 more START ..." */
int sb_proc_parse_stat(const char *text, struct sb_proc_stat *out)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	struct sb_proc_stat stat = {.pid = (pid_t)atoi(text)};
	uint64_t user, kernel;
	int parent, session;
	size_t len;

	if (!open || !close || close < open ||
	    sscanf(close,
		   ") %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %*d %*d %*d %*d %*d %*d %" SCNu64,
		   &stat.state, &parent, &session, &user, &kernel, &stat.start) != 6)
		return -1;
	len = (size_t)(close - open - 1);
	if (len >= sizeof(stat.name))
		len = sizeof(stat.name) - 1;
	memcpy(stat.name, open + 1, len);
	stat.parent = parent;
	stat.session = session;
	stat.ticks = user + kernel;
	*out = stat;
	return 0;
}

int sb_proc_read_stat(pid_t pid, struct sb_proc_stat *out, struct sb_err *err)
{
	char path[32], text[STAT_MAX];
	ssize_t n = -1;
	int fd, saved;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, sizeof(text) - 1);
	saved = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return sb_fail(err, SB_EENV, saved, "cannot read %s", path);
	text[n] = '\0';
	if (sb_proc_parse_stat(text, out))
		return sb_fail(err, SB_EENV, 0, "%s is not in the format of proc(5)", path);
	return 0;
}

pid_t sb_proc_next(DIR *proc)
{
	const struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return (pid_t)atoi(entry->d_name);
	return 0;
}

void sb_proc_each(bool (*take)(void *arg, pid_t pid), void *arg)
{
	DIR *proc = opendir("/proc");
	pid_t pid;

	while ((pid = sb_proc_next(proc)) && take(arg, pid))
		;
	if (proc)
		closedir(proc);
}

const char *sb_proc_status(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, key, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	return NULL;
}
