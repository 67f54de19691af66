/* SPDX-License-Identifier: MIT */
/*
 * journal.h - what a run has asked a container daemon to make, written down before it is made
 *
 * One file per run, ${XDG_STATE_HOME:-~/.local/state}/satbed/journal/RUN, locked (flock) as long as
 * its owner lives and removed when all of the run is down.  So a file nobody holds a lock on tells
 * what a killed satbed may have left, and where.
 *
 * JSON lines.  First who and where:
 *   {"run":"5f0c91a2","pid":4711,"start":912345,"boot":"7d1b...","uid":1000,"daemon":"unix:///..."}
 * then, before each thing is made, in that order:
 *   {"kind":"container","name":"satbed-5f0c91a2-server"}
 * and once a container is made, before it is started, the id that its daemon gave it:
 *   {"kind":"container","name":"satbed-5f0c91a2-server","id":"4461e3c0..."}
 * The last line may be cut off: its thing was not made.
 *
 * A daemon that is killed may forget a container that it was starting, and leave what it had begun:
 * processes that are known by that id, which nobody else has, and bridges, which have a name of the
 * run's (sb_journal_bridge()).
 */
#ifndef SATBED_JOURNAL_H
#define SATBED_JOURNAL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "satbed/base/err.h"

#define SB_RUN_ID_MAX 16 /* with the NUL */
#define SB_ID_LEN     64 /* of a container: SHA-256, as Docker and Podman write it */
#define SB_BOOT_MAX   40
#define SB_BRIDGE_MAX 16 /* as for any interface */
/* The first part of names of images: of this daemon's own, in no registry. */
#define SB_IMAGE_HOST "localhost"

/** enum sb_thing - what a daemon makes for satbed */
enum sb_thing { SB_THING_CONTAINER, SB_THING_NETWORK, SB_THING_VOLUME, SB_THING_IMAGE };

/* Every thing has these labels, so that it is known without any journal, too. */
#define SB_LABEL_RUN	"satbed.run"
#define SB_LABEL_BOOT	"satbed.boot"
#define SB_LABEL_PID	"satbed.pid"
#define SB_LABEL_START	"satbed.start"
#define SB_LABEL_PID_NS "satbed.pidns"
#define SB_LABEL_UID	"satbed.uid"

/**
 * struct sb_owner - whose a thing is
 * @pid, @start: a process and when it began (clock ticks since boot): a pid alone is used again
 * @boot:	the kernel's boot id: no process outlives a boot
 * @pid_ns:	inode of its pid namespace, where alone the pid counts; in labels only, a journal
 *		has its lock
 * @daemon:	in journals only, labels are with the daemon
 */
struct sb_owner {
	char run[SB_RUN_ID_MAX];
	pid_t pid;
	uint64_t start;
	char boot[SB_BOOT_MAX];
	uint64_t pid_ns;
	uid_t uid;
	char daemon[256];
};

/** enum sb_owner_state - @SB_OWNER_ELSEWHERE: another machine, boot or pid namespace: who knows */
enum sb_owner_state { SB_OWNER_LIVES, SB_OWNER_GONE, SB_OWNER_ELSEWHERE };

/** sb_owner_state() - does that process live?  When in doubt it does */
enum sb_owner_state sb_owner_state(const struct sb_owner *owner);
/** sb_owner_labels() - "Labels" for a thing that a daemon is asked to make; the caller's */
cJSON *sb_owner_labels(const struct sb_owner *owner);
/**
 * sb_owner_from_labels() - @labels as a daemon lists them; nothing of them is trusted
 *
 * Return: 0, or -1 with @err (SB_EINPUT): not all of satbed's labels, or with what cannot be
 */
int sb_owner_from_labels(const cJSON *labels, struct sb_owner *out, struct sb_err *err);

struct sb_journal;

/** sb_journal_thing_name() - "container", "network", "volume", "image" */
const char *sb_journal_thing_name(enum sb_thing kind);
/** sb_journal_is_of_run() - is @name one that run @run may give: "satbed-RUN", "satbed-RUN-..."? */
bool sb_journal_is_of_run(const char *name, const char *run);
/** sb_journal_directory() - where all of this user's journals are; the caller's to free */
char *sb_journal_directory(void);
/**
 * sb_journal_directory_open() - it belongs to this user, and nobody else can have put anything there
 *
 * Return: a descriptor; -1 with @err (SB_EENV); -1 without where there is none and @make is false
 */
int sb_journal_directory_open(bool make, struct sb_err *err);

/**
 * sb_journal_open() - begin one, for a run of a new name
 * @daemon:	its address, as in struct sb_daemon_address
 *
 * Return: 0, or -1 with @err (SB_EENV)
 */
int sb_journal_open(const char *daemon, struct sb_journal **out, struct sb_err *err);
/** sb_journal_owner() - whom it is about; borrowed */
const struct sb_owner *sb_journal_owner(const struct sb_journal *j);
/** sb_journal_note() - to be called before a thing is made; threads may do so at once */
int sb_journal_note(struct sb_journal *j, enum sb_thing kind, const char *name, struct sb_err *err);
/** sb_journal_made() - a container has been made, and this is its id; it was noted before */
int sb_journal_made(struct sb_journal *j, const char *name, const char *id, struct sb_err *err);
/** sb_journal_is_id() - can @id be a container's? */
bool sb_journal_is_id(const char *id);
/**
 * sb_journal_bridge() - name of the bridge of the network "satbed-RUN-NUMBER": "sbRUN-NUMBER"
 *
 * Return: @buf, or NULL: no such name of a network
 */
const char *sb_journal_bridge(char buf[SB_BRIDGE_MAX], const char *network);
/** sb_journal_end() - @all_down: the file goes; else it stays, unlocked.  NULL is allowed */
void sb_journal_end(struct sb_journal *j, bool all_down);

/** struct sb_journal_entry - one thing that was to be made; @id: "", or of a container that was */
struct sb_journal_entry {
	enum sb_thing kind;
	char name[128], id[SB_ID_LEN + 1];
};

/**
 * struct sb_journal_file - one journal, read
 * @alive:	its owner still holds it
 * @lock_fd:	of a dead one: locked by the reader, so that two of them do not clean up at once
 */
struct sb_journal_file {
	char *path;
	struct sb_owner owner;
	bool alive;
	int lock_fd;
	size_t count;
	struct sb_journal_entry *entries;
};

/**
 * sb_journal_read() - a journal of this user's; it is not trusted: a file of somebody else's, and
 * names that do not begin with "satbed-RUN", are refused
 *
 * Return: 0, and sb_journal_file_fini() is the caller's duty; -1 with @err (SB_EINPUT)
 */
int sb_journal_read(const char *path, struct sb_journal_file *out, struct sb_err *err);
/** sb_journal_file_fini() - @remove: the file, too */
void sb_journal_file_fini(struct sb_journal_file *f, bool remove);

#endif
