// SPDX-License-Identifier: MIT
/*
 * program.c - the program of a guest's process 1, which has no name
 *
 * The guest looks for it as a file of the host's, /proc/self/fd/N, which is a symbolic link: it would read where that leads
 * and look there, and a file in memory is nowhere.  So this one link is told to be what it leads to; opening it opens
 * that.  In a directory the program would be a file for somebody to remove, and many directories may hold none:
 * those mounted with noexec.
 */
#include "preload.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* /proc/self is a link, which the guest has followed. */
static char program[64];

__attribute__((constructor)) static void read_program(void)
{
	const char *text = getenv(SB_PRELOAD_PROGRAM);

	if (text && *text)
		snprintf(program, sizeof(program), "/proc/%d/fd/%d", (int)getpid(), atoi(text));
}

/* The mount of the host's root has slashes of its own before the path's. */
static int follow(const char *path, int flags)
{
	while (path[0] == '/' && path[1] == '/')
		path++;
	return *program && !strcmp(path, program) ? flags & ~AT_SYMLINK_NOFOLLOW : flags;
}

/* Up to Linux 6.11. */
int sb_preload_lstat64(const char *path, struct stat64 *out)
{
	return fstatat64(AT_FDCWD, path, out, follow(path, AT_SYMLINK_NOFOLLOW));
}

int sb_preload_statx(int directory_fd, const char *path, int flags, unsigned int mask,
		     struct statx *out)
{
	return (int)syscall(SYS_statx, directory_fd, path, follow(path, flags), mask, out);
}
