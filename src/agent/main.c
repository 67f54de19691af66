// SPDX-License-Identifier: MIT
/* main.c - satbed-agent: runs inside a node, driven by JSON lines on standard input and output */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent.h"
#include "satbed/base/process.h"
#include "satbed/base/sched.h"
#include "satbed/base/version.h"

#define NODE_SESSION_NICE 5

int main(int argc, char **argv)
{
	sb_process_begin();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("satbed-agent %s\n", sb_version);
		return 0;
	}
	if (argc != 1) {
		fprintf(stderr,
			"usage: satbed-agent [--version]\n"
			"satbed starts this program inside each node; it has no other use\n");
		return 2;
	}
	/* It may be run from memory, without a file whose name it would bear. */
	prctl(PR_SET_NAME, "satbed-agent");
	/* What shapes the traffic goes before what makes it; a session that is somebody else's
	 * stays as it is. */
	if (getsid(0) == getpid())
		sb_sched_group(0, NODE_SESSION_NICE);
	sb_sched_exact(SB_EXACT_AGENT);
	return sb_node_run(STDIN_FILENO, STDOUT_FILENO);
}
