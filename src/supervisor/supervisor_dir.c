// SPDX-License-Identifier: MIT
/* supervisor_dir.c - where supervisors are found: their user's directory; a lock, a socket, a log each */
#include "supervisor_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/private_dir.h"

int sb_supervisor_dir_open(struct sb_supervisor_dir *p, bool make, struct sb_err *err)
{
	sb_auto_free char *path = NULL;
	struct sb_err why = {0};

	p->dir_fd = sb_private_dir_open(SB_PRIVATE_RUNTIME, NULL, make, &path, &why);
	if (p->dir_fd < 0 && why.code && err)
		*err = why;
	if (p->dir_fd < 0 && why.code)
		return -1;
	if (!sb_copy_str(p->path, sizeof(p->path), path))
		return 0;
	sb_supervisor_dir_close(p);
	return sb_fail(err, SB_EENV, 0, "the path %s is too long", path);
}

void sb_supervisor_dir_close(struct sb_supervisor_dir *p)
{
	sb_close_p(&p->dir_fd);
}

static void file_name(char *buf, size_t size, const char *name, const char *what)
{
	snprintf(buf, size, "%s.%s", name, what);
}

/* Locks of this kind belong to one process: no child holds them after its parent's death. */
static struct flock whole(short type)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

static bool is_still_there(const struct sb_supervisor_dir *p, const char *file, int fd)
{
	struct stat held, named;

	return !fstat(fd, &held) && !fstatat(p->dir_fd, file, &named, AT_SYMLINK_NOFOLLOW) &&
	       held.st_ino == named.st_ino;
}

static int again(struct sb_supervisor_dir *p)
{
	sb_supervisor_dir_close(p);
	return sb_supervisor_dir_open(p, true, NULL);
}

bool sb_supervisor_dir_is_served(const struct sb_supervisor_dir *p, const char *name)
{
	char file[64];

	file_name(file, sizeof(file), name, "sock");
	return !faccessat(p->dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int fail_taken(const struct sb_supervisor_dir *p, const char *name, struct sb_err *err)
{
	int owner = (int)sb_supervisor_dir_owner(p, name);

	if (!sb_supervisor_dir_is_served(p, name))
		return sb_fail(err, SB_EINPUT, 0,
			       "a testbed called %s is starting or stopping (supervisor %d); wait "
			       "until it has, or give this one another name: --name NAME",
			       name, owner);
	return sb_fail(err, SB_EINPUT, 0,
		       "a testbed called %s is already up (supervisor %d); take it down with: "
		       "satbed down %s, or give this one another name: --name NAME",
		       name, owner, name);
}

int sb_supervisor_dir_claim(struct sb_supervisor_dir *p, const char *name, struct sb_err *err)
{
	char file[64];

	file_name(file, sizeof(file), name, "lock");
	for (;;) {
		struct flock lock = whole(F_WRLCK);
		int fd = openat(p->dir_fd, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		/* The last one out took the directory away just now. */
		if (fd < 0 && errno == ENOENT && !again(p))
			continue;
		if (fd < 0)
			return sb_fail(err, SB_EENV, errno, "cannot write %s/%s", p->path, file);
		if (fcntl(fd, F_SETLK, &lock)) {
			close(fd);
			return fail_taken(p, name, err);
		}
		if (is_still_there(p, file, fd))
			return fd;
		close(fd); /* its owner took it away just now */
	}
}

pid_t sb_supervisor_dir_owner(const struct sb_supervisor_dir *p, const char *name)
{
	struct flock lock = whole(F_WRLCK);
	char file[64];
	int fd;

	file_name(file, sizeof(file), name, "lock");
	fd = openat(p->dir_fd, file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock))
		lock.l_type = F_UNLCK;
	close(fd);
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

void sb_supervisor_dir_leave(const struct sb_supervisor_dir *p, const char *name)
{
	static const char *const files[] = {"sock", "log", "lock"};

	for (size_t i = 0; i < SB_ARRAY_LEN(files); i++) {
		char file[64];

		file_name(file, sizeof(file), name, files[i]);
		unlinkat(p->dir_fd, file, 0);
	}
	rmdir(p->path); /* the last one out */
}

/* A socket's path has room for 107 bytes; through the open directory it always fits. */
static struct sockaddr_un address(const struct sb_supervisor_dir *p, const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int n = snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s.sock", p->path, name);

	if (n >= (int)sizeof(un.sun_path))
		snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/%s.sock", p->dir_fd,
			 name);
	return un;
}

int sb_supervisor_dir_listen(const struct sb_supervisor_dir *p, const char *name,
			     struct sb_err *err)
{
	struct sockaddr_un un = address(p, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old;
	int rc;

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot create a socket");
	unlink(un.sun_path); /* of a supervisor that was killed: the name is ours */
	old = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&un, sizeof(un));
	umask(old);
	if (rc || listen(fd, 64)) {
		sb_fail(err, SB_EENV, errno, "cannot listen at %s/%s.sock", p->path, name);
		close(fd);
		return -1;
	}
	return fd;
}

void sb_supervisor_dir_unlisten(const struct sb_supervisor_dir *p, const char *name, int *fd)
{
	char file[64];

	if (*fd < 0)
		return;
	file_name(file, sizeof(file), name, "sock");
	unlinkat(p->dir_fd, file, 0);
	sb_close_p(fd);
}

int sb_supervisor_dir_connect(const struct sb_supervisor_dir *p, const char *name)
{
	struct sockaddr_un un = address(p, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !connect(fd, (const struct sockaddr *)&un, sizeof(un)))
		return fd;
	sb_close_p(&fd);
	return -1;
}

int sb_supervisor_dir_log(const struct sb_supervisor_dir *p, const char *name, struct sb_err *err)
{
	char file[64];
	int fd;

	file_name(file, sizeof(file), name, "log");
	fd = openat(p->dir_fd, file,
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		sb_fail(err, SB_EENV, errno, "cannot write %s/%s", p->path, file);
	return fd;
}
