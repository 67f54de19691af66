/* SPDX-License-Identifier: MIT */
/*
 * cleanup.h - what a killed satbed, or a daemon that died, has left with container daemons
 *
 * Removed is only what has a name and all labels of satbed's (journal.h) and whose run is over: its
 * journal is there and nobody holds it, or the process of its labels has gone.  A run of another
 * machine, boot or pid namespace is over when none of its containers runs and nothing of it is
 * younger than ten minutes.  When in doubt a thing stays.
 *
 * A daemon that is killed while it sets a container up forgets what it had begun: processes, a
 * bridge, veths, a mounted namespace.  On its own machine those are found by the container's id and
 * the run's name, and removed as far as this user may.
 *
 * Natively nothing is ever left: the kernel takes away what a killed satbed had.
 */
#ifndef SATBED_CLEANUP_H
#define SATBED_CLEANUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "satbed/base/err.h"

/**
 * enum sb_cleanup_fate - what became of something
 * @SB_CLEANUP_REMOVED:	or would be, in a dry run
 * @SB_CLEANUP_LEFT:	a run that goes on, or is not ours to remove
 * @SB_CLEANUP_FAILED:	it was to be removed and is still there
 * @SB_CLEANUP_UNREACHED: a journal that stays, for its daemon does not answer; or a daemon that
 *			should have
 * @SB_CLEANUP_NAMED:	made while a run was set up, but not to be told from what is another's
 */
enum sb_cleanup_fate {
	SB_CLEANUP_REMOVED,
	SB_CLEANUP_LEFT,
	SB_CLEANUP_FAILED,
	SB_CLEANUP_UNREACHED,
	SB_CLEANUP_NAMED
};

/**
 * struct sb_cleanup_item - one thing, and what became of it; all borrowed
 * @kind:	"container", "network", "volume", "journal", "testbed"; of what a daemon
 *		forgot "process", "interface", "namespace"; "run" when left, "daemon"
 * @name:	of it; of a daemon its address, of a journal its file
 * @run:	whose it is, @daemon: where it is; "" where there is none
 * @uid:	whose run it is
 * @why:	of what was not removed, for people; "" else
 */
struct sb_cleanup_item {
	enum sb_cleanup_fate fate;
	const char *kind, *name, *run, *daemon, *why;
	uid_t uid;
};

/** sb_cleanup_told_fn - called once for each item, as it happens */
typedef void sb_cleanup_told_fn(const struct sb_cleanup_item *item, void *ctx);

/**
 * struct sb_cleanup_request - what to clean up
 * @dry_run:	only tell what would be removed
 * @all_users:	what runs of other users have left, too; and their daemons, as far as this user may
 */
struct sb_cleanup_request {
	bool dry_run, all_users;
	sb_cleanup_told_fn *told;
	void *ctx;
};

/**
 * sb_cleanup() - finish what was cut off, with every daemon that can be reached
 *
 * Return: 0; -1 with @err when not all could be finished: SB_EENV a daemon that a journal names
 * cannot be reached, SB_EENGINE something could not be removed, SB_EINPUT a journal that no satbed
 * wrote, SB_EINTERRUPTED.  Whatever else there was has been removed all the same.
 */
int sb_cleanup(const struct sb_cleanup_request *request, struct sb_err *err);

#endif
