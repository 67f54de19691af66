// SPDX-License-Identifier: MIT
/* topology.c - the plan's networks */
#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/net.h"
#include "netns.h"
#include "engine/pep/pep.h"
#include "split.h"
#include "terminals.h"

static int open_in(int net_fd, int home_fd, bool ipv6, struct sb_rtnl *nl, struct sb_err *err)
{
	int rc;

	if (sb_netns_enter(net_fd, err))
		return -1;
	/* Best effort: where /proc/sys is read-only, a few neighbour discovery packets cross the link. */
	if (!ipv6)
		(void)sb_write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	/* Routers on a two-port network: solicitations would only be noise on the link.  ssthresh
	 * and RTT of earlier connections must not leak into later ones. */
	(void)sb_write_text("/proc/sys/net/ipv6/conf/default/router_solicitations", "0");
	(void)sb_write_text("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
	rc = sb_rtnl_open(nl, err);
	if (!rc)
		rc = sb_rtnl_set_up(nl, "lo", err);
	if (sb_netns_enter(home_fd, rc ? NULL : err))
		return -1;
	return rc;
}

static int configure(struct sb_rtnl *node, const struct sb_endpoint *own,
		     const struct sb_endpoint *other, struct sb_err *err)
{
	const char *ifname = own->ifname;

	if (sb_rtnl_add_addr(node, ifname, AF_INET, &own->addr4, SB_PREFIX_LEN4, err) ||
	    sb_rtnl_add_addr(node, ifname, AF_INET6, &own->addr6, SB_PREFIX_LEN6, err) ||
	    sb_rtnl_set_up(node, ifname, err) ||
	    sb_rtnl_add_neigh(node, ifname, AF_INET, &other->addr4, other->mac, err))
		return -1;
	return sb_rtnl_add_neigh(node, ifname, AF_INET6, &other->addr6, other->mac, err);
}

static int build_bridge(const struct sb_plan *plan, const struct sb_link *link, struct sb_wires *w,
			size_t i, struct sb_err *err)
{
	size_t node = sb_plan_node(plan, i);

	if (sb_rtnl_add_bridge(&w->emulator, link->bridge, plan->mtu, err) ||
	    sb_wire_pair(w, &link->server, link->bridge, w->net_fds[0], err) ||
	    sb_wire_pair(w, &link->client, link->bridge, w->net_fds[node], err) ||
	    configure(&w->nodes[0], &link->server, &link->client, err) ||
	    configure(&w->nodes[node], &link->client, &link->server, err))
		return -1;
	return plan->terminals > 1 ? sb_terminal_routes(w, i, err) : 0;
}

static int build_link(struct sb_wires *w, struct sb_peps *peps, size_t i, struct sb_err *err)
{
	const struct sb_link *link = &w->plan->links[i];

	if (w->relays)
		return sb_split_build(w, i, err);
	if (!peps)
		return build_bridge(w->plan, link, w, i, err);
	if (sb_pep_build(peps, w, i, err) ||
	    configure(&w->nodes[0], &link->server, &link->client, err))
		return -1;
	return configure(&w->nodes[i + 1], &link->client, &link->server, err);
}

static int build_links(struct sb_wires *w, struct sb_peps *peps, struct sb_err *err)
{
	char name[SB_NAME_MAX];

	for (size_t i = 0; i < w->plan->link_count; i++)
		if (build_link(w, peps, i, err))
			return sb_wrap(err, "network of %s", sb_link_name(name, w->plan, i));
	if (w->plan->terminals > 1)
		return sb_terminal_paths(w, err);
	if (peps)
		return sb_peps_launch(peps, err);
	if (!w->relays)
		return 0;
	if (sb_relays_launch(w->relays, err))
		return -1;
	for (size_t i = 0; i < w->plan->link_count; i++)
		if (sb_split_join(w, i, err))
			return sb_wrap(err, "network of %s", sb_node_name(name, i + 1));
	return 0;
}

/* A netlink socket in every namespace: the nodes', and on a split path the relays' after them. */
static int open_all(struct sb_wires *w, size_t *opened, struct sb_err *err)
{
	size_t nodes = sb_plan_nodes(w->plan), count = nodes;
	int rc = sb_rtnl_open(&w->emulator, err);

	if (w->relays)
		count += w->plan->link_count;
	for (; !rc && *opened < count; (*opened)++) {
		size_t i = *opened;
		int net_fd = i < nodes ? w->net_fds[i] : w->relays->each[i - nodes].net_fd;

		rc = open_in(net_fd, w->home_fd, !w->relays, &w->nodes[i], err);
	}
	return rc;
}

int sb_topology_build(const struct sb_plan *plan, const int *net_fds, struct sb_relays *relays,
		      struct sb_peps *peps, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct sb_wires w = {.plan = plan,
			     .net_fds = net_fds,
			     .home_fd = home_fd,
			     .relays = relays,
			     .emulator = {.ioctl_fd = -1}};
	size_t opened = 0;
	int rc;

	if (home_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open /proc/self/ns/net");
	w.nodes = sb_alloc(2 * plan->link_count + 1, sizeof(*w.nodes));
	/* Bridges forward; they must not speak. */
	(void)sb_write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	rc = open_all(&w, &opened, err);
	if (!rc)
		rc = build_links(&w, peps, err);
	for (size_t i = 0; i < opened; i++)
		sb_rtnl_close(&w.nodes[i]);
	sb_rtnl_close(&w.emulator);
	free(w.nodes);
	return rc;
}
