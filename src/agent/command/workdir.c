// SPDX-License-Identifier: MIT
/* workdir.c - the directory where the user's commands start, and files put there */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"

const char *sb_workdir_path(void)
{
	const char *given = getenv("SATBED_WORK");

	if (given)
		return given[0] == '/' ? given : NULL;
	/* Satbed's containers have a tmpfs there; elsewhere /tmp is everybody's. */
	return getpid() == 1 ? "/tmp" : NULL;
}

/* Only plain names on the way: nothing that leads out of the directory. */
static bool leads_out(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 1 && path[0] == '.') || (len == 2 && !memcmp(path, "..", 2)))
			return true;
		path += len;
		if (*path == '/' && !*++path)
			return true;
	}
	return false;
}

/* The directory that holds @path's last name, made where it is missing; no link is followed. */
static int open_parent(const char *work, char *path, const char **name)
{
	int dir = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *at = path, *slash;

	while (dir >= 0 && (slash = strchr(at, '/'))) {
		int next, saved;

		*slash = '\0';
		mkdirat(dir, at, 0755);
		next = openat(dir, at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		saved = errno;
		close(dir);
		errno = saved;
		dir = next;
		at = slash + 1;
	}
	*name = at;
	return dir;
}

static int no_workdir(const char *path, struct sb_err *err)
{
	return sb_fail(err, SB_EENV, 0,
		       "file %s: this node has no work directory; on the native engine, empty "
		       "one of /mnt, /srv, /media",
		       path);
}

static int not_below(const char *path, struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0,
		       "file %s: not a path below the work directory, like tools/client.py", path);
}

int sb_workdir_open(const char *path, struct sb_err *err)
{
	const char *work = sb_workdir_path(), *name;
	char copy[SB_COMMAND_PATH_MAX];
	int dir, fd;

	if (!work)
		return no_workdir(path, err);
	if (leads_out(path) || strlen(path) >= sizeof(copy))
		return not_below(path, err);
	memcpy(copy, path, strlen(path) + 1);
	dir = open_parent(work, copy, &name);
	fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		sb_fail(err, SB_EENV, errno, "file %s: opening it in %s", path, work);
	if (dir >= 0)
		close(dir);
	return fd;
}

static int open_file(const char *work, const struct sb_command_spec *spec)
{
	char path[SB_COMMAND_PATH_MAX];
	const char *name;
	int dir, fd, saved;

	memcpy(path, spec->path, sizeof(path));
	dir = open_parent(work, path, &name);
	if (dir < 0)
		return -1;
	/* Made anew, not emptied: the old one may be running. */
	if (!spec->offset)
		unlinkat(dir, name, 0);
	fd = openat(dir, name,
		    O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
			(spec->offset ? 0 : O_CREAT | O_EXCL),
		    0600);
	saved = errno;
	close(dir);
	errno = saved;
	return fd;
}

static int write_file(int fd, const struct sb_command_spec *spec, struct sb_err *err)
{
	struct stat st;
	size_t done = 0;

	if (fstat(fd, &st))
		return sb_fail(err, SB_EENV, errno, "file %s", spec->path);
	if (!S_ISREG(st.st_mode) || st.st_size != spec->offset)
		return sb_fail(err, SB_EINPUT, 0, "file %s: it has %lld bytes, not %lld",
			       spec->path, (long long)st.st_size, (long long)spec->offset);
	while (done < spec->data_len) {
		ssize_t n = write(fd, spec->data + done, spec->data_len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sb_fail(err, SB_EENV, errno, "file %s: after %lld bytes", spec->path,
				       (long long)spec->offset + (long long)done);
		done += (size_t)n;
	}
	if (fchmod(fd, spec->mode))
		return sb_fail(err, SB_EENV, errno, "file %s: setting its mode", spec->path);
	return 0;
}

int sb_workdir_file(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	const char *work = sb_workdir_path();
	struct sb_text t;
	int fd, rc;

	if (!work)
		return no_workdir(spec->path, err);
	if (leads_out(spec->path))
		return not_below(spec->path, err);
	fd = open_file(work, spec);
	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "file %s: opening it in %s", spec->path, work);
	rc = write_file(fd, spec, err);
	close(fd);
	if (rc)
		return -1;
	sb_text_open(&t, "file");
	sb_text_str(&t, "path", spec->path);
	sb_text_int(&t, "bytes", spec->offset + (int64_t)spec->data_len);
	sb_node_say(node, &t, true);
	return 0;
}
