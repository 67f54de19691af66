/* SPDX-License-Identifier: MIT */
/* fdio.h - whole reads and writes, files replaced atomically */
#ifndef SATBED_BASE_FDIO_H
#define SATBED_BASE_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "satbed/base/err.h"

/** sb_write_all() - all of @buf, through EINTR and short writes; 0 or -1 with errno */
int sb_write_all(int fd, const void *buf, size_t len);
/**
 * sb_open_program() - what satbed carries, from @from to @to, as a file in memory that can be run
 * @name:	as it is called in lists of processes
 *
 * Return: a descriptor, or -1 with @err (SB_EENV)
 */
int sb_open_program(const char *name, const char *from, const char *to, struct sb_err *err);
/** sb_write_text() - into a file that is there, of /proc mostly; 0 or -1 with errno */
int sb_write_text(const char *path, const char *text);
/**
 * sb_read_file() - a whole regular file as a string
 * @max:	more than this many bytes is an error
 * @out:	NUL-terminated, the caller's to free; unset on failure
 * @out_len:	its length without the NUL; may be NULL
 *
 * Return: 0, or -1 with @err naming the file (SB_EINPUT)
 */
int sb_read_file(const char *path, size_t max, char **out, size_t *out_len, struct sb_err *err);
/**
 * sb_may_quote() - may messages show what is in the file?
 * @typed:	by whoever runs satbed; else named by a file that may be anybody's
 *
 * Root can read what its caller (sudo), or whoever wrote the scenario, cannot.
 *
 * Return: false: this is root, others may not read the file, and it is not the caller's own
 */
bool sb_may_quote(const char *path, bool typed);
/** sb_read_fd() - the same from @fd on, which is called @path in messages */
int sb_read_fd(int fd, const char *path, size_t max, char **out, size_t *out_len,
	       struct sb_err *err);
/** sb_close_read() - after the last line of @f; 0, or -1 with @err where that was not its end but could not be read */
int sb_close_read(FILE *f, const char *path, struct sb_err *err);
/** sb_path_beside() - @path as seen from the directory of @file (NULL or without a slash: from the
 * current one); the caller's to free */
char *sb_path_beside(const char *file, const char *path);
/**
 * sb_replace_file() - write to a temporary beside @path, on to the disk, then rename
 *
 * Never a half file, nor after a power failure an empty one.  Return: 0, or -1 with @err (SB_EENV)
 */
int sb_replace_file(const char *path, const void *buf, size_t len, struct sb_err *err);

#endif
