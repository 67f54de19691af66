/* SPDX-License-Identifier: MIT */
/* user_tc.h - steering what leaves an interface into a TAP, by netlink */
#ifndef SATBED_LINK_USER_TC_H
#define SATBED_LINK_USER_TC_H

#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/net.h"

/** sb_user_tc_ready_tap() - silence the TAP (no IPv6, no queue) and set it up */
int sb_user_tc_ready_tap(struct sb_rtnl *nl, const char *ifname, int ifindex, struct sb_err *err);

/**
 * sb_user_tc_redirect() - everything that leaves @ifname goes to @to_ifindex, unless marked @mark
 *
 * Refuses (SB_EENV) where somebody else's clsact or ingress qdisc is on the interface.
 */
int sb_user_tc_redirect(struct sb_rtnl *nl, const char *ifname, int ifindex, int to_ifindex,
			uint32_t mark, struct sb_err *err);

/**
 * sb_user_tc_restore() - undo sb_user_tc_redirect()
 *
 * The clsact stays if somebody has put filters of their own there since.
 */
void sb_user_tc_restore(struct sb_rtnl *nl, int ifindex);

#endif
