/* SPDX-License-Identifier: MIT */
/* plan_change.h - keys of [link] changed by hand while a testbed is up: "loss=5%", "outage=on"
 */
#ifndef SATBED_PLAN_CHANGE_H
#define SATBED_PLAN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_link_change - what is to change of a link's state
 * @changes:	one per key below it that was named
 * @to:		their new values; a member that was not named means nothing
 */
struct sb_link_change {
	bool delay, rate, loss, duplicate, reorder, corrupt, outage;
	struct sb_link_state to;
};

/**
 * sb_link_change_read() - words as on a command line, KEY=VALUE each
 *
 * Keys and values are those of a scenario's [link], with the same errors; besides, outage is on or
 * off, and a bare share is a random loss.  Keys that cannot change while a testbed is up say why.
 *
 * Return: 0, or -1 with @err (SB_EINPUT); @out is then not modified
 */
int sb_link_change_read(const char *const *words, size_t count, struct sb_link_change *out,
			struct sb_err *err);
/** sb_link_change_to_json() - the members that change, for sb_link_state_from_json(); the caller's
 * to delete */
cJSON *sb_link_change_to_json(const struct sb_link_change *change);
/** sb_link_state_text() - a state in such words, rounded for people */
void sb_link_state_text(char *buf, size_t size, const struct sb_link_state *s);

#endif
