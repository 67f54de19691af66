// SPDX-License-Identifier: MIT
/* run_status.c - what is known for certain first: a journal's lock, then a process here, then signs */
#include "run_status.h"

#include <string.h>

enum sb_verdict_on_run sb_cleanup_judge(const struct sb_run_facts *f, bool all_users)
{
	if (f->journal == SB_JOURNAL_HELD)
		return SB_RUN_GOES_ON;
	if (f->journal == SB_JOURNAL_FREE)
		return SB_RUN_OVER;
	if (f->owner == SB_OWNER_LIVES)
		return SB_RUN_GOES_ON;
	if (!f->own && !all_users)
		return SB_RUN_OF_OTHERS;
	if (f->owner == SB_OWNER_GONE)
		return SB_RUN_OVER;
	/* Nodes end with their orchestrator, wherever it is: a container that runs has one. */
	if (f->running)
		return SB_RUN_ELSEWHERE;
	return f->age_s < SB_CLEANUP_YOUNG_S ? SB_RUN_YOUNG : SB_RUN_OVER;
}

void sb_cleanup_gather(const struct sb_inventory *inv, const char *run, int64_t now_s,
		       struct sb_run_facts *facts)
{
	facts->running = false;
	facts->age_s = INT64_MAX;
	for (size_t i = 0; i < inv->count; i++) {
		const struct sb_found *t = &inv->things[i];
		int64_t age_s;

		if (strcmp(t->owner.run, run) != 0)
			continue;
		facts->running |= t->running;
		/* Who does not say when a thing was made may have made it now. */
		age_s = t->made_s == INT64_MAX ? 0 : now_s - t->made_s;
		if (age_s < facts->age_s)
			facts->age_s = age_s;
	}
}
