/* SPDX-License-Identifier: MIT */
/* show.h - addresses and protocols in words, times as JSON */
#ifndef SATBED_FLOW_ANALYSIS_SHOW_H
#define SATBED_FLOW_ANALYSIS_SHOW_H

#include "satbed/base/json_writer.h"
#include "table.h"

void sb_show_end(uint8_t ip_version, const uint8_t addr[16], uint16_t port,
		 char text[SB_FLOW_ANALYSIS_END_MAX]);
void sb_followed_end(const struct sb_live_flow *f, int end, char text[SB_FLOW_ANALYSIS_END_MAX]);
const char *sb_proto_name(uint8_t proto);
/** sb_spread_json() - an object of the quantiles; of none only the count */
void sb_spread_json(struct sb_json_writer *w, const char *key,
		    const struct sb_flow_analysis_spread *s);

#endif
