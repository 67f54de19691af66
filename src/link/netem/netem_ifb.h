/* SPDX-License-Identifier: MIT */
/* netem_ifb.h - an intermediate functional block: a device whose egress is a queue of its own */
#ifndef SATBED_LINK_NETEM_IFB_H
#define SATBED_LINK_NETEM_IFB_H

#include "satbed/base/err.h"

/** sb_ifb_add() - a new ifb, up, with no address; -1 (SB_EENV) where the kernel has none */
int sb_ifb_add(const char *ifname, struct sb_err *err);

#endif
