// SPDX-License-Identifier: MIT
/* qlog.c - the directory to which the user's programs write their qlog, and what is in it */
#include "qlog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/agent_proto.h"

#define DIRECTORY "qlog"

static int open_directory(void)
{
	const char *work = sb_workdir_path();
	int parent = work ? open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;

	if (parent < 0)
		return -1;
	fd = openat(parent, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(parent);
	return fd;
}

void sb_qlog_prepare(void)
{
	const char *work = sb_workdir_path();
	int parent = work ? open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;
	char path[SB_COMMAND_PATH_MAX];

	if (parent < 0)
		return;
	mkdirat(parent, DIRECTORY, 0777);
	close(parent);
	fd = open_directory();
	if (fd < 0)
		return;
	/* Commands may be of other users, as in /tmp. */
	fchmod(fd, 01777);
	close(fd);
	if ((size_t)snprintf(path, sizeof(path), "%s/" DIRECTORY, work) < sizeof(path))
		setenv("QLOGDIR", path, 1);
}

/* A list of names, each with a newline, as far as they fit; the others are counted. */
static void say_names(struct sb_node *node, int fd)
{
	char names[SB_TEXT_DATA_MAX];
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int64_t left_out = 0;
	size_t used = 0;
	struct sb_text t;

	while (dir && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!sb_node_qlog_name_is_plain(entry->d_name) || used + len + 1 > sizeof(names)) {
			left_out++;
			continue;
		}
		memcpy(names + used, entry->d_name, len);
		used += len;
		names[used++] = '\n';
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	sb_text_open(&t, "qlog");
	sb_text_int(&t, "left_out", left_out);
	sb_text_data(&t, "data", names, used);
	sb_node_say(node, &t, true);
}

static int say_piece(struct sb_node *node, int dir, const struct sb_command_spec *spec,
		     struct sb_err *err)
{
	char piece[SB_TEXT_DATA_MAX];
	struct stat st;
	struct sb_text t;
	ssize_t n = -1;
	int fd =
	    dir < 0 ? -1 : openat(dir, spec->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	/* Neither a link to another file nor a pipe that somebody waits behind. */
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		n = pread(fd, piece, sizeof(piece), spec->offset);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return sb_fail(err, SB_EINPUT, 0, "qlog %s: not a file that can be read",
			       spec->path);
	sb_text_open(&t, "qlog");
	sb_text_data(&t, "data", piece, (size_t)n);
	sb_node_say(node, &t, true);
	return 0;
}

int sb_qlog_say(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	int dir = open_directory(), rc = 0;

	if (!spec->path[0]) {
		say_names(node, dir);
		return 0;
	}
	if (!sb_node_qlog_name_is_plain(spec->path))
		rc = sb_fail(err, SB_EINPUT, 0, "qlog %s: not a plain name", spec->path);
	else
		rc = say_piece(node, dir, spec, err);
	if (dir >= 0)
		close(dir);
	return rc;
}
