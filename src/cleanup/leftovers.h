/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h - what a daemon that was killed had begun to make and knows no more
 *
 * No API reaches that.  On the machine of the daemon it is known all the same: processes by the id
 * of a container (journal.h), bridges by a name of the run's, veths by the bridge they are in, and
 * mounted namespaces by those veths.  What cannot be told from another's things is named.
 */
#ifndef SATBED_CLEANUP_REMNANTS_H
#define SATBED_CLEANUP_REMNANTS_H

#include "satbed/cleanup.h"
#include "targets.h"

/**
 * struct sb_remnant_hunt - what is looked for, and whom is told
 * @things:	containers with their ids, networks; the daemon has none of them any more
 * @url:	of the daemon
 * @failed:	of each thing: something of it is still there
 */
struct sb_remnant_hunt {
	const struct sb_cleanup_request *rq;
	const char *url;
	size_t count, room;
	struct sb_remnant {
		char name[128], id[SB_ID_LEN + 1]; /* id: "" for a network */
		struct sb_owner owner;
		bool failed;
	} * things;
};

/**
 * sb_remnants() - remove what daemon @target has forgotten of runs whose things are all removed
 *
 * Marks journals as kept of whose run something is still there.
 *
 * Return: 0; -1 with @err (SB_EENGINE)
 */
int sb_remnants(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t target,
		const struct sb_daemon_info *about, struct sb_err *err);

/** sb_remnant_tell() - of one that belongs to thing @i of the hunt */
void sb_remnant_tell(struct sb_remnant_hunt *h, size_t i, enum sb_cleanup_fate fate,
		     const char *kind, const char *name, const char *why);

/** sb_remnant_processes() - runtimes, monitors and what is in the containers' control groups
 * (remnant_processes.c) */
void sb_remnant_processes(struct sb_remnant_hunt *h);
/** sb_remnant_bridges() - with their veths, and namespaces that only a mount keeps
 * (remnant_bridges.c) */
void sb_remnant_bridges(struct sb_remnant_hunt *h);
/** sb_remnant_veths() - pairs of Docker's that are plugged into nothing: told of
 * (remnant_veths.c) */
void sb_remnant_veths(struct sb_remnant_hunt *h, const struct sb_daemon_info *about);
/**
 * sb_remnant_namespaces() - those that Podman made while such a run was set up, and that no
 * process is in: told of (remnant_namespaces.c)
 */
void sb_remnant_namespaces(const struct sb_cleanup_request *rq, const struct sb_targets *t,
			   size_t target, const struct sb_daemon_info *about);

#endif
