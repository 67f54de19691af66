/* SPDX-License-Identifier: MIT */
/* split.h - the two networks of a client whose path is split, and what wiring them takes */
#ifndef SATBED_ENGINE_SPLIT_H
#define SATBED_ENGINE_SPLIT_H

#include "relay.h"
#include "satbed/net.h"
#include "satbed/plan.h"

/**
 * struct sb_wires - the namespaces of a testbed while its networks are made
 * @nodes:	a socket in each: server, clients, and on a split path the relay of each client
 * @relays:	NULL on other paths
 */
struct sb_wires {
	const struct sb_plan *plan;
	const int *net_fds;
	int home_fd;
	struct sb_relays *relays;
	struct sb_rtnl emulator, *nodes;
};

/** sb_wire_pair() - a veth pair: one half in @net_fd, the other up and in @bridge */
int sb_wire_pair(struct sb_wires *w, const struct sb_endpoint *end, const char *bridge, int net_fd,
		 struct sb_err *err);

/** sb_split_build() - bridges, veth pairs, addresses and routes of link @i, but for the tap */
int sb_split_build(struct sb_wires *w, size_t i, struct sb_err *err);
/**
 * sb_split_join() - wait for the relay's tap, put it into the client's bridge, and make client and
 * relay known to each other
 *
 * The client asks for the relay's MAC address here, before anything is shaped: both keep the
 * answer, so that no address resolution crosses the satellite link.
 */
int sb_split_join(struct sb_wires *w, size_t i, struct sb_err *err);

#endif
