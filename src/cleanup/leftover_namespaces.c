// SPDX-License-Identifier: MIT
/*
 * leftover_namespaces.c - network namespaces that Podman made for a container and forgot
 *
 * Podman mounts a new namespace, then writes down whose it is.  Killed between the two it leaves a
 * mount, and nothing tells whose container it was to be for: it was made while a run of satbed's
 * was set up, but Podman may have served others at that time.  So it is told of, and stays.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "leftovers.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

/* After the last line of a journal: as long as a daemon may have gone on (sweep.c). */
#define AFTER_S 10

struct ns {
	uint64_t inode;
	char path[512];
	int64_t made_s;
};

struct namespaces {
	size_t count, room;
	struct ns *list;
};

static void add(struct namespaces *all, uint64_t inode, const char *path)
{
	struct ns ns = {.inode = inode};
	struct stat st;

	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].inode == inode)
			return;
	/* Rootless Podman mounts it where only its own processes see it: here is an empty file. */
	if (sb_copy_str(ns.path, sizeof(ns.path), path) || stat(path, &st))
		return;
	ns.made_s = st.st_ctim.tv_sec;
	all->list = sb_grow(all->list, all->count, &all->room, sizeof(ns));
	all->list[all->count++] = ns;
}

static void drop(struct namespaces *all, uint64_t inode)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].inode == inode)
			all->list[i--] = all->list[--all->count];
}

/* As containers/common calls them: "netns-" and a UUID. */
static bool is_podmans(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && !strncmp(name, "/netns-", 7) && strlen(name) == strlen("/netns-") + 36;
}

static bool add_mounts_of(void *arg, pid_t pid)
{
	sb_auto_free char *text = sb_proc_read(pid, "mountinfo", SB_PROC_MOUNTS_MAX, NULL);
	struct namespaces *all = arg;
	struct sb_proc_mount mount;
	char *rest = text;
	uint64_t inode;

	if (!text || !strstr(text, " net:["))
		return true;
	while (sb_proc_next_mount(&rest, &mount))
		if (sscanf(mount.root, "net:[%" SCNu64 "]", &inode) == 1 && is_podmans(mount.path))
			add(all, inode, mount.path);
	return true;
}

static bool drop_used_by(void *arg, pid_t pid)
{
	sb_auto_free char *path = sb_asprintf("/proc/%d/ns/net", (int)pid);
	struct stat st;

	if (!stat(path, &st))
		drop(arg, st.st_ino);
	return true;
}

/* From when its process began (ticks since boot) to the last line of its journal. */
static bool made_in(const struct ns *ns, const struct sb_dead_journal *j)
{
	struct timespec up, now;
	struct stat st;
	int64_t begun_s;

	if (fstat(j->file.lock_fd, &st) || clock_gettime(CLOCK_BOOTTIME, &up) ||
	    clock_gettime(CLOCK_REALTIME, &now))
		return false;
	begun_s = now.tv_sec - up.tv_sec + (int64_t)j->file.owner.start / sysconf(_SC_CLK_TCK);
	return ns->made_s >= begun_s - 1 && ns->made_s <= st.st_mtim.tv_sec + AFTER_S;
}

static void tell(const struct sb_cleanup_request *rq, const struct ns *ns,
		 const struct sb_owner *owner, const struct sb_daemon_info *about)
{
	const char *sudo = sb_cleanup_sudo(about->rootless);
	sb_auto_free char *why = sb_asprintf(
	    "Podman created it for run %s and forgot it; no process uses it. If nobody else needs "
	    "it, run: %sumount %s && %srm %s",
	    owner->run, about->rootless ? "podman unshare " : sudo, ns->path, sudo, ns->path);
	struct sb_cleanup_item item = {
	    .fate = SB_CLEANUP_NAMED,
	    .kind = "namespace",
	    .name = ns->path,
	    .run = owner->run,
	    .daemon = about->url,
	    .why = why,
	    .uid = owner->uid,
	};

	rq->told(&item, rq->ctx);
}

void sb_leftover_namespaces(const struct sb_cleanup_request *rq, const struct sb_targets *t,
			    size_t target, const struct sb_daemon_info *about)
{
	struct namespaces all = {0};

	if (!about->podman || strncmp(about->url, "unix://", 7) != 0)
		return;
	sb_proc_each(add_mounts_of, &all);
	sb_proc_each(drop_used_by, &all);
	for (size_t i = 0; i < all.count; i++)
		for (size_t k = 0; k < t->journal_count; k++) {
			const struct sb_dead_journal *j = &t->journals[k];

			if (j->target != target || j->kept || !made_in(&all.list[i], j))
				continue;
			tell(rq, &all.list[i], &j->file.owner, about);
			break;
		}
	free(all.list);
}
