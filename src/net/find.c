// SPDX-License-Identifier: MIT
/* find.c - interfaces that somebody else made */
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

static void find_bridge(struct sb_rtnl *nl, int ifindex, struct sb_veth *out)
{
	struct rtnl_link *link = NULL;
	struct nl_addr *mac;

	if (!ifindex || rtnl_link_get_kernel(nl->sk, ifindex, NULL, &link) < 0)
		return;
	sb_copy_str(out->bridge, sizeof(out->bridge), rtnl_link_get_name(link));
	mac = rtnl_link_get_addr(link);
	if (mac && nl_addr_get_len(mac) == sizeof(out->bridge_mac))
		memcpy(out->bridge_mac, nl_addr_get_binary_addr(mac), sizeof(out->bridge_mac));
	rtnl_link_put(link);
}

int sb_rtnl_find_veth(struct sb_rtnl *nl, int ifindex, struct sb_veth *out, struct sb_err *err)
{
	struct rtnl_link *link = NULL;
	const char *type, *found;
	int rc = rtnl_link_get_kernel(nl->sk, ifindex, NULL, &link);

	if (rc < 0)
		return sb_fail(err, SB_EENV, 0,
			       "no interface with index %d in this network namespace (%s)", ifindex,
			       nl_geterror(rc));
	*out = (struct sb_veth){0};
	type = rtnl_link_get_type(link);
	found = rtnl_link_get_name(link);
	if (!type || strcmp(type, "veth") || !found ||
	    sb_copy_str(out->name, sizeof(out->name), found)) {
		rc = sb_fail(err, SB_EENV, 0, "interface %s with index %d is not a veth",
			     found ? found : "?", ifindex);
	} else {
		out->peer = rtnl_link_get_link(link);
		find_bridge(nl, rtnl_link_get_master(link), out);
		rc = 0;
	}
	rtnl_link_put(link);
	return rc;
}

uint32_t sb_rtnl_mtu(struct sb_rtnl *nl, const char *ifname)
{
	struct rtnl_link *link = NULL;
	uint32_t mtu;

	if (rtnl_link_get_kernel(nl->sk, 0, ifname, &link) < 0)
		return 0;
	mtu = rtnl_link_get_mtu(link);
	rtnl_link_put(link);
	return mtu;
}

int sb_rtnl_bytes(struct sb_rtnl *nl, const char *ifname, uint64_t *tx, uint64_t *rx,
		  struct sb_err *err)
{
	struct rtnl_link *link = NULL;
	int rc = rtnl_link_get_kernel(nl->sk, 0, ifname, &link);

	if (rc < 0)
		return sb_fail(err, SB_EENV, 0, "cannot read the counters of %s: %s", ifname,
			       nl_geterror(rc));
	*tx = rtnl_link_get_stat(link, RTNL_LINK_TX_BYTES);
	*rx = rtnl_link_get_stat(link, RTNL_LINK_RX_BYTES);
	rtnl_link_put(link);
	return 0;
}
