// SPDX-License-Identifier: MIT
/* privilege.c - give up every capability for good, before anything comes from the network */
#include <errno.h>
#include <stdbool.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define NETWORK (1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW)
/* Another user for a command, and then a smaller bounding set. */
#define USERS (1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_SETPCAP)

static int set_none(struct sb_err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2] = {0};

	if (syscall(SYS_capset, &head, caps))
		return sb_fail(err, SB_EINTERNAL, errno, "cannot drop capabilities");
	caps[0].permitted = caps[1].permitted = ~0u;
	if (syscall(SYS_capget, &head, caps))
		return sb_fail(err, SB_EINTERNAL, errno, "reading capabilities back");
	if (caps[0].permitted | caps[1].permitted | caps[0].effective | caps[1].effective |
	    caps[0].inheritable | caps[1].inheritable)
		return sb_fail(err, SB_EINTERNAL, 0,
			       "capabilities were dropped, but are still there");
	return 0;
}

int sb_privilege_drop(struct sb_err *err)
{
	/* Ends with EINVAL after the kernel's last one.  EPERM: without CAP_SETPCAP there is
	 * nothing to drop, as "no new privileges" keeps the bounding set from being of any use. */
	for (unsigned long cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sb_fail(err, SB_EINTERNAL, errno, "refusing new privileges");
	/* Nobody else of this user id may look into this process or drive it (ptrace, core dumps).
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return sb_fail(err, SB_EINTERNAL, errno, "refusing to be traced");
	return set_none(err);
}

/* @bounding: what a program that is executed could have at most */
static int keep_only(uint32_t wanted, uint32_t bounding, bool handed_on, struct sb_err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2] = {0};
	uint32_t keep;

	if (syscall(SYS_capget, &head, caps))
		return sb_fail(err, SB_EINTERNAL, errno, "reading capabilities");
	keep = caps[0].permitted & wanted;
	for (unsigned long cap = 0; cap < 64; cap++)
		if (cap > 31 || !(bounding & 1u << cap))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	caps[0].permitted = caps[0].effective = keep;
	caps[0].inheritable = handed_on ? keep : 0;
	caps[1] = (struct __user_cap_data_struct){0};
	if (syscall(SYS_capset, &head, caps))
		return sb_fail(err, SB_EINTERNAL, errno, "cannot drop capabilities");
	/* So that they outlive exec() for whoever is not root as well. */
	for (unsigned long cap = 0; handed_on && cap < 32; cap++)
		if (keep & 1u << cap)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sb_fail(err, SB_EINTERNAL, errno, "refusing new privileges");
	return 0;
}

int sb_privilege_network_only(struct sb_err *err)
{
	return keep_only(NETWORK, NETWORK, true, err);
}

int sb_privilege_agent(struct sb_err *err)
{
	return keep_only(NETWORK | 1u << CAP_NET_BIND_SERVICE, 0, false, err);
}

void sb_privilege_bound_network(void)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (cap > 31 || !(NETWORK & 1u << cap))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int sb_privilege_users_only(struct sb_err *err)
{
	return keep_only(USERS, USERS, false, err);
}

int sb_privilege_commands(struct sb_err *err)
{
	return keep_only(NETWORK | USERS, NETWORK | USERS, false, err);
}
