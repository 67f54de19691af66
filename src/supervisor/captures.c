// SPDX-License-Identifier: MIT
/* captures.c - files for what passes, as long as the testbed is up */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor_state.h"
#include "satbed/base/mem.h"

int sb_keep_captures(struct sb_supervisor *k, struct sb_err *err)
{
	const struct sb_plan *plan = k->request->plan;
	const char *dir = k->request->capture_dir;
	size_t count = sb_plan_points(plan) * plan->link_count;

	if (!dir)
		return 0;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", dir);
	k->capture_fds = sb_alloc(count, sizeof(*k->capture_fds));
	for (; k->capture_count < count; k->capture_count++) {
		char file[64];
		sb_auto_free char *path = NULL;
		int fd;

		sb_capture_file(file, sizeof(file), plan, k->capture_count);
		path = sb_asprintf("%s/%s", dir, file);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return sb_fail(err, SB_EENV, errno, "cannot write %s", path);
		k->capture_fds[k->capture_count] = fd;
	}
	return 0;
}
