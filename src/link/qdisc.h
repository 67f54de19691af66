/* SPDX-License-Identifier: MIT */
/* qdisc.h - the netem qdiscs of one interface: add, change in place, read, delete */
#ifndef SATBED_LINK_QDISC_H
#define SATBED_LINK_QDISC_H

#include <stdbool.h>
#include <stdint.h>

#include "link/netem/netem_msg.h"
#include "satbed/base/err.h"

struct nl_sock;

/** struct sb_qdisc - a netlink socket of its own for one interface; @tick_ns: of this kernel */
struct sb_qdisc {
	struct nl_sock *sk;
	int ifindex;
	uint32_t tick_ns;
};

/** struct sb_qdisc_stats - what the kernel counts; @requeues: netem's reordered packets */
struct sb_qdisc_stats {
	uint64_t packets;
	uint32_t qlen, drops, requeues;
};

int sb_qdisc_open(struct sb_qdisc *q, const char *ifname, struct sb_err *err);
void sb_qdisc_close(struct sb_qdisc *q);

/**
 * sb_qdisc_add() - a new netem; fails where @parent has a qdisc already
 * @handle, @parent: 16 bits each side; @parent TC_H_ROOT for the first
 *
 * What the kernel then holds is compared with @want, as it is by sb_qdisc_change().  A kernel that
 * has no netem: SB_EENV, with what to do.
 */
int sb_qdisc_add(struct sb_qdisc *q, uint32_t handle, uint32_t parent, const struct sb_netem *want,
		 struct sb_err *err);
/** sb_qdisc_change() - the complete set of parameters in place: no packet is touched */
int sb_qdisc_change(struct sb_qdisc *q, uint32_t handle, const struct sb_netem *want,
		    struct sb_err *err);
/** sb_qdisc_read() - what the kernel holds and counted; either pointer may be NULL */
int sb_qdisc_read(struct sb_qdisc *q, uint32_t handle, struct sb_netem *out,
		  struct sb_qdisc_stats *stats, struct sb_err *err);
/** sb_qdisc_root() - who sits at the egress; @handle 0: only the kernel's default */
int sb_qdisc_root(struct sb_qdisc *q, char kind[16], uint32_t *handle, struct sb_err *err);
/** sb_qdisc_delete_root() - only if its handle is @handle; with it go its children */
int sb_qdisc_delete_root(struct sb_qdisc *q, uint32_t handle, struct sb_err *err);

#endif
