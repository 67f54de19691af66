/* SPDX-License-Identifier: MIT */
/* list_tcp.h - satbed list: what TCP gets on a link, and which share of it that is */
#ifndef SATBED_CLI_LIST_TCP_H
#define SATBED_CLI_LIST_TCP_H

#include <cjson/cJSON.h>

#include "satbed/plan.h"

/**
 * sb_list_capacity_bps() - the mean rate of the direction of the plan's first bulk flow that goes down, else up, over the whole run and
 * with nothing during outages; 0 = unlimited, or without such a flow
 */
double sb_list_capacity_bps(const struct sb_plan *plan);
/** sb_list_tcp_text() - "cubic 142, bbr 154 Mbit/s" as "cubic 142 (57 %), bbr 154 (62 %) Mbit/s"; the caller's
 * to free */
char *sb_list_tcp_text(const char *tcp, double capacity_bps);
/** sb_list_tcp_json() - the shares by name, {"cubic": 0.57, "bbr": 0.62}; the caller's */
cJSON *sb_list_tcp_json(const char *tcp, double capacity_bps);

#endif
