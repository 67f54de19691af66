/* SPDX-License-Identifier: MIT */
/* user_tc.h - steering what leaves an interface into a sink, by netlink */
#ifndef SATBED_LINK_USER_TC_H
#define SATBED_LINK_USER_TC_H

#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/net.h"

/*
 * IPv6 leaves an interface alone whose MTU is below 1280 (RFC 8200, section 5): nothing but what is
 * redirected may enter the sink.  Redirected frames do not pass by its MTU.
 */
#define SB_SINK_MTU 68u /* the least that IPv4 allows (RFC 791) */

/** sb_user_tc_ready_sink() - silence the interface (no IPv6, no queue) and set it up */
int sb_user_tc_ready_sink(struct sb_rtnl *nl, const char *ifname, int ifindex, struct sb_err *err);

/** sb_user_tc_drop_ingress() - nothing that comes in at @ifname goes any further */
int sb_user_tc_drop_ingress(struct sb_rtnl *nl, const char *ifname, int ifindex,
			    struct sb_err *err);

/**
 * sb_user_tc_redirect() - everything that leaves @ifname goes to @to_ifindex, unless marked @mark
 *
 * Refuses (SB_EENV) where somebody else's clsact or ingress qdisc is on the interface.
 */
int sb_user_tc_redirect(struct sb_rtnl *nl, const char *ifname, int ifindex, int to_ifindex,
			uint32_t mark, struct sb_err *err);

/**
 * sb_user_tc_join() - everything that comes in at @ifname goes out at @to_ifindex
 *
 * Refuses as sb_user_tc_redirect() does, which may follow on the same interface.
 */
int sb_user_tc_join(struct sb_rtnl *nl, const char *ifname, int ifindex, int to_ifindex,
		    struct sb_err *err);

/**
 * sb_user_tc_add_fq() - from now on the kernel sends what has a departure time (SO_TXTIME) at that
 * time, to the nanosecond; 0 or a negative errno
 */
int sb_user_tc_add_fq(struct sb_rtnl *nl, int ifindex);
void sb_user_tc_delete_fq(struct sb_rtnl *nl, int ifindex);

/**
 * sb_user_tc_ingress_filter() - nothing leaves @ifname but what @only_from sent
 *
 * Comes before sb_user_tc_redirect()'s filter.  A clsact that is there already is used.
 */
int sb_user_tc_ingress_filter(struct sb_rtnl *nl, const char *ifname, int ifindex,
			      const uint8_t only_from[6], struct sb_err *err);
/** sb_user_tc_ingress_filter_delete() - undo it; the clsact goes when nobody has a filter there any more */
void sb_user_tc_ingress_filter_delete(struct sb_rtnl *nl, int ifindex);

/**
 * sb_user_tc_restore() - undo sb_user_tc_redirect()
 *
 * The clsact stays if somebody has put filters of their own there since.
 */
void sb_user_tc_restore(struct sb_rtnl *nl, int ifindex);

#endif
