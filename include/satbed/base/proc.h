/* SPDX-License-Identifier: MIT */
/* proc.h - processes and mounts as proc(5) shows them */
#ifndef SATBED_BASE_PROC_H
#define SATBED_BASE_PROC_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "satbed/base/err.h"

/** struct sb_proc_stat - of /proc/PID/stat what satbed uses */
struct sb_proc_stat {
	pid_t pid, parent, session;
	char state;    /* 'R' running, 'T' and 't' stopped, 'Z' and 'X' ended */
	char name[64]; /* without its parentheses; cut where it is longer */
	uint64_t
	    ticks; /* of the processor, in user and in kernel mode; sysconf(_SC_CLK_TCK) a second */
	uint64_t start; /* such ticks from boot until it began */
};

/** sb_proc_parse_stat() - a name may hold anything, parentheses too; 0 or -1 */
int sb_proc_parse_stat(const char *text, struct sb_proc_stat *out);
/** sb_proc_read_stat() - of one process; 0, or -1 with @err (SB_EENV) */
int sb_proc_read_stat(pid_t pid, struct sb_proc_stat *out, struct sb_err *err);

/** sb_proc_next() - the next process of an open /proc (may be NULL); 0: all were given */
pid_t sb_proc_next(DIR *proc);

/** sb_proc_each() - calls @take for every process that is here, until it returns false */
void sb_proc_each(bool (*take)(void *arg, pid_t pid), void *arg);

/** sb_proc_status() - where in a /proc/PID/status the value of "Uid" and the like begins, or NULL */
const char *sb_proc_status(const char *text, const char *key);

/**
 * sb_proc_read() - a file of a process: "comm", "cmdline", "status", "mountinfo", ...
 * @max:	more bytes than that are an error
 * @len:	may be NULL
 *
 * Return: a string, the caller's to free; NULL where it cannot be read
 */
char *sb_proc_read(pid_t pid, const char *file, size_t max, size_t *len);

#define SB_PROC_MOUNTS_MAX (16u << 20)

/** struct sb_proc_mount - a line of /proc/PID/mountinfo */
struct sb_proc_mount {
	char root
	    [64]; /* of the file system what is mounted: "net:[INODE]" for a network namespace */
	char path[512]; /* where */
};

/**
 * sb_proc_next_mount() - the next line of a mountinfo whose fields fit
 * @rest:	at first the text; moved on, and what it points to is changed
 */
bool sb_proc_next_mount(char **rest, struct sb_proc_mount *out);

#endif
