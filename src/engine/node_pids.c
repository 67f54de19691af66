// SPDX-License-Identifier: MIT
/*
 * node_pids.c - which processes are the nodes'
 *
 * The emulator started them, but knows them by the numbers of its own pid namespace; the kernel tells
 * the numbers of ours.
 */
#include "node_pids.h"

#include <stdbool.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/proc.h"

static bool is_node(pid_t pid)
{
	struct sb_proc_stat stat;

	return !sb_proc_read_stat(pid, &stat, NULL) && !strcmp(stat.name, "satbed-agent");
}

void sb_node_pids(pid_t emulator, pid_t *out, size_t count)
{
	sb_auto_free char *path = sb_asprintf("/proc/%d/task/%d/children", (int)emulator,
					      (int)emulator),
			  *text = NULL;
	size_t found = 0;
	const char *at;
	uint64_t pid;

	memset(out, 0, count * sizeof(*out));
	/* CONFIG_PROC_CHILDREN, which distributions have. */
	if (sb_read_file(path, 65536, &text, NULL, NULL))
		return;
	for (at = text; found <= count && !sb_read_digits(&at, INT32_MAX, &pid); at += *at == ' ')
		if (is_node((pid_t)pid) && found++ < count)
			out[found - 1] = (pid_t)pid;
	/* Numbers that may be of other nodes are worse than none. */
	if (found != count)
		memset(out, 0, count * sizeof(*out));
}
