/* SPDX-License-Identifier: MIT */
/* topology.h - the plan's networks: per client a bridge of two ports in the emulator's namespace, on a
 * split path two of them with a relay in between, with proxies three */
#ifndef SATBED_ENGINE_TOPOLOGY_H
#define SATBED_ENGINE_TOPOLOGY_H

#include "satbed/base/err.h"
#include "engine/pep/pep.h"
#include "relay.h"
#include "satbed/plan.h"

/**
 * sb_topology_build() - veth pairs, bridges, addresses, permanent neighbours; everything up
 * @net_fds:	network namespaces of the nodes, the server's first
 * @relays:	opened, on a split path; they are launched.  NULL on others
 *
 * @peps:	opened, where the plan has proxies; they are launched.  NULL elsewhere
 *
 * Called in the emulator, single-threaded; enters the nodes' namespaces and comes back.
 */
int sb_topology_build(const struct sb_plan *plan, const int *net_fds, struct sb_relays *relays,
		      struct sb_peps *peps, struct sb_err *err);

#endif
