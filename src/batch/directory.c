// SPDX-License-Identifier: MIT
/* directory.c - the directory of a batch: new, empty, and held by one process */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"

#define NAMES_TRIED 100
#define LOCK	    ".lock"

static bool is_empty(const char *path, bool (*leftover)(const char *name))
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool empty = dir != NULL;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, LOCK) != 0 &&
		    !(leftover && leftover(name)))
			empty = false;
	}
	if (dir)
		closedir(dir);
	return empty;
}

static char *use_given(const char *command, const char *path, bool (*leftover)(const char *name),
		       struct sb_err *err)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path);
	else if (!is_empty(path, leftover))
		sb_fail(err, SB_EINPUT, 0,
			"%s is not empty; give --out a new directory, or continue what is there: "
			"satbed %s --resume %s",
			path, command, path);
	else
		return sb_strdup(path);
	return NULL;
}

char *sb_batch_directory(const char *command, const char *stem, const char *given,
			 bool (*leftover)(const char *name), struct sb_err *err)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	if (given)
		return use_given(command, given, leftover, err);
	if (mkdir("captures", 0777) && errno != EEXIST) {
		sb_fail(
		    err, SB_EENV, errno,
		    "cannot create ./captures for the results; choose a directory with --out DIR");
		return NULL;
	}
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	for (int n = 1; n < NAMES_TRIED; n++) {
		char *path = n == 1 ? sb_asprintf("captures/%s-%s", stem, stamp)
				    : sb_asprintf("captures/%s-%s-%d", stem, stamp, n);

		if (!mkdir(path, 0700))
			return path;
		free(path);
		if (errno != EEXIST)
			break;
	}
	sb_fail(err, SB_EENV, errno,
		"cannot create a directory in ./captures; choose another with --out DIR");
	return NULL;
}

int sb_batch_hold(const char *command, const char *directory, int *fd, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, LOCK);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	/* Not flock(), whose locks the guests would inherit. */
	if (fcntl(*fd, F_SETLK, &whole)) {
		sb_close_p(fd);
		return sb_fail(err, SB_EINPUT, 0, "%s: another satbed %s works there", directory,
			       command);
	}
	return 0;
}

int sb_batch_check_jobs(enum sb_clock clock, size_t jobs, const char *who, struct sb_err *err)
{
	if (clock != SB_CLOCK_REAL || jobs <= 1)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "--jobs %zu: %s%son the real clock runs side by side disturb each other; "
		       "use --clock virtual",
		       jobs, who, *who ? ": " : "");
}
