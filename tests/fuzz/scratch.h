/* SPDX-License-Identifier: MIT */
/* scratch.h - a directory of a fuzz target's own, removed with the files in it when the program ends */
#ifndef SATBED_TESTS_FUZZ_SCRATCH_H
#define SATBED_TESTS_FUZZ_SCRATCH_H

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "must.h"

static char scratch_path[] = "/tmp/satbed-fuzz-XXXXXX";

static inline void scratch_remove(void)
{
	DIR *dir = opendir(scratch_path);
	struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)))
		unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	rmdir(scratch_path);
}

/* Made at the first call. */
static inline const char *scratch(void)
{
	static bool made;

	if (!made) {
		MUST(mkdtemp(scratch_path));
		MUST(!atexit(scratch_remove));
		made = true;
	}
	return scratch_path;
}

#endif
