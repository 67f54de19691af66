// SPDX-License-Identifier: MIT
/*
 * terminals.c - clients with several links: each address by its own link, and MPTCP over all
 *
 * The server has one address per link, too, but a second path of an MPTCP connection goes to the address
 * that the first one went to.  Where it leaves is decided by where it comes from.
 */
#include "terminals.h"

#include "satbed/net_mptcp.h"
#include "netns.h"

#define FIRST_TABLE 100

int sb_terminal_routes(struct sb_wires *w, size_t i, struct sb_err *err)
{
	const struct sb_link *link = &w->plan->links[i];
	struct sb_rtnl *node = &w->nodes[sb_plan_node(w->plan, i)];
	struct sb_source_route route = {
	    .family = AF_INET,
	    .ifname = link->client.ifname,
	    .source = &link->client.addr4,
	    .gateway = &link->server.addr4,
	    .table = (uint8_t)(FIRST_TABLE + i % sb_plan_terminals(w->plan)),
	};

	if (sb_rtnl_add_source_route(node, &route, err))
		return -1;
	route.family = AF_INET6;
	route.source = &link->client.addr6;
	route.gateway = &link->server.addr6;
	return w->plan->ip_version == 6 ? sb_rtnl_add_source_route(node, &route, err) : 0;
}

static int add_endpoints(struct sb_wires *w, size_t node, struct sb_mptcp *m, struct sb_err *err)
{
	for (size_t i = 0; i < w->plan->link_count; i++) {
		const struct sb_endpoint *own = &w->plan->links[i].client;
		int ifindex = sb_rtnl_ifindex(&w->nodes[node], own->ifname);

		if (sb_plan_node(w->plan, i) != node)
			continue;
		if (w->plan->ip_version == 4
			? sb_mptcp_add_endpoint(m, AF_INET, &own->addr4, ifindex, err)
			: sb_mptcp_add_endpoint(m, AF_INET6, &own->addr6, ifindex, err))
			return -1;
	}
	return 0;
}

static int tell_node(struct sb_wires *w, size_t node, struct sb_err *err)
{
	struct sb_mptcp m;
	int there;

	if (sb_netns_enter(w->net_fds[node], err))
		return -1;
	there = sb_mptcp_open(&m, err);
	if (there > 0) {
		there = sb_mptcp_set_limits(&m, (uint32_t)w->plan->terminals, err) ||
				add_endpoints(w, node, &m, err)
			    ? -1
			    : 0;
		sb_mptcp_close(&m);
	}
	if (sb_netns_enter(w->home_fd, there < 0 ? NULL : err))
		return -1;
	return there;
}

int sb_terminal_paths(struct sb_wires *w, struct sb_err *err)
{
	for (size_t node = 0; node < sb_plan_nodes(w->plan); node++)
		if (tell_node(w, node, err)) {
			char name[SB_NAME_MAX];

			return sb_wrap(err, "MPTCP of %s", sb_node_name(name, node));
		}
	return 0;
}
