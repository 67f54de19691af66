/* SPDX-License-Identifier: MIT */
/* supervisor_dir.h - where supervisors are found */
#ifndef SATBED_SUPERVISOR_DIR_H
#define SATBED_SUPERVISOR_DIR_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "satbed/base/err.h"

/** struct sb_supervisor_dir - the open directory of this user's supervisors */
struct sb_supervisor_dir {
	int dir_fd;
	char path[PATH_MAX];
};

/**
 * sb_supervisor_dir_open() - @make: make it where it is missing
 *
 * Return: 0 (@dir_fd -1: there is none), or -1 with @err
 */
int sb_supervisor_dir_open(struct sb_supervisor_dir *p, bool make, struct sb_err *err);
void sb_supervisor_dir_close(struct sb_supervisor_dir *p);

/**
 * sb_supervisor_dir_claim() - the name is this process's as long as it lives
 *
 * Return: the lock's descriptor, or -1 with @err (SB_EINPUT: somebody has it)
 */
int sb_supervisor_dir_claim(struct sb_supervisor_dir *p, const char *name, struct sb_err *err);
/** sb_supervisor_dir_owner() - pid of who has the name; 0 = nobody */
pid_t sb_supervisor_dir_owner(const struct sb_supervisor_dir *p, const char *name);
/** sb_supervisor_dir_leave() - take everything of a claimed name away, the lock last */
void sb_supervisor_dir_leave(const struct sb_supervisor_dir *p, const char *name);

/** sb_supervisor_dir_listen() - serve NAME.sock; -1 with @err */
int sb_supervisor_dir_listen(const struct sb_supervisor_dir *p, const char *name,
			     struct sb_err *err);
/** sb_supervisor_dir_unlisten() - it is served no more: NAME.sock goes, *@fd is closed and -1 */
void sb_supervisor_dir_unlisten(const struct sb_supervisor_dir *p, const char *name, int *fd);
/** sb_supervisor_dir_is_served() - is NAME.sock there? */
bool sb_supervisor_dir_is_served(const struct sb_supervisor_dir *p, const char *name);
/** sb_supervisor_dir_connect() - to NAME.sock; -1 with errno */
int sb_supervisor_dir_connect(const struct sb_supervisor_dir *p, const char *name);
/** sb_supervisor_dir_log() - NAME.log, emptied, to append to; -1 with @err */
int sb_supervisor_dir_log(const struct sb_supervisor_dir *p, const char *name, struct sb_err *err);

#endif
