// SPDX-License-Identifier: MIT
/* machine.c - terminal and gateway: namespaces, wires, routes, listeners */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/netns.h"
#include "engine/pep/pep.h"
#include "satbed/base/mem.h"

#define OWN_TABLE 100
#define BACKLOG	  1024
/* Beside the node a round trip takes microseconds: more would only be kept longer. */
#define NODE_SIDE_WINDOW 262144 /* bytes */
#define TCP_IP_HEADERS	 52	/* IPv4, TCP with time stamps */
#define LEAST_SEGMENTS	 10u	/* RFC 6928 */

/* Names in the machine's own namespace. */
static const char node_side[] = "node0", sat_side[] = "sat0";

static struct sb_pep_machine *machine_of(struct sb_peps *p, size_t link, enum sb_dir sends)
{
	return &p->each[2 * link + (sends == SB_UP ? 0 : 1)];
}

/* The node beside the machine that sends in this direction. */
static const struct sb_endpoint *node_of(const struct sb_link *link, enum sb_dir sends)
{
	return sends == SB_UP ? &link->client : &link->server;
}

static int set_sysctl(const char *file, const char *value, struct sb_err *err)
{
	if (!sb_netns_sysctl(file, value))
		return 0;
	return sb_fail(err, SB_EENV, errno,
		       "cannot write %s, which proxies need; in a container, write clock = virtual",
		       file);
}

/** struct settling - what a machine's namespace is made for: it sends in this direction of this link */
struct settling {
	const struct sb_plan *plan;
	const struct sb_link *link;
	enum sb_dir sends;
};

static uint64_t segments_under_way(const struct sb_plan *plan, const struct sb_link *link,
				   const struct sb_pep_sending *s)
{
	uint64_t bytes = sb_bdp_bytes(s->rate_bps, sb_link_max_rtt_ns(link));
	uint64_t segments = bytes / (plan->mtu - TCP_IP_HEADERS) + 1;

	return segments < LEAST_SEGMENTS ? LEAST_SEGMENTS : segments;
}

/* The kernel counts its own bookkeeping as well, about as much again. */
static int set_buffers(const struct settling *s, struct sb_err *err)
{
	const struct sb_pep_sending *own = &s->link->dir[s->sends].pep,
				    *other = &s->link->dir[!s->sends].pep;
	uint64_t first = 131072;
	char text[96];

	if (own->cc[0]) {
		snprintf(text, sizeof(text), "4096 65536 %llu",
			 2ULL * (unsigned long long)own->buffer_bytes);
		if (set_sysctl("/proc/sys/net/ipv4/tcp_wmem", text, err))
			return -1;
	}
	if (own->rate_bps && set_sysctl("/proc/sys/net/ipv4/tcp_slow_start_after_idle", "0", err))
		return -1;
	if (!other->cc[0])
		return 0;
	if (other->rate_bps)
		first = UINT64_C(4) * s->plan->mtu * segments_under_way(s->plan, s->link, other);
	if (first > 2 * other->buffer_bytes)
		first = 2 * other->buffer_bytes;
	snprintf(text, sizeof(text), "4096 %llu %llu", (unsigned long long)first,
		 2ULL * (unsigned long long)other->buffer_bytes);
	return set_sysctl("/proc/sys/net/ipv4/tcp_rmem", text, err);
}

static int settle(void *arg, struct sb_err *err)
{
	static const char *const always[][2] = {
	    {"/proc/sys/net/ipv4/ip_forward", "1"},
	    {"/proc/sys/net/ipv4/conf/all/rp_filter", "0"},
	    {"/proc/sys/net/ipv4/conf/default/rp_filter", "0"},
	    /* What earlier connections met must not leak into later ones. */
	    {"/proc/sys/net/ipv4/tcp_no_metrics_save", "1"},
	};
	static const char *const ipv6[][2] = {
	    {"/proc/sys/net/ipv6/conf/all/forwarding", "1"},
	    {"/proc/sys/net/ipv6/conf/default/router_solicitations", "0"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(always); i++)
		if (set_sysctl(always[i][0], always[i][1], err))
			return -1;
	for (size_t i = 0; i < SB_ARRAY_LEN(ipv6); i++)
		if (!access(ipv6[i][0], F_OK) && set_sysctl(ipv6[i][0], ipv6[i][1], err))
			return -1;
	return set_buffers(arg, err);
}

int sb_peps_open(struct sb_peps *p, const struct sb_plan *plan, int nice, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct sb_pep_counts *counts;
	size_t count = 2 * plan->link_count;

	*p =
	    (struct sb_peps){.plan = plan, .nice = nice, .each = sb_alloc(count, sizeof(*p->each))};
	for (size_t i = 0; i < count; i++)
		p->each[i].net_fd = -1;
	if (home_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open /proc/self/ns/net");
	counts = mmap(NULL, count * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "cannot share memory with the proxies");
	for (size_t i = 0; i < count; i++) {
		struct settling s = {plan, &plan->links[i / 2], i % 2 ? SB_DOWN : SB_UP};

		p->each[i].counts = &counts[i];
		if (sb_netns_make(home_fd, settle, &s, &p->each[i].net_fd, err))
			return -1;
	}
	return 0;
}

void sb_peps_close(struct sb_peps *p)
{
	size_t count = p->each ? 2 * p->plan->link_count : 0;

	if (count && p->each[0].counts)
		munmap(p->each[0].counts, count * sizeof(*p->each[0].counts));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < p->each[i].listener_count; j++)
			close(p->each[i].listeners[j]);
		free(p->each[i].listeners);
		sb_close_p(&p->each[i].net_fd);
	}
	free(p->each);
	p->each = NULL;
}

/* --- wires and routes --- */

/* One side of a machine: it has the Ethernet address of the node beyond, and knows the node on its
 * side. */
static int add_side(struct sb_rtnl *nl, const char *ifname, const struct sb_endpoint *near,
		    const struct sb_route_metrics *metrics, struct sb_err *err)
{
	if (sb_rtnl_set_up(nl, ifname, err) || sb_offloads_off(nl, ifname, err) ||
	    sb_rtnl_add_host_route(nl, ifname, AF_INET, &near->addr4, metrics, err) ||
	    sb_rtnl_add_host_route(nl, ifname, AF_INET6, &near->addr6, metrics, err) ||
	    sb_rtnl_add_neigh(nl, ifname, AF_INET, &near->addr4, near->mac, err))
		return -1;
	return sb_rtnl_add_neigh(nl, ifname, AF_INET6, &near->addr6, near->mac, err);
}

static struct sb_route_metrics metrics_of(const struct sb_plan *plan, const struct sb_link *link,
					  enum sb_dir sends)
{
	const struct sb_pep_sending *own = &link->dir[sends].pep, *other = &link->dir[!sends].pep;
	struct sb_route_metrics m = {0};

	sb_copy_str(m.cc, sizeof(m.cc), own->cc);
	if (own->rate_bps)
		m.initcwnd = (uint32_t)segments_under_way(plan, link, own);
	if (other->rate_bps)
		m.initrwnd = (uint32_t)segments_under_way(plan, link, other);
	return m;
}

/* Which packets of the port are the machine's own: to it where the client's side is, from it where the
 * server's side is. */
static int add_rules(struct sb_rtnl *nl, enum sb_dir sends, uint16_t port, struct sb_err *err)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++) {
		struct sb_tcp_rule to = {families[i], sends == SB_UP ? node_side : sat_side, port,
					 false, OWN_TABLE},
				   from = {families[i], sends == SB_UP ? sat_side : node_side, port,
					   true, OWN_TABLE};

		if (sb_rtnl_add_tcp_rule(nl, &to, err) || sb_rtnl_add_tcp_rule(nl, &from, err))
			return -1;
	}
	return 0;
}

/* In the machine's namespace: a socket that takes connections to every address, of both IP versions. */
static int listen_at(uint16_t port, int *out, struct sb_err *err)
{
	sb_auto_close int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int on = 1, off = 0;

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) || listen(fd, BACKLOG))
		return sb_fail(err, SB_EENV, errno, "the proxy cannot listen at port %u", port);
	*out = sb_steal_fd(&fd);
	return 0;
}

static int add_proxy(struct sb_peps *p, size_t i, enum sb_dir sends, struct sb_rtnl *nl,
		     struct sb_err *err)
{
	struct sb_pep_machine *m = machine_of(p, i, sends);
	const struct sb_plan *plan = p->plan;

	if (sb_rtnl_add_local_table(nl, AF_INET, OWN_TABLE, err) ||
	    sb_rtnl_add_local_table(nl, AF_INET6, OWN_TABLE, err))
		return -1;
	m->listeners = sb_alloc(plan->flow_count + 1, sizeof(*m->listeners));
	for (size_t f = 0; f < plan->flow_count; f++) {
		const struct sb_flow *flow = &plan->flows[f];

		if (flow->client != i || sb_flow_transport(flow) == SB_TRANSPORT_UDP)
			continue;
		if (add_rules(nl, sends, flow->port, err) ||
		    listen_at(flow->port, &m->listeners[m->listener_count], err))
			return -1;
		m->listener_count++;
	}
	return 0;
}

static int configure(struct sb_peps *p, size_t i, enum sb_dir sends, struct sb_rtnl *nl,
		     struct sb_err *err)
{
	const struct sb_link *link = &p->plan->links[i];
	const struct sb_endpoint *node = node_of(link, sends), *beyond = node_of(link, !sends);
	struct sb_route_metrics metrics = metrics_of(p->plan, link, sends);
	struct sb_route_metrics near = {.window_bytes = NODE_SIDE_WINDOW};

	if (sb_rtnl_set_up(nl, "lo", err) || add_side(nl, node_side, node, &near, err) ||
	    add_side(nl, sat_side, beyond, &metrics, err))
		return -1;
	return sb_plan_has_proxy(p->plan, sends) ? add_proxy(p, i, sends, nl, err) : 0;
}

/* What is done inside a machine's namespace, its netlink socket included. */
static int configure_inside(struct sb_peps *p, struct sb_wires *w, size_t i, enum sb_dir sends,
			    struct sb_err *err)
{
	struct sb_rtnl nl = {.ioctl_fd = -1};
	int rc = sb_netns_enter(machine_of(p, i, sends)->net_fd, err);

	if (rc)
		return rc;
	rc = sb_rtnl_open(&nl, err);
	if (!rc) {
		rc = configure(p, i, sends, &nl, err);
		sb_rtnl_close(&nl);
	}
	return sb_netns_enter(w->home_fd, rc ? NULL : err) || rc ? -1 : 0;
}

/* A veth from a machine into a bridge. */
static int add_pair(struct sb_wires *w, const char *ifname, const char *host_ifname,
		    const uint8_t mac[6], const char *bridge, int net_fd, struct sb_err *err)
{
	struct sb_endpoint end = {0};

	sb_copy_str(end.ifname, sizeof(end.ifname), ifname);
	sb_copy_str(end.host_ifname, sizeof(end.host_ifname), host_ifname);
	memcpy(end.mac, mac, 6);
	return sb_wire_pair(w, &end, bridge, net_fd, err);
}

static int add_machine(struct sb_peps *p, struct sb_wires *w, size_t i, enum sb_dir sends,
		       const char *bridge, struct sb_err *err)
{
	const struct sb_link *link = &p->plan->links[i];
	const struct sb_endpoint *node = node_of(link, sends), *beyond = node_of(link, !sends);
	int net_fd = machine_of(p, i, sends)->net_fd;
	char host_ifname[SB_IFNAME_MAX];

	snprintf(host_ifname, sizeof(host_ifname), "%s%zu", sends == SB_UP ? "sbtn" : "sbgn",
		 i + 1);
	if (sb_rtnl_add_bridge(&w->emulator, bridge, p->plan->mtu, err) ||
	    sb_wire_pair(w, node, bridge, w->net_fds[sends == SB_UP ? i + 1 : 0], err) ||
	    add_pair(w, node_side, host_ifname, beyond->mac, bridge, net_fd, err) ||
	    add_pair(w, sat_side, link->point_ifname[sends == SB_UP ? SB_AT_CLIENT : SB_AT_SERVER],
		     node->mac, link->bridge, net_fd, err))
		return -1;
	return configure_inside(p, w, i, sends, err);
}

int sb_pep_build(struct sb_peps *p, struct sb_wires *w, size_t i, struct sb_err *err)
{
	char bridge[2][SB_IFNAME_MAX];

	snprintf(bridge[SB_UP], sizeof(bridge[0]), "sbbt%zu", i + 1);
	snprintf(bridge[SB_DOWN], sizeof(bridge[0]), "sbbg%zu", i + 1);
	if (sb_rtnl_add_bridge(&w->emulator, p->plan->links[i].bridge, p->plan->mtu, err) ||
	    add_machine(p, w, i, SB_UP, bridge[SB_UP], err))
		return sb_wrap(err, "terminal");
	if (add_machine(p, w, i, SB_DOWN, bridge[SB_DOWN], err))
		return sb_wrap(err, "gateway");
	return 0;
}
