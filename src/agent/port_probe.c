// SPDX-License-Identifier: MIT
/* port_probe.c - does anybody in this node listen on a port? */
#include <stdio.h>

#include "agent.h"

#define TCP_LISTENING 0x0a

/* Lines of /proc/net/tcp and its like: "  0: 0100007F:1451 00000000:0000 0A ...". */
static bool find(const char *path, unsigned int port, int state)
{
	char line[512];
	bool found = false;
	FILE *f = fopen(path, "re");

	while (f && !found && fgets(line, sizeof(line), f)) {
		unsigned int local, st;

		found =
		    sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local, &st) == 2 &&
		    local == port && (state < 0 || (int)st == state);
	}
	if (f)
		fclose(f);
	return found;
}

void sb_port_probe(struct sb_node *node, uint16_t port)
{
	struct sb_text t;

	sb_text_open(&t, "listens");
	sb_text_uint(&t, "port", port);
	sb_text_bool(&t, "tcp",
		     find("/proc/self/net/tcp", port, TCP_LISTENING) ||
			 find("/proc/self/net/tcp6", port, TCP_LISTENING));
	sb_text_bool(&t, "udp",
		     find("/proc/self/net/udp", port, -1) || find("/proc/self/net/udp6", port, -1));
	sb_node_say(node, &t, true);
}
