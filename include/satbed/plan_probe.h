/* SPDX-License-Identifier: MIT */
/*
 * plan_probe.h - small datagrams on every link beside the flows, so that an idle link is measured,
 * too
 *
 * Streams of their own (see agent_proto.h), one each way, whose identifiers follow the flows'.
 */
#ifndef SATBED_PLAN_PROBE_H
#define SATBED_PLAN_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "satbed/plan.h"

/* UDP ports of the server; those of flows come after them. */
#define SB_PROBE_PORT(dir) ((uint16_t)(5199 + (dir)))

#define SB_PROBE_PAYLOAD 24 /* the harness's own header, which is the least */
#define SB_PROBE_FRAME	 (14 + 20 + 8 + SB_PROBE_PAYLOAD)

/**
 * sb_probe_rate() - probes a second on one direction; 0 = none
 *
 * 50 a second, but no more than 0.5 % of the lowest rate of the whole run, and no fewer than two.
 * None where `probes = off`, where the packets to be lost are given by number, and on split paths:
 * a relay would have to be told of them.
 */
uint32_t sb_probe_rate(const struct sb_plan *plan, size_t link, enum sb_dir dir);

/** sb_is_probe_port() - of a datagram's port at the server */
bool sb_is_probe_port(uint16_t port);

#endif
