/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h - what a daemon that was killed had begun to make and knows no more
 *
 * No API reaches that.  On the machine of the daemon it is known all the same: processes by the id
 * of a container (journal.h), bridges by a name of the run's, veths by the bridge they are in, and
 * mounted namespaces by those veths.  What cannot be told from another's things is named.
 */
#ifndef SATBED_CLEANUP_LEFTOVERS_H
#define SATBED_CLEANUP_LEFTOVERS_H

#include "satbed/cleanup.h"
#include "targets.h"

/**
 * struct sb_leftover_scan - what is looked for, and whom is told
 * @things:	containers with their ids, networks; the daemon has none of them any more
 * @url:	of the daemon
 * @owner:	the user who runs the daemon: of nobody else's processes is any its
 * @failed:	of each thing: something of it is still there
 */
struct sb_leftover_scan {
	const struct sb_cleanup_request *rq;
	const char *url;
	uid_t owner;
	size_t count, room;
	struct sb_leftover {
		char name[128], id[SB_ID_LEN + 1]; /* id: "" for a network */
		struct sb_owner owner;
		bool failed;
	} * things;
};

/**
 * sb_leftovers() - remove what daemon @target has forgotten of runs whose things are all removed
 *
 * Only of a daemon on this machine, by the word of the kernel (sb_daemon_owner()); and ids and names
 * that no journal of this user's has are believed only when root or this user runs the daemon.
 *
 * Marks journals as kept of whose run something is still there.
 *
 * Return: 0; -1 with @err (SB_EENGINE)
 */
int sb_leftovers(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t target,
		 const struct sb_daemon *d, struct sb_err *err);

/** sb_cleanup_sudo() - "sudo ", or "" where root asks or the thing is the user's @own: before what is to be typed */
const char *sb_cleanup_sudo(bool own);

/** sb_leftover_report() - of one that belongs to thing @i of the scan */
void sb_leftover_report(struct sb_leftover_scan *h, size_t i, enum sb_cleanup_fate fate,
			const char *kind, const char *name, const char *why);

/** sb_leftover_processes() - runtimes, monitors and what is in the containers' control groups
 * (leftover_processes.c) */
void sb_leftover_processes(struct sb_leftover_scan *h);
/** sb_leftover_bridges() - with their veths, and namespaces that only a mount keeps
 * (leftover_bridges.c) */
void sb_leftover_bridges(struct sb_leftover_scan *h);
/** sb_leftover_veths() - pairs of Docker's that are plugged into nothing: told of
 * (leftover_veths.c) */
void sb_leftover_veths(struct sb_leftover_scan *h, const struct sb_daemon_info *about);
/**
 * sb_leftover_namespaces() - those that Podman made while such a run was set up, and that no
 * process is in: told of (leftover_namespaces.c)
 */
void sb_leftover_namespaces(const struct sb_cleanup_request *rq, const struct sb_targets *t,
			    size_t target, const struct sb_daemon_info *about);

#endif
