// SPDX-License-Identifier: MIT
/* cleanup.c - daemon by daemon: what it has, whose that is, away with what is over */
#include "satbed/cleanup.h"

#include <stdlib.h>
#include <unistd.h>

#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/supervisor.h"
#include "leftovers.h"
#include "sweep.h"
#include "targets.h"

static void tell_journal(const struct sb_cleanup_request *rq, const struct sb_dead_journal *j)
{
	struct sb_cleanup_item item = {
	    .fate = SB_CLEANUP_REMOVED,
	    .kind = "journal",
	    .name = j->file.path,
	    .run = j->file.owner.run,
	    .daemon = j->file.owner.daemon,
	    .why = "",
	    .uid = j->file.owner.uid,
	};

	rq->told(&item, rq->ctx);
}

/* A supervisor that was killed leaves its lock, its socket and its log. */
static int clean_supervisors(const struct sb_cleanup_request *rq, struct sb_err *err)
{
	struct sb_supervisor_entry *list;
	size_t count;

	if (sb_supervisor_list(&list, &count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct sb_cleanup_item item = {
		    .fate = SB_CLEANUP_REMOVED,
		    .kind = "testbed",
		    .name = list[i].name,
		    .run = "",
		    .daemon = "",
		    .why = "",
		    .uid = getuid(),
		};

		if (list[i].pid)
			continue;
		if (!rq->dry_run)
			sb_supervisor_forget(list[i].name);
		rq->told(&item, rq->ctx);
	}
	free(list);
	return 0;
}

static void remember(struct sb_err *worst, const struct sb_err *err)
{
	if (!worst->code)
		*worst = *err;
}

/* A daemon nobody's journal names may well not be there. */
static void tell_unreached(const struct sb_cleanup_request *rq, const struct sb_targets *t,
			   size_t i, const struct sb_err *err)
{
	struct sb_cleanup_item item = {
	    .fate = SB_CLEANUP_UNREACHED,
	    .kind = "daemon",
	    .name = t->daemons.items[i].url,
	    .run = "",
	    .daemon = t->daemons.items[i].url,
	    .why = err->msg,
	    .uid = getuid(),
	};

	for (size_t k = 0; k < t->journal_count; k++) {
		if (t->journals[k].target != i || t->journals[k].done)
			continue;
		item.kind = "journal";
		item.name = t->journals[k].file.path;
		item.run = t->journals[k].file.owner.run;
		item.uid = t->journals[k].file.owner.uid;
		rq->told(&item, rq->ctx);
	}
	if (!sb_targets_needed(t, i) && err->code != SB_EENV && err->code != SB_EINPUT)
		rq->told(&item, rq->ctx);
	else if (!sb_targets_needed(t, i))
		sb_debug("%s", err->msg);
}

static void finish_journal(const struct sb_cleanup_request *rq, struct sb_dead_journal *j)
{
	if (j->done)
		return;
	tell_journal(rq, j);
	j->done = true;
	if (!rq->dry_run)
		unlink(j->file.path);
}

/* The daemon has been asked: of these runs it has nothing more. */
static void finish_journals(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t i)
{
	for (size_t k = 0; k < t->journal_count; k++)
		if (t->journals[k].target == i && !t->journals[k].kept)
			finish_journal(rq, &t->journals[k]);
}

/* Killed before anything was asked of its daemon, which may be down by now. */
static void finish_empty(const struct sb_cleanup_request *rq, struct sb_targets *t)
{
	for (size_t k = 0; k < t->journal_count; k++)
		if (!t->journals[k].file.count)
			finish_journal(rq, &t->journals[k]);
}

static int clean_daemon(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t i,
			struct sb_err *err)
{
	struct sb_daemon *d;
	int rc;

	if (sb_daemon_open(&t->daemons.items[i], &d, err)) {
		tell_unreached(rq, t, i, err);
		if (!sb_targets_needed(t, i)) {
			*err = (struct sb_err){0};
			return 0;
		}
		err->code = err->code == SB_EINTERRUPTED ? err->code : SB_EENV;
		return -1;
	}
	rc = sb_sweep(rq, t, i, d, err);
	if (!sb_interrupted() && sb_leftovers(rq, t, i, d, rc ? NULL : err))
		rc = -1;
	sb_daemon_close(d);
	if (!sb_interrupted())
		finish_journals(rq, t, i);
	return rc;
}

int sb_cleanup(const struct sb_cleanup_request *request, struct sb_err *err)
{
	struct sb_err worst = {0}, one = {0};
	struct sb_targets t;

	if (sb_targets_find(request->all_users, &t, err))
		return -1;
	worst = t.damaged;
	finish_empty(request, &t);
	if (clean_supervisors(request, &one))
		remember(&worst, &one);
	for (size_t i = 0; i < t.daemons.count && !sb_interrupted(); i++) {
		one = (struct sb_err){0};
		if (clean_daemon(request, &t, i, &one))
			remember(&worst, &one);
	}
	sb_targets_fini(&t);
	if (sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0,
			       "interrupted; what is not removed yet is removed by the next "
			       "`satbed clean`");
	if (worst.code)
		*err = worst;
	return worst.code ? -1 : 0;
}
