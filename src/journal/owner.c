// SPDX-License-Identifier: MIT
/* owner.c - this process, as a journal's first line and the labels tell it */
#include "owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

int sb_owner_read_here(char boot[SB_BOOT_MAX], uint64_t *pid_ns, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	struct stat st;

	if (sb_read_file("/proc/sys/kernel/random/boot_id", 64, &text, NULL, err))
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (sb_copy_str(boot, SB_BOOT_MAX, text))
		return sb_fail(err, SB_EENV, 0, "the kernel's boot id is too long: %s", text);
	if (stat("/proc/self/ns/pid", &st))
		return sb_fail(err, SB_EENV, errno, "cannot read /proc/self/ns/pid");
	*pid_ns = st.st_ino;
	return 0;
}

int sb_owner_self(struct sb_owner *out, const char *daemon, struct sb_err *err)
{
	struct sb_proc_stat stat;

	*out = (struct sb_owner){.pid = getpid(), .uid = getuid()};
	if (sb_proc_read_stat(out->pid, &stat, err) ||
	    sb_owner_read_here(out->boot, &out->pid_ns, err))
		return -1;
	out->start = stat.start;
	if (sb_copy_str(out->daemon, sizeof(out->daemon), daemon))
		return sb_fail(err, SB_EINPUT, 0, "the daemon's address is too long: %s", daemon);
	return 0;
}

cJSON *sb_owner_to_json(const struct sb_owner *owner)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "run", owner->run);
	sb_json_add_i64(obj, "pid", owner->pid);
	sb_json_add_i64(obj, "start", (int64_t)owner->start);
	sb_json_add_str(obj, "boot", owner->boot);
	sb_json_add_i64(obj, "uid", owner->uid);
	sb_json_add_str(obj, "daemon", owner->daemon);
	return obj;
}

int sb_owner_check(struct sb_owner *out, int64_t pid, int64_t uid, struct sb_err *err)
{
	if (!out->run[0] || out->run[strspn(out->run, "0123456789abcdef")])
		return sb_fail(err, SB_EINPUT, 0, "$.run is \"%s\", not a valid run name",
			       out->run);
	if (pid <= 0 || pid > INT32_MAX || uid < 0 || uid > UINT32_MAX)
		return sb_fail(err, SB_EINPUT, 0, "$.pid or $.uid cannot be");
	out->pid = (pid_t)pid;
	out->uid = (uid_t)uid;
	return 0;
}

static int get_text(const cJSON *obj, const char *key, char *out, size_t room, struct sb_err *err)
{
	const char *text;

	if (sb_json_get_str(obj, "$", key, &text, err))
		return -1;
	if (sb_copy_str(out, room, text))
		return sb_fail(err, SB_EINPUT, 0, "$.%s is too long", key);
	return 0;
}

int sb_owner_from_json(const cJSON *obj, struct sb_owner *out, struct sb_err *err)
{
	int64_t pid, uid;

	*out = (struct sb_owner){0};
	if (get_text(obj, "run", out->run, sizeof(out->run), err) ||
	    sb_json_get_i64(obj, "$", "pid", &pid, err) ||
	    sb_json_get_u64(obj, "$", "start", &out->start, err) ||
	    get_text(obj, "boot", out->boot, sizeof(out->boot), err) ||
	    sb_json_get_i64(obj, "$", "uid", &uid, err) ||
	    get_text(obj, "daemon", out->daemon, sizeof(out->daemon), err))
		return -1;
	return sb_owner_check(out, pid, uid, err);
}
