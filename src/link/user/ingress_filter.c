// SPDX-License-Identifier: MIT
/*
 * ingress_filter.c - a bridge that somebody else made speaks: it must not be heard on the link
 *
 * Bridges with addresses, and the veths in them, report their multicast groups and look for
 * duplicates and routers; each such packet would take its place in the shaped queue, where nobody
 * who only sees the nodes' packets can explain it.
 */
#include "satbed/link.h"
#include "satbed/net.h"
#include "user_tc.h"

int sb_link_ingress_filter(const char *ifname, const uint8_t only_from[6], struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc = sb_rtnl_open(&nl, err), ifindex;

	if (rc)
		return rc;
	ifindex = sb_rtnl_ifindex(&nl, ifname);
	rc = ifindex ? sb_user_tc_ingress_filter(&nl, ifname, ifindex, only_from, err)
		     : sb_fail(err, SB_EENV, 0, "no interface %s", ifname);
	sb_rtnl_close(&nl);
	return rc;
}

void sb_link_ingress_filter_delete(const char *ifname)
{
	struct sb_rtnl nl;
	int ifindex;

	if (sb_rtnl_open(&nl, NULL))
		return;
	ifindex = sb_rtnl_ifindex(&nl, ifname);
	if (ifindex)
		sb_user_tc_ingress_filter_delete(&nl, ifindex);
	sb_rtnl_close(&nl);
}
