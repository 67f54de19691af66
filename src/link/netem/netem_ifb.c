// SPDX-License-Identifier: MIT
/* netem_ifb.c - an intermediate functional block: a device whose egress is a queue of its own */
#include "netem_ifb.h"

#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "link/user/user_tc.h"

/* Frames that the device may hold while the interface behind it is busy; then its queue waits. */
#define TX_QUEUE_LEN 1000

static int add_link(struct nl_sock *sk, const char *ifname)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int rc;

	if (!link)
		return -NLE_NOMEM;
	rtnl_link_set_name(link, ifname);
	rtnl_link_set_flags(link, IFF_UP);
	rtnl_link_set_txqlen(link, TX_QUEUE_LEN);
	/* So small that IPv6 leaves it alone; redirected frames do not pass by it. */
	rtnl_link_set_mtu(link, SB_SINK_MTU);
	rc = rtnl_link_set_type(link, "ifb");
	if (!rc)
		rc = rtnl_link_add(sk, link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(link);
	return rc;
}

int sb_ifb_add(const char *ifname, struct sb_err *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	int rc = sk ? nl_connect(sk, NETLINK_ROUTE) : -NLE_NOMEM;

	if (!rc)
		rc = add_link(sk, ifname);
	nl_socket_free(sk);
	if (rc < 0)
		return sb_fail(err, SB_EENV, 0,
			       "cannot add an ifb (module ifb: `sudo modprobe ifb`): %s",
			       nl_geterror(rc));
	return 0;
}
