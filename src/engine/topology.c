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

/* Best effort: where /proc/sys is read-only, a few neighbour discovery packets cross the link. */
static void write_sysctl(const char *file, const char *value)
{
	sb_auto_close int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && sb_write_all(fd, value, strlen(value)))
		return;
}

static int enter(int net_fd, struct sb_err *err)
{
	if (!setns(net_fd, CLONE_NEWNET))
		return 0;
	return sb_fail(err, SB_EENV, errno, "cannot enter a network namespace");
}

static int open_in(int net_fd, int home_fd, struct sb_rtnl *nl, struct sb_err *err)
{
	int rc;

	if (enter(net_fd, err))
		return -1;
	/* Routers on a two-port network: solicitations would only be noise on the link.  ssthresh
	 * and RTT of earlier connections must not leak into later ones. */
	write_sysctl("/proc/sys/net/ipv6/conf/default/router_solicitations", "0");
	write_sysctl("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
	rc = sb_rtnl_open(nl, err);
	if (!rc)
		rc = sb_rtnl_set_up(nl, "lo", err);
	if (enter(home_fd, rc ? NULL : err))
		return -1;
	return rc;
}

static int add_pair(struct sb_rtnl *sky, const struct sb_endpoint *end, const char *bridge,
		    uint32_t mtu, int net_fd, struct sb_err *err)
{
	struct sb_veth_half host = {end->host_ifname, NULL, -1},
			    inside = {end->ifname, end->mac, net_fd};

	if (sb_rtnl_add_veth(sky, &host, &inside, mtu, err) ||
	    sb_rtnl_set_master(sky, end->host_ifname, bridge, err))
		return -1;
	return sb_rtnl_set_up(sky, end->host_ifname, err);
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

static int build_link(const struct sb_plan *plan, size_t i, struct sb_rtnl *sky,
		      struct sb_rtnl *nodes, const int *net_fds, struct sb_err *err)
{
	const struct sb_link *link = &plan->links[i];
	char name[SB_NAME_MAX];

	if (sb_rtnl_add_bridge(sky, link->bridge, plan->mtu, err) ||
	    add_pair(sky, &link->server, link->bridge, plan->mtu, net_fds[0], err) ||
	    add_pair(sky, &link->client, link->bridge, plan->mtu, net_fds[i + 1], err) ||
	    configure(&nodes[0], &link->server, &link->client, err) ||
	    configure(&nodes[i + 1], &link->client, &link->server, err))
		return sb_wrap(err, "network of %s", sb_node_name(name, i + 1));
	return 0;
}

int sb_topology_build(const struct sb_plan *plan, const int *net_fds, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	size_t node_count = plan->link_count + 1, opened = 0;
	struct sb_rtnl sky = {.ioctl_fd = -1}, *nodes = sb_alloc(node_count, sizeof(*nodes));
	int rc = 0;

	if (home_fd < 0)
		rc = sb_fail(err, SB_EENV, errno, "cannot open /proc/self/ns/net");
	/* Bridges forward; they must not speak. */
	write_sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	if (!rc)
		rc = sb_rtnl_open(&sky, err);
	for (; !rc && opened < node_count; opened++)
		rc = open_in(net_fds[opened], home_fd, &nodes[opened], err);
	for (size_t i = 0; !rc && i < plan->link_count; i++)
		rc = build_link(plan, i, &sky, nodes, net_fds, err);
	for (size_t i = 0; i < opened; i++)
		sb_rtnl_close(&nodes[i]);
	sb_rtnl_close(&sky);
	free(nodes);
	return rc;
}
