/* SPDX-License-Identifier: MIT */
/* owner.h - this process, as a journal's first line and the labels tell it */
#ifndef SATBED_JOURNAL_OWNER_H
#define SATBED_JOURNAL_OWNER_H

#include <cjson/cJSON.h>

#include "satbed/journal.h"

/** sb_owner_self() - all but the name of the run */
int sb_owner_self(struct sb_owner *out, const char *daemon, struct sb_err *err);
/** sb_owner_read_here() - the boot id, and the pid namespace of this process */
int sb_owner_read_here(char boot[SB_BOOT_MAX], uint64_t *pid_ns, struct sb_err *err);
cJSON *sb_owner_to_json(const struct sb_owner *owner);
/** sb_owner_from_json() - every field checked (SB_EINPUT) */
int sb_owner_from_json(const cJSON *obj, struct sb_owner *out, struct sb_err *err);
/** sb_owner_check() - names and numbers that can be (SB_EINPUT); sets pid and uid */
int sb_owner_check(struct sb_owner *out, int64_t pid, int64_t uid, struct sb_err *err);

#endif
