// SPDX-License-Identifier: MIT
/*
 * join.c - two interfaces of somebody else's bridges become one wire
 *
 * A daemon gives each of its networks addresses and rules of a firewall: packets of other addresses would
 * be dropped in its bridges, and one connection that passes by three of them would be three to
 * its connection tracking.  What is redirected where it comes in meets neither bridge nor rule.
 */
#include "satbed/link.h"
#include "satbed/net.h"
#include "user_tc.h"

int sb_link_join(const char *a, const char *b, struct sb_err *err)
{
	const char *names[2] = {a, b};
	struct sb_rtnl nl;
	int index[2], rc = sb_rtnl_open(&nl, err);

	if (rc)
		return rc;
	for (int i = 0; i < 2 && !rc; i++) {
		index[i] = sb_rtnl_ifindex(&nl, names[i]);
		rc = index[i] ? sb_offloads_off(&nl, names[i], err)
			      : sb_fail(err, SB_EENV, 0, "no interface %s", names[i]);
	}
	for (int i = 0; i < 2 && !rc; i++)
		rc = sb_user_tc_join(&nl, names[i], index[i], index[1 - i], err);
	sb_rtnl_close(&nl);
	return rc;
}
