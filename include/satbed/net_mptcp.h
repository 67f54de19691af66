/* SPDX-License-Identifier: MIT */
/* net_mptcp.h - the path manager of Multipath TCP (RFC 8684) in the kernel, by generic netlink */
#ifndef SATBED_NET_MPTCP_H
#define SATBED_NET_MPTCP_H

#include <stdint.h>

#include "satbed/base/err.h"

struct nl_sock;

/** struct sb_mptcp - a socket of the network namespace it was opened in; @family: of the path manager */
struct sb_mptcp {
	struct nl_sock *sk;
	uint16_t family;
};

/** sb_mptcp_open() - 1; 0 where the kernel has no MPTCP, and nothing is open; -1 with @err */
int sb_mptcp_open(struct sb_mptcp *m, struct sb_err *err);
void sb_mptcp_close(struct sb_mptcp *m);
/** sb_mptcp_set_limits() - so many paths of a connection may be added to the first, by either end */
int sb_mptcp_set_limits(struct sb_mptcp *m, uint32_t paths, struct sb_err *err);
/**
 * sb_mptcp_add_endpoint() - an address of this namespace from which connections that begin here take
 * another path
 * @ifindex:	of the interface that has it
 */
int sb_mptcp_add_endpoint(struct sb_mptcp *m, int family, const void *addr, int ifindex,
			  struct sb_err *err);

#endif
