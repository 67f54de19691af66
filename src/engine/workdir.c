// SPDX-License-Identifier: MIT
/* workdir.c - a directory of a native node's own, and a /dev/pts where it lacks one */
#include "workdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "satbed/base/mem.h"

/* A quarter of what is free at most, by far: a tmpfs holds memory. */
#define OPTIONS "mode=0755,size=1g"

/*
 * Nothing may be made on the machine's disks, so there must be a directory already; and a mount
 * must hide nothing of the user's, so it must be empty.  These exist by the Filesystem Hierarchy
 * Standard or in every Debian, and are empty on most machines.
 */
static const char *const places[] = {
    "/mnt",	"/srv",		  "/media",	      "/var/local",
    "/var/opt", "/usr/local/src", "/usr/local/games", "/usr/src",
};

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	bool empty = dir;

	while (empty && (e = readdir(dir)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	if (dir)
		closedir(dir);
	return empty;
}

const char *sb_ns_workdir(void)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(places); i++)
		if (is_empty(places[i]) &&
		    !mount("satbed", places[i], "tmpfs", MS_NOSUID | MS_NODEV, OPTIONS))
			return places[i];
	return NULL;
}

void sb_ns_terminals(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	else
		mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		      "newinstance,ptmxmode=0666,mode=0600");
}
