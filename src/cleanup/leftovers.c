// SPDX-License-Identifier: MIT
/* leftovers.c - of which runs to look for what their daemon forgot, and what became of it */
#include "leftovers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"

static void add(struct sb_leftover_scan *h, const char *name, const char *id,
		const struct sb_owner *owner)
{
	struct sb_leftover *r;

	h->things = sb_grow(h->things, h->count, &h->room, sizeof(h->things[0]));
	r = &h->things[h->count++];
	*r = (struct sb_leftover){.owner = *owner};
	sb_copy_str(r->name, sizeof(r->name), name);
	sb_copy_str(r->id, sizeof(r->id), id);
}

/* In a dry run what the daemon still has is not forgotten. */
static void add_journal(struct sb_leftover_scan *h, const struct sb_dead_journal *j)
{
	for (size_t i = 0; i < j->file.count; i++) {
		const struct sb_journal_entry *e = &j->file.entries[i];

		if (h->rq->dry_run && j->seen[i])
			continue;
		if (e->id[0] || e->kind == SB_THING_NETWORK)
			add(h, e->name, e->id, &j->file.owner);
	}
}

static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

int sb_leftovers(const struct sb_cleanup_request *rq, struct sb_targets *t, size_t target,
		 const struct sb_daemon *d, struct sb_err *err)
{
	const struct sb_daemon_info *about = sb_daemon_info(d);
	struct sb_leftover_scan h = {.rq = rq, .url = about->url};
	int rc = 0;

	if (!sb_daemon_owner(d, &h.owner)) {
		sb_debug("%s: not known to be on this machine, so only its API is used",
			 about->url);
		return 0;
	}

	for (size_t k = 0; k < t->journal_count; k++)
		if (t->journals[k].target == target && !t->journals[k].kept)
			add_journal(&h, &t->journals[k]);
	/* Anybody's daemon may say that the id of another's container was satbed's. */
	for (size_t i = 0; is_trusted(h.owner) && i < t->gone_count; i++)
		if (t->gone[i].target == target)
			add(&h, t->gone[i].name, t->gone[i].id, &t->gone[i].owner);
	if (h.count) {
		sb_leftover_processes(&h);
		sb_leftover_bridges(&h);
		sb_leftover_veths(&h, about);
		sb_leftover_namespaces(rq, t, target, about);
	}
	for (size_t i = 0; i < h.count; i++) {
		struct sb_dead_journal *j = sb_targets_journal(t, &h.things[i].owner);

		if (!h.things[i].failed)
			continue;
		rc = sb_fail(err, SB_EENGINE, 0, "some resources of %s still exist",
			     h.things[i].name);
		if (j)
			j->kept = true;
	}
	free(h.things);
	return rc;
}
