// SPDX-License-Identifier: MIT
/* scratch.c - the directory in which one kernel is built */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "store.h"

#define PREFIX	   ".build-"
#define REMOVED	   ".removed-"
#define FAILED_LOG "failed-build.log"

static int lock(int dir_fd, const char *name)
{
	sb_auto_close int fd =
	    openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) ? sb_steal_fd(&fd) : -1;
}

/* What builds and removals left that were killed.  A directory that is being made is not locked
 * yet for an instant: its maker notices and takes another. */
static void remove_dead(const char *store, int store_fd)
{
	DIR *dir = opendir(store);

	if (!dir)
		return;
	for (struct dirent *e; (e = readdir(dir));) {
		sb_auto_close int fd = -1;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0 &&
		    strncmp(e->d_name, REMOVED, strlen(REMOVED)) != 0)
			continue;
		fd = lock(store_fd, e->d_name);
		if (fd >= 0)
			sb_store_remove_tree(store_fd, e->d_name);
	}
	closedir(dir);
}

static int check_space(const struct sb_scratch *s, uint64_t need_bytes, struct sb_err *err)
{
	struct statvfs fs;
	uint64_t have;

	if (fstatvfs(s->store_fd, &fs))
		return sb_fail(err, SB_EENV, errno, "cannot tell the free space of %s", s->store);
	have = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (have >= need_bytes)
		return 0;
	return sb_fail(err, SB_EENV, 0,
		       "building a kernel needs %.1f GB, and %s has %.1f GB free; make space, or "
		       "set XDG_DATA_HOME to a directory elsewhere",
		       (double)need_bytes / 1e9, s->store, (double)have / 1e9);
}

static int make(struct sb_scratch *s, struct sb_err *err)
{
	for (int i = 0; i < 100; i++) {
		struct stat st;

		free(s->path);
		free(s->name);
		s->path = sb_asprintf("%s/" PREFIX "XXXXXX", s->store);
		s->name = NULL;
		if (!mkdtemp(s->path))
			break;
		s->name = sb_strdup(strrchr(s->path, '/') + 1);
		s->fd = lock(s->store_fd, s->name);
		if (s->fd >= 0 && !fstat(s->fd, &st) && st.st_nlink)
			return 0;
		sb_close_p(&s->fd);
	}
	return sb_fail(err, SB_EENV, errno, "cannot create a directory in %s", s->store);
}

int sb_scratch_open(struct sb_scratch *s, uint64_t need_bytes, struct sb_err *err)
{
	*s = (struct sb_scratch){.fd = -1, .log_fd = -1, .store_fd = -1};
	s->store_fd = sb_store_open(true, &s->store, err);
	if (s->store_fd < 0)
		return -1;
	remove_dead(s->store, s->store_fd);
	if (check_space(s, need_bytes, err) || make(s, err)) {
		sb_scratch_close(s);
		return -1;
	}
	s->log_fd = openat(s->fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return 0;
}

void sb_scratch_close(struct sb_scratch *s)
{
	if (s->name)
		sb_store_remove_tree(s->store_fd, s->name);
	sb_close_p(&s->log_fd);
	sb_close_p(&s->fd);
	sb_close_p(&s->store_fd);
	free(s->store);
	free(s->path);
	free(s->name);
	*s = (struct sb_scratch){.fd = -1, .log_fd = -1, .store_fd = -1};
}

char *sb_scratch_keep_log(struct sb_scratch *s)
{
	if (renameat(s->fd, "log", s->store_fd, FAILED_LOG))
		return NULL;
	return sb_asprintf("%s/" FAILED_LOG, s->store);
}

int sb_scratch_publish(struct sb_scratch *s, const char *from, const char *name, struct sb_err *err)
{
	sb_auto_free char *old = sb_asprintf(REMOVED "%s", name);

	/* One of that name that no one could use: without a program, or somebody else's to write. */
	if (!renameat(s->store_fd, name, s->store_fd, old))
		sb_store_remove_tree(s->store_fd, old);
	if (renameat(s->fd, from, s->store_fd, name))
		return sb_fail(err, SB_EENV, errno, "cannot rename the kernel to %s/%s", s->store,
			       name);
	fsync(s->store_fd);
	return 0;
}
