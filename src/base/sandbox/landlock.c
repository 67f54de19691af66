// SPDX-License-Identifier: MIT
/* landlock.c - files that a process may still open (landlock(7)); by plain calls, as C libraries have none */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "satbed/base/sandbox.h"

/* Later versions of the interface than the header's: the rights are numbered for ever. */
#define FS_REFER     (UINT64_C(1) << 13) /* 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* A terminal is written to and asked for its size. */
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define MAKE                                                                 \
	(WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
/* What a rule for a file that is no directory may give. */
#define OF_FILES \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

static uint64_t known_rights(int version)
{
	uint64_t rights = FS_REFER - 1; /* 1: the first 13 */

	if (version >= 2)
		rights |= FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static int allow(int ruleset, const struct sb_sandbox_path *p, uint64_t known, struct sb_err *err)
{
	static const uint64_t rights[] = {
	    [SB_MAY_READ] = READ, [SB_MAY_WRITE] = WRITE, [SB_MAY_MAKE] = MAKE};
	struct landlock_path_beneath_attr rule = {.allowed_access = rights[p->may] & known};
	struct stat st;
	int rc;

	rule.parent_fd = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return 0;
	if (!fstat(rule.parent_fd, &st) && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (rc)
		sb_fail(err, SB_EINTERNAL, errno, "Landlock: a rule for %s", p->path);
	close(rule.parent_fd);
	return rc;
}

int sb_sandbox_landlock(const struct sb_sandbox *s, int *version, struct sb_err *err)
{
	struct landlock_ruleset_attr attr = {0};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, rc = 0;

	*version = 0;
	/* ENOSYS: not built in; EOPNOTSUPP: turned off at boot; EPERM: a container's seccomp filter. */
	if (abi <= 0)
		return 0;
	attr.handled_access_fs = known_rights((int)abi);
	/* Of its first member only: what the header of the build machine has besides, the kernel may not. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(uint64_t), 0);
	if (ruleset < 0)
		return sb_fail(err, SB_EINTERNAL, errno, "Landlock: a set of rules");
	for (size_t i = 0; !rc && i < s->path_count; i++)
		rc = allow(ruleset, &s->paths[i], attr.handled_access_fs, err);
	if (!rc && syscall(SYS_landlock_restrict_self, ruleset, 0))
		rc = sb_fail(err, SB_EINTERNAL, errno, "Landlock: entering");
	close(ruleset);
	if (!rc)
		*version = (int)abi;
	return rc;
}
