/* SPDX-License-Identifier: MIT */
/* rtnl_priv.h - one request to the kernel and its answer, for the files of this folder */
#ifndef SATBED_NET_RTNL_PRIV_H
#define SATBED_NET_RTNL_PRIV_H

#include "satbed/net.h"

struct nl_msg;

/** sb_rtnl_need_ifindex() - as sb_rtnl_ifindex(); -1 with @err where there is no such interface */
int sb_rtnl_need_ifindex(struct sb_rtnl *nl, const char *ifname, int *out, struct sb_err *err);
/** sb_rtnl_talk() - send @msg (freed in any case) and wait for the kernel's acknowledgement
 *
 * Return: 0, or a negative errno
 */
int sb_rtnl_talk(struct sb_rtnl *nl, struct nl_msg *msg);

#endif
