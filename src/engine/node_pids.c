// SPDX-License-Identifier: MIT
/*
 * node_pids.c - which processes are the nodes'
 *
 * The emulator started them, but knows them by the numbers of its own pid namespace; the kernel tells
 * the numbers of ours.
 */
#include "node_pids.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

static bool is_node(long pid)
{
	struct sb_proc_stat stat;

	return !sb_proc_read_stat((pid_t)pid, &stat, NULL) && !strcmp(stat.name, "satbed-agent");
}

void sb_node_pids(pid_t emulator, pid_t *out, size_t count)
{
	sb_auto_free char *path = sb_asprintf("/proc/%d/task/%d/children", (int)emulator,
					      (int)emulator),
			  *text = NULL;
	size_t found = 0;
	char *at, *end;

	memset(out, 0, count * sizeof(*out));
	/* CONFIG_PROC_CHILDREN, which distributions have. */
	if (sb_read_file(path, 65536, &text, NULL, NULL))
		return;
	for (at = text; found <= count; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (is_node(pid) && found++ < count)
			out[found - 1] = (pid_t)pid;
	}
	/* Numbers that may be of other nodes are worse than none. */
	if (found != count)
		memset(out, 0, count * sizeof(*out));
}
