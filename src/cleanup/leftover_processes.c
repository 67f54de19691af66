// SPDX-License-Identifier: MIT
/*
 * leftover_processes.c - processes of containers that no daemon knows any more
 *
 *	containerd-shim -id ID ─┬ runc create ... ID ─ runc init	before it is started
 *	conmon -c ID            ┘ the container's, in a control group called by ID
 *
 * First they may end by themselves, as their container has been removed.  Then what is in the
 * container is killed, for then those who watch it tidy up and end; at last they are told to.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "leftovers.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

#define LOOK_MS	   50
#define TEXT_MAX   (1u << 20)
#define KILL_AT_MS 1000 /* what is in a container */
#define TERM_AT_MS 3000 /* who watches it: shim or conmon */
#define END_AT_MS  4500
#define GIVE_UP_MS 7000

enum role { OTHER, WATCHER, INMATE };

/* One process: of which thing, and which part it plays. */
struct proc {
	pid_t pid, parent;
	char comm[32];
	enum role role;
	size_t of;
};

struct procs {
	size_t count, room;
	struct proc *list;
};

/* Of one that has not ended. */
static bool read_stat(struct proc *p)
{
	struct sb_proc_stat stat;

	if (sb_proc_read_stat(p->pid, &stat, NULL) || stat.state == 'Z')
		return false;
	p->parent = stat.parent;
	return !sb_copy_str(p->comm, sizeof(p->comm), stat.name);
}

static bool is_watcher(const char *comm)
{
	return !strncmp(comm, "containerd-shim", 15) || !strcmp(comm, "conmon");
}

/* What makes a container; whoever else has the id among its words may be anybody. */
static bool is_runtime(const char *comm)
{
	return !strncmp(comm, "runc", 4) || !strcmp(comm, "crun") || !strcmp(comm, "youki");
}

/* As a whole word of its command line. */
static bool has_word(const char *words, size_t len, const char *word)
{
	size_t size = strlen(word) + 1;

	for (const char *at = words; at && at + size <= words + len;) {
		if (!memcmp(at, word, size))
			return true;
		at = memchr(at, '\0', (size_t)(words + len - at));
		at = at ? at + 1 : NULL;
	}
	return false;
}

static bool has_uid(pid_t pid, uid_t uid)
{
	sb_auto_free char *text = sb_proc_read(pid, "status", TEXT_MAX, NULL);
	const char *at = text ? sb_proc_status(text, "Uid") : NULL;
	unsigned int real, effective;

	return at && sscanf(at, "%u %u", &real, &effective) == 2 && real == uid && effective == uid;
}

/* In a user namespace that @uid made, or in one within such. */
static bool is_in_namespace_of(pid_t pid, uid_t uid)
{
	sb_auto_free char *path = sb_asprintf("/proc/%d/ns/user", (int)pid);
	int ns = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;

	while (ns >= 0 && !found) {
		/* None is above the one that this process is in, as far as it may see. */
		int above = ioctl(ns, NS_GET_PARENT);
		uid_t owner;

		found = above >= 0 && !ioctl(ns, NS_GET_OWNER_UID, &owner) && owner == uid;
		close(ns);
		ns = above;
	}
	if (ns >= 0)
		close(ns);
	return found;
}

/*
 * Could the daemon's owner have made that process?  Root's containers run as whom their image says;
 * others' as their owner, or in user namespaces of his.
 */
static bool may_be_of(pid_t pid, bool in_group, uid_t owner)
{
	return (owner == 0 && in_group) || has_uid(pid, owner) ||
	       (owner != 0 && is_in_namespace_of(pid, owner));
}

static void find_role(const struct sb_leftover_scan *h, struct proc *p)
{
	bool runtime = is_runtime(p->comm), watcher = is_watcher(p->comm);
	size_t len = 0;
	sb_auto_free char *words =
	    runtime || watcher ? sb_proc_read(p->pid, "cmdline", TEXT_MAX, &len) : NULL;
	sb_auto_free char *groups = watcher ? NULL : sb_proc_read(p->pid, "cgroup", TEXT_MAX, NULL);

	p->role = OTHER;
	for (p->of = 0; p->of < h->count; p->of++) {
		const char *id = h->things[p->of].id;
		bool named, in_group;

		if (!sb_journal_is_id(id))
			continue;
		named = words && has_word(words, len, id);
		in_group = groups && strstr(groups, id);
		if (!named && !in_group)
			continue;
		if (may_be_of(p->pid, in_group, h->owner))
			p->role = watcher ? WATCHER : INMATE;
		return;
	}
}

/* A runtime's child may be in no control group of its own yet.  What conmon starts at the end is
 * Podman's, and tidies up. */
static bool adopt(const struct procs *all, struct proc *p, uid_t owner)
{
	if (p->role != OTHER || !is_runtime(p->comm) || !may_be_of(p->pid, false, owner))
		return false;
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].pid == p->parent && all->list[i].role != OTHER) {
			p->role = INMATE;
			p->of = all->list[i].of;
			return true;
		}
	return false;
}

static void add_children(struct procs *all, uid_t owner)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < all->count; i++)
			more |= adopt(all, &all->list[i], owner);
	}
}

/* All processes that are here, and then only those with a role; false: there is none. */
static bool look(const struct sb_leftover_scan *h, struct procs *out)
{
	DIR *dir = opendir("/proc");
	size_t kept = 0;
	pid_t pid;

	out->count = 0;
	while ((pid = sb_proc_next(dir))) {
		struct proc p = {.pid = pid};

		if (p.pid == getpid() || !read_stat(&p))
			continue;
		find_role(h, &p);
		out->list = sb_grow(out->list, out->count, &out->room, sizeof(p));
		out->list[out->count++] = p;
	}
	if (dir)
		closedir(dir);
	add_children(out, h->owner);
	for (size_t i = 0; i < out->count; i++)
		if (out->list[i].role != OTHER)
			out->list[kept++] = out->list[i];
	out->count = kept;
	return kept > 0;
}

/* Never another that has got the number meanwhile: it is held before it is looked at again. */
static int send(const struct sb_leftover_scan *h, const struct proc *p, int signal)
{
	sb_auto_close int fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	struct proc now = *p;

	if (fd < 0 && errno != ENOSYS)
		return errno == ESRCH ? 0 : -1;
	if (!read_stat(&now) || strcmp(now.comm, p->comm) != 0 || now.parent != p->parent)
		return 0;
	find_role(h, &now);
	if (now.role != p->role && !is_runtime(p->comm))
		return 0;
	if (fd < 0)
		return kill(p->pid, signal) && errno != ESRCH ? -1 : 0;
	return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) && errno != ESRCH ? -1 : 0;
}

static int signal_for(const struct proc *p, int64_t after_ms)
{
	if (after_ms >= END_AT_MS)
		return SIGKILL;
	if (p->role == INMATE)
		return after_ms >= KILL_AT_MS ? SIGKILL : 0;
	return after_ms >= TERM_AT_MS ? SIGTERM : 0;
}

static void tell(struct sb_leftover_scan *h, const struct proc *p, enum sb_cleanup_fate fate,
		 const char *why)
{
	sb_auto_free char *name = sb_asprintf("%s %d", p->comm, (int)p->pid);

	sb_leftover_report(h, p->of, fate, "process", name, why);
}

/* Each is told of once: that it was there when the first had to be signalled. */
static void tell_all(struct sb_leftover_scan *h, const struct procs *first,
		     const struct procs *last)
{
	for (size_t i = 0; i < first->count; i++) {
		const struct proc *p = &first->list[i];
		sb_auto_free char *why = sb_asprintf(
		    "the daemon has forgotten it, and it did not end; run: %skill -KILL %d",
		    sb_cleanup_sudo(h->owner == geteuid()), (int)p->pid);
		bool there = false;

		for (size_t k = 0; k < last->count; k++)
			there |= last->list[k].pid == p->pid;
		tell(h, p, there ? SB_CLEANUP_FAILED : SB_CLEANUP_REMOVED, there ? why : "");
	}
}

void sb_leftover_processes(struct sb_leftover_scan *h)
{
	int64_t begun_ns = sb_mono_ns(), after_ms = 0;
	struct procs first = {0}, now = {0};
	bool denied = false;

	while (look(h, &now) && after_ms < GIVE_UP_MS && !denied && !sb_interrupted() &&
	       !(h->rq->dry_run && after_ms >= KILL_AT_MS)) {
		/* Those that end by themselves are nothing to tell. */
		if (after_ms >= KILL_AT_MS && !first.count) {
			first = now;
			now = (struct procs){0};
			look(h, &now);
		}
		for (size_t i = 0; i < now.count; i++) {
			int signal = signal_for(&now.list[i], after_ms);

			denied |= signal && send(h, &now.list[i], signal);
		}
		poll(NULL, 0, LOOK_MS);
		after_ms = (sb_mono_ns() - begun_ns) / SB_NS_PER_MS;
	}
	if (h->rq->dry_run)
		for (size_t i = 0; i < now.count; i++)
			tell(h, &now.list[i], SB_CLEANUP_REMOVED, "");
	else if (!sb_interrupted())
		tell_all(h, &first, &now);
	free(first.list);
	free(now.list);
}
