/* SPDX-License-Identifier: MIT */
/* run_status.h - is a run over, and ours to clean up after?  Pure */
#ifndef SATBED_CLEANUP_JUDGE_H
#define SATBED_CLEANUP_JUDGE_H

#include "inventory.h"

/* A testbed is up, its containers run, in less; also on a slow machine. */
#define SB_CLEANUP_YOUNG_S 600

enum sb_journal_state { SB_JOURNAL_NONE, SB_JOURNAL_HELD, SB_JOURNAL_FREE };

/**
 * struct sb_run_facts - what is known of a run whose things a daemon has
 * @journal:	in this user's directory
 * @owner:	the process of its labels
 * @running:	one of its containers runs
 * @age_s:	of its youngest thing
 */
struct sb_run_facts {
	enum sb_journal_state journal;
	enum sb_owner_state owner;
	bool own, running;
	int64_t age_s;
};

enum sb_verdict_on_run {
	SB_RUN_OVER,
	SB_RUN_GOES_ON,
	SB_RUN_OF_OTHERS,
	SB_RUN_ELSEWHERE, /* its containers run */
	SB_RUN_YOUNG	  /* they do not, but may have been made just now */
};

enum sb_verdict_on_run sb_cleanup_judge(const struct sb_run_facts *facts, bool all_users);

/** sb_cleanup_gather() - @running and @age_s of run @run in @inv */
void sb_cleanup_gather(const struct sb_inventory *inv, const char *run, int64_t now_s,
		       struct sb_run_facts *facts);

#endif
