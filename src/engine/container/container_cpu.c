// SPDX-License-Identifier: MIT
/*
 * container_cpu.c - what a rootless daemon's own helpers cost
 *
 *	rootlesskit ─┬─ exe (RootlessKit again) ── dockerd, listens on the socket
 *	             └─ slirp4netns | pasta | ...
 *
 * Who listens on a socket of this machine, the kernel tells; whose child that is, /proc does.
 */
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "container.h"
#include "satbed/base/cpu.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

#define KIT	 "rootlesskit"
#define MAX_KITS 4

/* RootlessKit's network drivers that are programs of their own. */
static const char *const relays[] = {"slirp4netns", "pasta", "pasta.avx2", "vpnkit"};

static pid_t listener(const char *url)
{
	sb_auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct ucred who;
	socklen_t len = sizeof(who);

	if (fd < 0 || strncmp(url, "unix://", 7) ||
	    sb_copy_str(addr.sun_path, sizeof(addr.sun_path), url + 7) ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
		return 0;
	return who.pid;
}

/* The RootlessKits above the daemon; the inner one was started through /proc/self/exe, and is
 * called so. */
static size_t find_kits(pid_t daemon, pid_t kits[MAX_KITS])
{
	pid_t pid = daemon, below = 0;
	struct sb_proc_stat stat;
	size_t count = 0;

	for (int depth = 0; pid > 1 && depth < 8 && count < MAX_KITS; depth++) {
		if (sb_proc_read_stat(pid, &stat, NULL))
			break;
		if (stat.parent && !strcmp(stat.name, KIT)) {
			bool known = count && kits[count - 1] == below;

			kits[count++] = pid;
			if (below && below != daemon && !known && count < MAX_KITS)
				kits[count++] = below;
		}
		below = pid;
		pid = stat.parent;
	}
	return count;
}

static bool is_relay(pid_t pid, const pid_t *kits, size_t count)
{
	struct sb_proc_stat stat;
	bool found = false;

	if (sb_proc_read_stat(pid, &stat, NULL))
		return false;
	for (size_t i = 0; i < count; i++)
		found |= stat.parent == kits[i];
	for (size_t i = 0; found && i < SB_ARRAY_LEN(relays); i++)
		if (!strcmp(stat.name, relays[i]))
			return true;
	return false;
}

/* -1: there is none that could be found. */
static double relay_seconds(const pid_t *kits, size_t count)
{
	double seconds = -1;
	DIR *proc = opendir("/proc");
	pid_t pid;

	while ((pid = sb_proc_next(proc))) {
		double one = pid > 1 && is_relay(pid, kits, count) ? sb_cpu_seconds(pid) : -1;

		if (one >= 0)
			seconds = (seconds < 0 ? 0 : seconds) + one;
	}
	if (proc)
		closedir(proc);
	return seconds;
}

void sb_container_cpu(const struct sb_testbed *tb, cJSON *into)
{
	const struct sb_containers *c = (const struct sb_containers *)tb;
	const struct sb_daemon_info *about = sb_daemon_info(c->daemon);
	double seconds = 0;
	pid_t kits[MAX_KITS];
	size_t count;

	if (!about->rootless || about->podman)
		return;
	count = find_kits(listener(about->url), kits);
	for (size_t i = 0; i < count; i++)
		seconds += sb_cpu_seconds(kits[i]);
	sb_json_add_num(into, KIT, count ? seconds : -1);
	/* With proxies these are what relays. */
	if (!tb->plan->pep)
		sb_json_add_num(into, "relay", count ? relay_seconds(kits, count) : -1);
}
