/* SPDX-License-Identifier: MIT */
/* topology.h - the plan's networks: per client a bridge of two ports in the sky's namespace */
#ifndef SATBED_ENGINE_TOPOLOGY_H
#define SATBED_ENGINE_TOPOLOGY_H

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * sb_topology_build() - veth pairs, bridges, addresses, permanent neighbours; everything up
 * @net_fds:	network namespaces of the nodes, the server's first
 *
 * Called in the sky, single-threaded; enters the nodes' namespaces and comes back.
 */
int sb_topology_build(const struct sb_plan *plan, const int *net_fds, struct sb_err *err);

#endif
