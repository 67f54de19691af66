/* SPDX-License-Identifier: MIT */
/* targets.h - the daemons to ask, and the journals that name them */
#ifndef SATBED_CLEANUP_TARGETS_H
#define SATBED_CLEANUP_TARGETS_H

#include "satbed/container_api.h"
#include "satbed/journal.h"

/**
 * struct sb_dead_journal - one that nobody holds; locked by us meanwhile
 * @target:	index of its daemon
 * @seen:	per entry: its thing has been found
 * @kept:	not all of it is gone
 * @done:	finished with: the file is gone
 */
struct sb_dead_journal {
	struct sb_journal_file file;
	size_t target;
	bool *seen;
	bool kept, done;
};

/** struct sb_gone - a container or network that was removed; where no journal tells of it */
struct sb_gone {
	size_t target;
	char name[128], id[SB_ID_LEN + 1]; /* id: of a container, else "" */
	struct sb_owner owner;
};

/**
 * struct sb_targets - daemons to ask, the journals' first
 * @journals:	of this user, dead
 * @damaged:	files there that no satbed wrote; paths
 */
struct sb_targets {
	struct sb_daemon_list daemons;
	size_t journal_count, journal_room;
	struct sb_dead_journal *journals;
	size_t gone_count, gone_room;
	struct sb_gone *gone;
	struct sb_err damaged;
};

/**
 * sb_targets_find() - read all journals of this user, find the daemons that may be here
 * @all_users:	rootless daemons of others, too
 */
int sb_targets_find(bool all_users, struct sb_targets *out, struct sb_err *err);
void sb_targets_fini(struct sb_targets *t);

/** sb_targets_needed() - a journal that is not done with names daemon @i */
bool sb_targets_needed(const struct sb_targets *t, size_t i);
/** sb_targets_journal() - the dead journal of the run of @owner, else NULL */
struct sb_dead_journal *sb_targets_journal(const struct sb_targets *t,
					   const struct sb_owner *owner);

#endif
