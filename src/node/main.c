// SPDX-License-Identifier: MIT
/* main.c - satbed-node: runs inside a node, driven by JSON lines on standard input and output */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "node.h"
#include "satbed/base/version.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("satbed-node %s\n", sb_version);
		return 0;
	}
	if (argc != 1) {
		fprintf(stderr,
			"usage: satbed-node [--version]\n"
			"satbed starts this program inside each node; it has no other use\n");
		return 2;
	}
	/* It may be run from memory, without a file whose name it would bear. */
	prctl(PR_SET_NAME, "satbed-node");
	return sb_node_run(STDIN_FILENO, STDOUT_FILENO);
}
