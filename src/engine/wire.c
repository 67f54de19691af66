// SPDX-License-Identifier: MIT
/* wire.c - a veth pair laid into a network namespace */
#include "split.h"

int sb_wire_pair(struct sb_wires *w, const struct sb_endpoint *end, const char *bridge, int net_fd,
		 struct sb_err *err)
{
	struct sb_veth_half host = {end->host_ifname, NULL, -1},
			    inside = {end->ifname, end->mac, net_fd};

	if (sb_rtnl_add_veth(&w->emulator, &host, &inside, w->plan->mtu, err) ||
	    sb_rtnl_set_master(&w->emulator, end->host_ifname, bridge, err))
		return -1;
	return sb_rtnl_set_up(&w->emulator, end->host_ifname, err);
}
