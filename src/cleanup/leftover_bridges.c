// SPDX-License-Identifier: MIT
/*
 * leftover_bridges.c - bridges of networks that no daemon knows any more
 *
 *	sbRUN-1 ── vethA ═ eth0 in a namespace that only a mount keeps (/run/netns/netns-...)
 *
 * The kernel tells of a veth in which namespace its other half is: by that the mount is known.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leftovers.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"
#include "satbed/net.h"

/* A daemon removes a bridge before it answers, or a little later. */
#define GOES_MS 1000
#define LOOK_MS 50

/* One bridge. */
struct bridge {
	struct sb_leftover_scan *h;
	size_t of;
	struct sb_rtnl *nl;
	char name[SB_BRIDGE_MAX];
	struct sb_bridge_port *ports;
	size_t count;
};

static void tell(const struct bridge *b, const char *kind, const char *name, const char *why)
{
	sb_leftover_report(b->h, b->of, *why ? SB_CLEANUP_FAILED : SB_CLEANUP_REMOVED, kind, name,
			   why);
}

static void remove_link(const struct bridge *b, const char *name)
{
	struct sb_err err = {0};
	sb_auto_free char *why = NULL;

	if (!b->h->rq->dry_run && sb_rtnl_delete_link(b->nl, name, &err) &&
	    sb_rtnl_ifindex(b->nl, name))
		why = sb_asprintf("the daemon has forgotten it, and: %s; run: %sip link delete %s",
				  err.msg, sb_cleanup_sudo(false), name);
	tell(b, "interface", name, why ? why : "");
}

static bool is_of(const struct bridge *b, const char *path)
{
	sb_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int id = fd < 0 ? -1 : sb_rtnl_ns_id(b->nl, fd);

	for (size_t i = 0; id >= 0 && i < b->count; i++)
		if (b->ports[i].ns_id == id)
			return true;
	return false;
}

static void unmount(const struct bridge *b, const char *path)
{
	sb_auto_free char *why = NULL;

	if (!b->h->rq->dry_run) {
		if (umount2(path, MNT_DETACH))
			why = sb_asprintf("the daemon has forgotten it, and: %s; run: %sumount "
					  "%s && %srm %s",
					  strerror(errno), sb_cleanup_sudo(false), path,
					  sb_cleanup_sudo(false), path);
		else
			unlink(path);
	}
	tell(b, "namespace", path, why ? why : "");
}

static void unmount_namespaces(const struct bridge *b)
{
	sb_auto_free char *text = sb_proc_read(getpid(), "mountinfo", SB_PROC_MOUNTS_MAX, NULL);
	struct sb_proc_mount mount;
	char *rest = text;

	while (sb_proc_next_mount(&rest, &mount))
		if (!strncmp(mount.root, "net:[", 5) && is_of(b, mount.path))
			unmount(b, mount.path);
}

static bool still_there(const struct bridge *b)
{
	int64_t deadline_ns = sb_mono_ns() + GOES_MS * SB_NS_PER_MS;

	while (sb_rtnl_ifindex(b->nl, b->name)) {
		if (sb_interrupted())
			return false;
		if (b->h->rq->dry_run || sb_mono_ns() >= deadline_ns)
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

static void remove_bridge(struct bridge *b)
{
	if (!still_there(b) || sb_rtnl_bridge_ports(b->nl, b->name, &b->ports, &b->count, NULL))
		return;
	unmount_namespaces(b);
	for (size_t i = 0; i < b->count; i++)
		/* With its namespace it may have gone. */
		if (sb_rtnl_ifindex(b->nl, b->ports[i].name))
			remove_link(b, b->ports[i].name);
	remove_link(b, b->name);
	free(b->ports);
}

void sb_leftover_bridges(struct sb_leftover_scan *h)
{
	struct sb_rtnl nl;

	if (sb_rtnl_open(&nl, NULL))
		return;
	for (size_t i = 0; i < h->count; i++) {
		struct bridge b = {.h = h, .of = i, .nl = &nl};

		if (!h->things[i].id[0] && sb_journal_bridge(b.name, h->things[i].name))
			remove_bridge(&b);
	}
	sb_rtnl_close(&nl);
}
