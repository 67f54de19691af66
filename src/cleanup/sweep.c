// SPDX-License-Identifier: MIT
/* sweep.c - look, judge, remove, and look again */
#include "sweep.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broken_image.h"
#include "run_status.h"
#include "remove.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"

/*
 * What satbed had asked for when it was killed may still be in the daemon's hands: so long after
 * the last line of a journal its things may yet appear.
 */
#define IN_FLIGHT_MS 5000
#define LOOK_MS	     200
#define PASSES_MAX   100

/**
 * struct sweep - one daemon's
 * @fate:	per thing of @inv, in this pass: is its run over?
 * @reported:	ids of things that could not be removed, runs that were left
 * @result:	per thing of this pass, filled by several threads
 * @unlisted:	why the images could not be listed, of the last pass
 */
struct sweep {
	const struct sb_cleanup_request *rq;
	struct sb_targets *t;
	size_t target;
	struct sb_daemon *d;
	struct sb_inventory inv;
	bool *doomed;
	struct sb_err *result;
	size_t *batch;
	size_t reported_count, reported_room;
	char **reported;
	struct sb_err unlisted;
	int64_t now_s;
};

static bool was_reported(const struct sweep *s, const char *what)
{
	for (size_t i = 0; i < s->reported_count; i++)
		if (!strcmp(s->reported[i], what))
			return true;
	return false;
}

static bool report_once(struct sweep *s, const char *what)
{
	if (was_reported(s, what))
		return false;
	s->reported = sb_grow(s->reported, s->reported_count, &s->reported_room, sizeof(char *));
	s->reported[s->reported_count++] = sb_strdup(what);
	return true;
}

static void tell(const struct sweep *s, enum sb_cleanup_fate fate, const struct sb_found *t,
		 const char *why)
{
	struct sb_cleanup_item item = {
	    .fate = fate,
	    .kind = fate == SB_CLEANUP_LEFT ? "run" : sb_journal_thing_name(t->kind),
	    .name = fate == SB_CLEANUP_LEFT ? t->owner.run : t->name,
	    .run = t->owner.run,
	    .daemon = sb_daemon_info(s->d)->url,
	    .why = why,
	    .uid = t->owner.uid,
	};

	s->rq->told(&item, s->rq->ctx);
}

static enum sb_journal_state journal_state(const struct sweep *s, const struct sb_owner *owner)
{
	sb_auto_free char *directory = sb_journal_directory();
	sb_auto_free char *path = sb_asprintf("%s/%s", directory, owner->run);
	struct sb_journal_file file;

	if (sb_targets_journal(s->t, owner))
		return SB_JOURNAL_FREE;
	/* Begun after the journals were read, or going on. */
	if (sb_journal_read(path, &file, NULL))
		return SB_JOURNAL_NONE;
	if (!file.alive) {
		sb_journal_file_fini(&file, false);
		return SB_JOURNAL_NONE;
	}
	sb_journal_file_fini(&file, false);
	return SB_JOURNAL_HELD;
}

static char *why_left(enum sb_verdict_on_run verdict, const struct sb_owner *o)
{
	switch (verdict) {
	case SB_RUN_GOES_ON:
		return sb_asprintf("still running, process %d", (int)o->pid);
	case SB_RUN_OF_OTHERS:
		return sb_asprintf("owned by user %u; remove it with --all-users",
				   (unsigned int)o->uid);
	case SB_RUN_ELSEWHERE:
		return sb_strdup(
		    "its containers run, for a satbed on another machine or in another "
		    "container");
	case SB_RUN_YOUNG:
		return sb_asprintf("begun less than %d minutes ago on another machine, in another "
				   "container, or before the last boot",
				   SB_CLEANUP_YOUNG_S / 60);
	case SB_RUN_OVER:
		break;
	}
	return sb_strdup("");
}

static bool is_over(struct sweep *s, const struct sb_found *t)
{
	struct sb_run_facts facts = {
	    .journal = journal_state(s, &t->owner),
	    .owner = sb_owner_state(&t->owner),
	    .own = t->owner.uid == getuid(),
	};
	sb_auto_free char *why = NULL;
	enum sb_verdict_on_run verdict;

	sb_cleanup_gather(&s->inv, t->owner.run, s->now_s, &facts);
	verdict = sb_cleanup_judge(&facts, s->rq->all_users);
	if (verdict == SB_RUN_OVER)
		return true;
	why = why_left(verdict, &t->owner);
	if (report_once(s, t->owner.run))
		tell(s, SB_CLEANUP_LEFT, t, why);
	return false;
}

static void mark_seen(const struct sb_targets *t, const struct sb_found *f)
{
	const struct sb_dead_journal *j = sb_targets_journal(t, &f->owner);

	for (size_t i = 0; j && i < j->file.count; i++)
		if (j->file.entries[i].kind == f->kind && !strcmp(j->file.entries[i].name, f->name))
			j->seen[i] = true;
}

static int64_t age_ms(const struct sb_journal_file *f)
{
	struct stat st;

	if (fstat(f->lock_fd, &st))
		return INT64_MAX;
	return (sb_real_ns() - ((int64_t)st.st_mtim.tv_sec * SB_NS_PER_S + st.st_mtim.tv_nsec)) /
	       SB_NS_PER_MS;
}

static bool more_may_appear(const struct sweep *s)
{
	for (size_t k = 0; k < s->t->journal_count; k++) {
		const struct sb_dead_journal *j = &s->t->journals[k];
		int64_t age = j->target == s->target ? age_ms(&j->file) : INT64_MAX;

		/* A clock that was set back must not make us wait for ever. */
		if (age < -IN_FLIGHT_MS || age > IN_FLIGHT_MS)
			continue;
		for (size_t i = 0; i < j->file.count; i++)
			if (!j->seen[i])
				return true;
	}
	return false;
}

static int remove_one(void *arg, size_t i, struct sb_err *err)
{
	const struct sweep *s = arg;
	size_t at = s->batch[i];

	return sb_remove_found(s->d, &s->inv.things[at], &s->result[at])
		   ? (*err = s->result[at], -1)
		   : 0;
}

/* Where no journal of this user's tells of the run. */
static void remember_gone(struct sweep *s, const struct sb_found *f)
{
	struct sb_targets *t = s->t;
	struct sb_gone gone = {.target = s->target, .owner = f->owner};

	if (s->rq->dry_run || sb_targets_journal(t, &f->owner) ||
	    sb_copy_str(gone.name, sizeof(gone.name), f->name) ||
	    (f->kind == SB_THING_CONTAINER && sb_copy_str(gone.id, sizeof(gone.id), f->id)))
		return;
	t->gone = sb_grow(t->gone, t->gone_count, &t->gone_room, sizeof(gone));
	t->gone[t->gone_count++] = gone;
}

static void remember_removed(struct sweep *s, const char *id)
{
	sb_auto_free char *removed = sb_asprintf("%s was removed", id);

	report_once(s, removed);
}

static bool was_removed(const struct sweep *s, const char *id)
{
	sb_auto_free char *removed = sb_asprintf("%s was removed", id);

	return was_reported(s, removed);
}

/* All things of a kind at once; they are told of in their order. */
static size_t remove_kind(struct sweep *s, enum sb_thing kind, struct sb_err *err)
{
	size_t count = 0, removed = 0;

	for (size_t i = 0; i < s->inv.count; i++)
		if (s->doomed[i] && s->inv.things[i].kind == kind)
			s->batch[count++] = i;
	if (!s->rq->dry_run)
		sb_parallel(count, remove_one, s, err);
	for (size_t k = 0; k < count; k++) {
		const struct sb_found *t = &s->inv.things[s->batch[k]];
		const struct sb_err *why = &s->result[s->batch[k]];

		if (!why->code) {
			tell(s, SB_CLEANUP_REMOVED, t, "");
			if (kind == SB_THING_CONTAINER || kind == SB_THING_NETWORK)
				remember_gone(s, t);
			if (t->nameless)
				remember_removed(s, t->id);
			removed++;
			continue;
		}
		report_once(s, t->id);
		tell(s, SB_CLEANUP_FAILED, t, why->msg);
		if (sb_targets_journal(s->t, &t->owner))
			sb_targets_journal(s->t, &t->owner)->kept = true;
	}
	return removed;
}

/*
 * Docker that dies while it removes a container may list it as dead ever after, and answer that there
 * is none when it is to be removed.
 */
static void name_unknown(struct sweep *s, const struct sb_found *t)
{
	sb_auto_free char *listed = sb_asprintf("%s is listed again", t->id);

	if (report_once(s, listed))
		tell(
		    s, SB_CLEANUP_NAMED, t,
		    "the daemon lists it, but does not know it; it goes when the daemon is started "
		    "again");
}

/* The number of things removed, or -1 when the daemon could not be asked. */
static int pass(struct sweep *s, struct sb_err *err)
{
	size_t removed = 0;

	if (sb_inventory_take(s->d, &s->inv, err))
		return -1;
	s->unlisted = s->inv.unlisted;
	s->doomed = sb_alloc(s->inv.count + 1, sizeof(*s->doomed));
	s->result = sb_alloc(s->inv.count + 1, sizeof(*s->result));
	s->batch = sb_alloc(s->inv.count + 1, sizeof(*s->batch));
	for (size_t i = 0; i < s->inv.count; i++) {
		const struct sb_found *t = &s->inv.things[i];

		mark_seen(s->t, t);
		s->doomed[i] = !was_reported(s, t->id) && is_over(s, t);
		if (t->nameless && was_removed(s, t->id)) {
			s->doomed[i] = false;
			name_unknown(s, t);
		}
	}
	for (int kind = SB_THING_CONTAINER; kind <= SB_THING_IMAGE && !sb_interrupted(); kind++)
		removed += remove_kind(s, (enum sb_thing)kind, err);
	free(sb_steal(&s->doomed));
	free(sb_steal(&s->result));
	free(sb_steal(&s->batch));
	sb_inventory_fini(&s->inv);
	return (int)removed;
}

static void keep_journals(const struct sweep *s)
{
	for (size_t k = 0; k < s->t->journal_count; k++)
		if (s->t->journals[k].target == s->target)
			s->t->journals[k].kept = true;
}

int sb_sweep(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t target,
	     struct sb_daemon *d, struct sb_err *err)
{
	const char *clock = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(sb_daemon_info(d)->info, "SystemTime"));
	struct sweep s = {.rq = rq, .t = t, .target = target, .d = d};
	int removed = 1;

	s.now_s = sb_rfc3339_s(clock);
	if (s.now_s == INT64_MAX)
		s.now_s = sb_real_ns() / SB_NS_PER_S;
	for (int i = 0; i < PASSES_MAX && !sb_interrupted(); i++) {
		if (!removed)
			poll(NULL, 0, LOOK_MS);
		removed = pass(&s, err);
		if (removed < 0)
			keep_journals(&s);
		if (removed < 0 || rq->dry_run || (!removed && !more_may_appear(&s)))
			break;
	}
	if (s.unlisted.code != SB_OK) {
		keep_journals(&s);
		sb_tell_broken_image(rq, sb_daemon_info(d), s.unlisted.msg);
		if (err->code == SB_OK)
			*err = s.unlisted;
	}
	for (size_t i = 0; i < s.reported_count; i++)
		free(s.reported[i]);
	free(s.reported);
	return err->code ? -1 : 0;
}
