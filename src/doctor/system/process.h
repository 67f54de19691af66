/* SPDX-License-Identifier: MIT */
/* process.h - the process behind a daemon's socket: its settings file, its network, its log */
#ifndef SATBED_DOCTOR_PROCESS_H
#define SATBED_DOCTOR_PROCESS_H

#include <cjson/cJSON.h>

#include "machine.h"

/**
 * struct sb_peer - who listens at a Unix socket
 * @state:	"answers" (somebody accepts), "absent", "refused" (nobody listens any more),
 *		"forbidden"
 * @pid:	0 when it cannot be seen; 1 is systemd, which listens for the daemon
 */
struct sb_peer {
	const char *state;
	int pid;
	unsigned int uid;
};

/** sb_peer_look() - connect to @path and ask the kernel; a connection and no byte */
void sb_peer_look(const char *path, struct sb_peer *out);

/**
 * sb_process_of() - what can be read of the daemon's process
 * @peer:	who listens; for systemd's own sockets the daemon is looked for among all processes
 *
 * Return: an object, the caller's to delete: "pid", "uid", "user", "command"; where they are given
 * "config_file", "network_driver", "port_driver", "detach_netns", "log" (a file or "journal"),
 * "config_home" (XDG_CONFIG_HOME, or .config in its HOME), "proxy" (of its environment, "" = none);
 * NULL when no process can be seen
 */
cJSON *sb_process_of(const struct sb_machine *m, const struct sb_peer *peer, const char *comm);

/**
 * sb_process_option() - the value of a long option in a command line
 * @cmdline, @len: as /proc/PID/cmdline gives it: words that end with NUL
 *
 * Return: within @cmdline, or NULL; understands --name=value and --name value
 */
const char *sb_process_option(const char *cmdline, size_t len, const char *name);

#endif
