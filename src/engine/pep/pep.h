/* SPDX-License-Identifier: MIT */
/*
 * pep.h - terminal and gateway of each client as two machines of their own, with a proxy where the plan
 * has one: namespaces of the native engine (machine.c), or containers (satbed/engine_proxy.h)
 *
 *	client - [bridge] - terminal ~ [bridge: satellite] ~ gateway - [bridge] - server
 *
 * Both are routers without an address: towards each side they have the Ethernet address of the node
 * beyond, so that client and server see what they would see on one bridge.  A proxy takes the TCP
 * connections to the flows' ports out of what is routed: rules send these packets to the machine itself,
 * where a transparent socket (IP_TRANSPARENT, ip(7)) listens at every address.  The connection that it
 * makes onwards has the client's address and port, so that one connection has the same four numbers on
 * all legs.  Neither netfilter nor a module is needed.
 */
#ifndef SATBED_ENGINE_PEP_H
#define SATBED_ENGINE_PEP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <sys/types.h>

#include "engine/split.h"
#include "satbed/plan.h"

/**
 * struct sb_pep_counts - what a proxy has done so far; it writes, the emulator reads
 * @connections: taken from a client's side; @failed: of them, not to be made onwards;
 *		@turned_away: because too many were open
 * @bytes:	relayed, by enum sb_dir
 */
struct sb_pep_counts {
	uint64_t connections, failed, turned_away, bytes[2];
};

/**
 * struct sb_pep_place - which terminal or gateway of a plan
 * @link:	its client's
 * @sends:	in which direction its proxy sends over the satellite: SB_UP is the terminal, SB_DOWN the gateway
 * @node_side, @satellite_side: its interfaces, in its own namespace
 */
struct sb_pep_place {
	const struct sb_plan *plan;
	size_t link;
	enum sb_dir sends;
	const char *node_side, *satellite_side;
};

/**
 * struct sb_pep_machine - the terminal or the gateway of one client
 * @net_fd:	its network namespace; -1 = the process's own
 * @listeners:	one for each port of the client's TCP flows; none without a proxy
 * @pid:	of the proxy, 0 = none
 * @ended:	how it ended, once that has been noticed; else empty
 */
struct sb_pep_machine {
	int net_fd;
	int *listeners;
	size_t listener_count;
	pid_t pid;
	char ended[64];
	struct sb_pep_counts *counts;
};

/** sb_pep_machine_name() - "terminal", "gateway" */
const char *sb_pep_machine_name(enum sb_dir sends);
/** sb_pep_near(), sb_pep_beyond() - the node beside it, and the one beyond the satellite */
const struct sb_endpoint *sb_pep_near(const struct sb_pep_place *at);
const struct sb_endpoint *sb_pep_beyond(const struct sb_pep_place *at);

/** sb_pep_set_fn - one kernel setting, "net.ipv4.ip_forward"; 0, or -1 with @err */
typedef int sb_pep_set_fn(void *arg, const char *name, const char *value, struct sb_err *err);
/**
 * sb_pep_sysctls() - the kernel settings of its network namespace, to @set one by one
 * @ipv6:	those of IPv6, too
 */
int sb_pep_sysctls(const struct sb_pep_place *at, bool ipv6, sb_pep_set_fn *set, void *arg,
		   struct sb_err *err);
/**
 * sb_pep_configure() - inside its namespace: interfaces up, routes, neighbours, and for a proxy rules and
 * listeners; the interfaces' MAC addresses are as they should be already
 */
int sb_pep_configure(struct sb_pep_machine *m, const struct sb_pep_place *at, struct sb_rtnl *nl,
		     struct sb_err *err);
/** sb_pep_launch() - run its proxy, where it has one, as a child that dies with the caller */
int sb_pep_launch(struct sb_pep_machine *m, const struct sb_pep_place *at, int nice,
		  struct sb_err *err);
/**
 * sb_pep_machine_facts() - what its proxy did, as @into's "terminal" or "gateway"; "ended" where it has
 * @cpu_s:	its processor time is added; -1 once that of one is not known
 */
void sb_pep_machine_facts(struct sb_pep_machine *m, enum sb_dir sends, cJSON *into, double *cpu_s);
void sb_pep_machine_close(struct sb_pep_machine *m);

/** struct sb_peps - @each: two for each link, terminal and gateway; @nice: what proxies run at */
struct sb_peps {
	const struct sb_plan *plan;
	int nice;
	struct sb_pep_machine *each;
};

/** sb_peps_open() - the namespaces; sb_peps_close() in either case */
int sb_peps_open(struct sb_peps *p, const struct sb_plan *plan, int nice, struct sb_err *err);
/** sb_pep_build() - bridges, veth pairs, addresses, routes and rules of link @i, and the proxies'
 * listeners */
int sb_pep_build(struct sb_peps *p, struct sb_wires *w, size_t i, struct sb_err *err);
/** sb_peps_launch() - run the proxies; they die with the caller */
int sb_peps_launch(struct sb_peps *p, struct sb_err *err);
/** sb_peps_facts() - "relays": of each link what its proxies cost and did; @arg: struct sb_peps */
void sb_peps_facts(void *arg, cJSON *into);
void sb_peps_close(struct sb_peps *p);

/**
 * struct sb_pep_relay - one proxy at work
 * @satellite:	which of a connection's two sockets sends over the satellite: 0 the one that was
 *		accepted, 1 the one made onwards
 * @rate_bps:	of all these together, 0 = none
 * @most:	connections at once for which there are descriptors
 */
struct sb_pep_relay {
	const int *listeners;
	size_t listener_count;
	int satellite;
	uint32_t most;
	uint64_t rate_bps;
	struct sb_pep_counts *counts;
};

/** sb_pep_relay_run() - carry connections on; comes back only when it cannot go on, with @err */
int sb_pep_relay_run(const struct sb_pep_relay *relay, struct sb_err *err);

#endif
