/* SPDX-License-Identifier: MIT */
/* net.h - links, addresses and offloads of a network namespace, over one netlink socket */
#ifndef SATBED_NET_H
#define SATBED_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

struct nl_msg;
struct nl_sock;

/** sb_netlink_request() - a message of @type that begins with @header, NLM_F_REQUEST among its flags; the
 * caller's to give to libnl, and to free */
struct nl_msg *sb_netlink_request(int type, int flags, const void *header, size_t len);

/** struct sb_rtnl - a NETLINK_ROUTE socket of the namespace it was opened in, wherever it is used
 */
struct sb_rtnl {
	struct nl_sock *sk;
	int ioctl_fd; /* AF_INET datagram socket of the same namespace, for ethtool */
};

int sb_rtnl_open(struct sb_rtnl *nl, struct sb_err *err);
void sb_rtnl_close(struct sb_rtnl *nl);

/** sb_rtnl_ifindex() - 0 when there is no such interface */
int sb_rtnl_ifindex(struct sb_rtnl *nl, const char *ifname);

/**
 * struct sb_veth - half of a veth that somebody else made
 * @peer:	index of its other half, in the namespace where that is
 * @bridge, @bridge_mac: the bridge it is in, or ""
 */
struct sb_veth {
	char name[16];
	int peer;
	char bridge[16];
	uint8_t bridge_mac[6];
};

/** sb_rtnl_mtu() - 0 when there is no such interface */
uint32_t sb_rtnl_mtu(struct sb_rtnl *nl, const char *ifname);

/** sb_rtnl_find_veth() - the veth of that index; -1 with @err: there is none, or it is no veth */
int sb_rtnl_find_veth(struct sb_rtnl *nl, int ifindex, struct sb_veth *out, struct sb_err *err);

/**
 * struct sb_bridge_port - a veth in a bridge
 * @ns_id:	of the namespace where its other half is, as seen from here (sb_rtnl_ns_id()); -1:
 * here
 */
struct sb_bridge_port {
	char name[16];
	int ns_id;
};

/**
 * sb_rtnl_bridge_ports() - the veths in the bridge @bridge
 * @out:	the caller's to free
 *
 * Return: 0, or -1 with @err: there is no such interface, or it is no bridge
 */
int sb_rtnl_bridge_ports(struct sb_rtnl *nl, const char *bridge, struct sb_bridge_port **out,
			 size_t *count, struct sb_err *err);
/**
 * sb_rtnl_loose_veths() - veths that are in no bridge, with both halves here: one of each two
 * @out:	the caller's to free
 */
int sb_rtnl_loose_veths(struct sb_rtnl *nl, struct sb_bridge_port **out, size_t *count,
			struct sb_err *err);
/** sb_rtnl_ns_id() - the number that a network namespace has here; -1: none */
int sb_rtnl_ns_id(struct sb_rtnl *nl, int netns_fd);

struct sb_veth_half {
	const char *ifname;
	const uint8_t *mac; /* NULL: the kernel's choice */
	int netns_fd;	    /* -1: here */
};

int sb_rtnl_add_veth(struct sb_rtnl *nl, const struct sb_veth_half *a, const struct sb_veth_half *b,
		     uint32_t mtu, struct sb_err *err);
/** sb_rtnl_add_bridge() - no STP, no ageing surprises, multicast snooping off, up */
int sb_rtnl_add_bridge(struct sb_rtnl *nl, const char *ifname, uint32_t mtu, struct sb_err *err);
int sb_rtnl_set_master(struct sb_rtnl *nl, const char *ifname, const char *bridge,
		       struct sb_err *err);
int sb_rtnl_set_up(struct sb_rtnl *nl, const char *ifname, struct sb_err *err);
int sb_rtnl_set_mtu(struct sb_rtnl *nl, const char *ifname, uint32_t mtu, struct sb_err *err);
/** sb_rtnl_set_mac() - its neighbour entries are gone afterwards, permanent ones too */
int sb_rtnl_set_mac(struct sb_rtnl *nl, const char *ifname, const uint8_t mac[6],
		    struct sb_err *err);
/** sb_rtnl_bytes() - sent and received by an interface since it was made */
int sb_rtnl_bytes(struct sb_rtnl *nl, const char *ifname, uint64_t *tx, uint64_t *rx,
		  struct sb_err *err);
int sb_rtnl_delete_link(struct sb_rtnl *nl, const char *ifname, struct sb_err *err);
/** sb_rtnl_add_addr() - @family AF_INET or AF_INET6 (without duplicate address detection) */
int sb_rtnl_add_addr(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
		     int prefix_len, struct sb_err *err);
/** sb_rtnl_add_gateway4() - a default route over @ifname by way of @gateway */
int sb_rtnl_add_gateway4(struct sb_rtnl *nl, const char *ifname, const struct in_addr *gateway,
			 struct sb_err *err);
/**
 * struct sb_route_metrics - how TCP sends where a route goes (ip-route(8))
 * @cc:		congestion control, empty = the namespace's own
 * @window_bytes: the most that is received ahead; 0 = what the buffer allows
 * @initcwnd, @initrwnd: first window of sending and of receiving, in segments; 0 = the kernel's
 */
struct sb_route_metrics {
	char cc[16];
	uint32_t window_bytes, initcwnd, initrwnd;
};

/** sb_rtnl_add_host_route() - to one address, which is on the link of @ifname; @metrics may be NULL */
int sb_rtnl_add_host_route(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
			   const struct sb_route_metrics *metrics, struct sb_err *err);
/** sb_rtnl_add_local_table() - a table in which every address is this namespace's own */
int sb_rtnl_add_local_table(struct sb_rtnl *nl, int family, uint8_t table, struct sb_err *err);

/**
 * struct sb_tcp_rule - TCP packets that come in at @ifname, to @port or from it, are routed by @table
 */
struct sb_tcp_rule {
	int family;
	const char *ifname;
	uint16_t port;
	bool from_port;
	uint8_t table;
};

int sb_rtnl_add_tcp_rule(struct sb_rtnl *nl, const struct sb_tcp_rule *rule, struct sb_err *err);
/**
 * struct sb_source_route - what is sent from @source goes to @gateway, over @ifname, by a table of its own
 */
struct sb_source_route {
	int family;
	const char *ifname;
	const void *source, *gateway;
	uint8_t table;
};

int sb_rtnl_add_source_route(struct sb_rtnl *nl, const struct sb_source_route *route,
			     struct sb_err *err);
/** sb_rtnl_add_neigh() - permanent: address resolution must not depend on a lossy link */
int sb_rtnl_add_neigh(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
		      const uint8_t mac[6], struct sb_err *err);

/**
 * sb_offloads_off() - everything off that merges packets (TSO, GSO, GRO, UDP segmentation ...),
 * read back
 *
 * A segment the stack has not split yet would be lost, delayed and counted as one packet.
 */
int sb_offloads_off(struct sb_rtnl *nl, const char *ifname, struct sb_err *err);
/** sb_offloads_on() - true when any of them is on */
bool sb_offloads_on(struct sb_rtnl *nl, const char *ifname);

#endif
