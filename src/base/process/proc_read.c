// SPDX-License-Identifier: MIT
/* proc_read.c - whole files of a process, and its mounts */
#include <stdio.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

char *sb_proc_read(pid_t pid, const char *file, size_t max, size_t *len)
{
	sb_auto_free char *path = sb_asprintf("/proc/%d/%s", (int)pid, file);
	char *text;

	return sb_read_file(path, max, &text, len, NULL) ? NULL : text;
}

/* "ID PARENT MAJOR:MINOR ROOT MOUNT-POINT ..." */
bool sb_proc_next_mount(char **rest, struct sb_proc_mount *out)
{
	const char *line;

	while ((line = strsep(rest, "\n")))
		if (sscanf(line, "%*s %*s %*s %63s %511s", out->root, out->path) == 2)
			return true;
	return false;
}
