// SPDX-License-Identifier: MIT
/* labels.c - whose a thing is, in the words of the daemon that has it; and does that one live? */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "owner.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

cJSON *sb_owner_labels(const struct sb_owner *owner)
{
	cJSON *labels = cJSON_CreateObject();

	/* Values of labels are strings, and so are these numbers. */
	sb_json_add_str(labels, SB_LABEL_RUN, owner->run);
	sb_json_add_str(labels, SB_LABEL_BOOT, owner->boot);
	sb_json_add_u64(labels, SB_LABEL_PID, (uint64_t)owner->pid);
	sb_json_add_u64(labels, SB_LABEL_START, owner->start);
	sb_json_add_u64(labels, SB_LABEL_PID_NS, owner->pid_ns);
	sb_json_add_u64(labels, SB_LABEL_UID, owner->uid);
	return labels;
}

int sb_owner_from_labels(const cJSON *labels, struct sb_owner *out, struct sb_err *err)
{
	const char *run, *boot;
	uint64_t pid, uid;

	*out = (struct sb_owner){0};
	if (sb_json_get_str(labels, "$", SB_LABEL_RUN, &run, err) ||
	    sb_json_get_str(labels, "$", SB_LABEL_BOOT, &boot, err) ||
	    sb_json_get_u64(labels, "$", SB_LABEL_PID, &pid, err) ||
	    sb_json_get_u64(labels, "$", SB_LABEL_START, &out->start, err) ||
	    sb_json_get_u64(labels, "$", SB_LABEL_PID_NS, &out->pid_ns, err) ||
	    sb_json_get_u64(labels, "$", SB_LABEL_UID, &uid, err))
		return -1;
	if (sb_copy_str(out->run, sizeof(out->run), run) ||
	    sb_copy_str(out->boot, sizeof(out->boot), boot) || pid > INT32_MAX || uid > UINT32_MAX)
		return sb_fail(err, SB_EINPUT, 0, "labels that were not written by satbed");
	return sb_owner_check(out, (int64_t)pid, (int64_t)uid, err);
}

enum sb_owner_state sb_owner_state(const struct sb_owner *owner)
{
	char boot[SB_BOOT_MAX];
	struct sb_proc_stat stat;
	uint64_t pid_ns;

	if (sb_owner_read_here(boot, &pid_ns, NULL) || strcmp(owner->boot, boot) != 0 ||
	    owner->pid_ns != pid_ns)
		return SB_OWNER_ELSEWHERE;
	if (kill(owner->pid, 0) && errno == ESRCH)
		return SB_OWNER_GONE;
	/* Where /proc hides other users' processes, one of that pid counts as the one. */
	if (sb_proc_read_stat(owner->pid, &stat, NULL))
		return SB_OWNER_LIVES;
	return stat.start == owner->start ? SB_OWNER_LIVES : SB_OWNER_GONE;
}
