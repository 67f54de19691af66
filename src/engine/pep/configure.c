// SPDX-License-Identifier: MIT
/* configure.c - what makes a network namespace a terminal or a gateway: kernel settings, routes, rules, listeners */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/pep/pep.h"
#include "satbed/base/mem.h"

#define OWN_TABLE 100
#define BACKLOG	  1024
/* Beside the node a round trip takes microseconds: more would only be kept longer. */
#define NODE_SIDE_WINDOW 262144 /* bytes */
#define TCP_IP_HEADERS	 52	/* IPv4, TCP with time stamps */
#define LEAST_SEGMENTS	 10u	/* RFC 6928 */

const char *sb_pep_machine_name(enum sb_dir sends)
{
	return sends == SB_UP ? "terminal" : "gateway";
}

static const struct sb_link *link_of(const struct sb_pep_place *at)
{
	return &at->plan->links[at->link];
}

const struct sb_endpoint *sb_pep_near(const struct sb_pep_place *at)
{
	return at->sends == SB_UP ? &link_of(at)->client : &link_of(at)->server;
}

const struct sb_endpoint *sb_pep_beyond(const struct sb_pep_place *at)
{
	return at->sends == SB_UP ? &link_of(at)->server : &link_of(at)->client;
}

static uint64_t segments_under_way(const struct sb_pep_place *at, const struct sb_pep_sending *s)
{
	uint64_t bytes = sb_bdp_bytes(s->rate_bps, sb_link_max_rtt_ns(link_of(at)));
	uint64_t segments = bytes / (at->plan->mtu - TCP_IP_HEADERS) + 1;

	return segments < LEAST_SEGMENTS ? LEAST_SEGMENTS : segments;
}

/* The kernel counts its own bookkeeping as well, about as much again. */
static int set_buffers(const struct sb_pep_place *at, sb_pep_set_fn *set, void *arg,
		       struct sb_err *err)
{
	const struct sb_pep_sending *own = &link_of(at)->dir[at->sends].pep,
				    *other = &link_of(at)->dir[!at->sends].pep;
	uint64_t first = 131072;
	char text[96];

	if (own->cc[0]) {
		snprintf(text, sizeof(text), "4096 65536 %llu",
			 2ULL * (unsigned long long)own->buffer_bytes);
		if (set(arg, "net.ipv4.tcp_wmem", text, err))
			return -1;
	}
	if (own->rate_bps && set(arg, "net.ipv4.tcp_slow_start_after_idle", "0", err))
		return -1;
	if (!other->cc[0])
		return 0;
	if (other->rate_bps)
		first = UINT64_C(4) * at->plan->mtu * segments_under_way(at, other);
	if (first > 2 * other->buffer_bytes)
		first = 2 * other->buffer_bytes;
	snprintf(text, sizeof(text), "4096 %llu %llu", (unsigned long long)first,
		 2ULL * (unsigned long long)other->buffer_bytes);
	return set(arg, "net.ipv4.tcp_rmem", text, err);
}

int sb_pep_sysctls(const struct sb_pep_place *at, bool ipv6, sb_pep_set_fn *set, void *arg,
		   struct sb_err *err)
{
	static const char *const always[][2] = {
	    {"net.ipv4.ip_forward", "1"},
	    {"net.ipv4.conf.all.rp_filter", "0"},
	    {"net.ipv4.conf.default.rp_filter", "0"},
	    /* What earlier connections met must not leak into later ones. */
	    {"net.ipv4.tcp_no_metrics_save", "1"},
	};
	static const char *const of_ipv6[][2] = {
	    {"net.ipv6.conf.all.forwarding", "1"},
	    {"net.ipv6.conf.default.router_solicitations", "0"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(always); i++)
		if (set(arg, always[i][0], always[i][1], err))
			return -1;
	for (size_t i = 0; ipv6 && i < SB_ARRAY_LEN(of_ipv6); i++)
		if (set(arg, of_ipv6[i][0], of_ipv6[i][1], err))
			return -1;
	return set_buffers(at, set, arg, err);
}

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

static struct sb_route_metrics metrics_of(const struct sb_pep_place *at)
{
	const struct sb_pep_sending *own = &link_of(at)->dir[at->sends].pep,
				    *other = &link_of(at)->dir[!at->sends].pep;
	struct sb_route_metrics m = {0};

	sb_copy_str(m.cc, sizeof(m.cc), own->cc);
	if (own->rate_bps)
		m.initcwnd = (uint32_t)segments_under_way(at, own);
	if (other->rate_bps)
		m.initrwnd = (uint32_t)segments_under_way(at, other);
	return m;
}

/* Which packets of the port are the machine's own: to it where the client's side is, from it where the
 * server's side is. */
static int add_rules(struct sb_rtnl *nl, const struct sb_pep_place *at, uint16_t port,
		     struct sb_err *err)
{
	static const int families[] = {AF_INET, AF_INET6};
	bool terminal = at->sends == SB_UP;

	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++) {
		struct sb_tcp_rule to = {families[i], terminal ? at->node_side : at->satellite_side,
					 port, false, OWN_TABLE},
				   from = {families[i],
					   terminal ? at->satellite_side : at->node_side, port,
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

static int add_proxy(struct sb_pep_machine *m, const struct sb_pep_place *at, struct sb_rtnl *nl,
		     struct sb_err *err)
{
	const struct sb_plan *plan = at->plan;

	if (sb_rtnl_add_local_table(nl, AF_INET, OWN_TABLE, err) ||
	    sb_rtnl_add_local_table(nl, AF_INET6, OWN_TABLE, err))
		return -1;
	m->listeners = sb_alloc(plan->flow_count + 1, sizeof(*m->listeners));
	for (size_t f = 0; f < plan->flow_count; f++) {
		const struct sb_flow *flow = &plan->flows[f];

		if (flow->client != at->link || sb_flow_transport(flow) == SB_TRANSPORT_UDP)
			continue;
		if (add_rules(nl, at, flow->port, err) ||
		    listen_at(flow->port, &m->listeners[m->listener_count], err))
			return -1;
		m->listener_count++;
	}
	return 0;
}

int sb_pep_configure(struct sb_pep_machine *m, const struct sb_pep_place *at, struct sb_rtnl *nl,
		     struct sb_err *err)
{
	struct sb_route_metrics metrics = metrics_of(at);
	struct sb_route_metrics near = {.window_bytes = NODE_SIDE_WINDOW};

	if (sb_rtnl_set_up(nl, "lo", err) ||
	    add_side(nl, at->node_side, sb_pep_near(at), &near, err) ||
	    add_side(nl, at->satellite_side, sb_pep_beyond(at), &metrics, err))
		return -1;
	return sb_plan_has_proxy(at->plan, at->sends) ? add_proxy(m, at, nl, err) : 0;
}
