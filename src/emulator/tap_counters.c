// SPDX-License-Identifier: MIT
/* tap_counters.c - bytes that went through the taps of split paths */
#include "tap_counters.h"

#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/net.h"

int sb_tap_counters_read(const struct sb_plan *plan, struct sb_tap_bytes *out, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc;

	if (plan->path == SB_PATH_BRIDGE)
		return 0;
	rc = sb_rtnl_open(&nl, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < plan->link_count; i++)
		if (plan->links[i].relay.tap[0])
			rc = sb_rtnl_bytes(&nl, plan->links[i].relay.tap, &out[i].tx, &out[i].rx,
					   err);
	sb_rtnl_close(&nl);
	return rc;
}

int sb_tap_counters_describe(const struct sb_plan *plan, const struct sb_tap_bytes *before,
			     cJSON *into, struct sb_err *err)
{
	struct sb_tap_bytes *now = sb_alloc(plan->link_count, sizeof(*now));
	cJSON *list;
	int rc = sb_tap_counters_read(plan, now, err);

	if (!rc && plan->path != SB_PATH_BRIDGE) {
		list = cJSON_AddArrayToObject(into, "taps");
		for (size_t i = 0; i < plan->link_count; i++) {
			cJSON *obj = cJSON_CreateObject();
			char client[SB_NAME_MAX];

			cJSON_AddItemToArray(list, obj);
			sb_json_add_str(obj, "client", sb_node_name(client, i + 1));
			if (!plan->links[i].relay.tap[0])
				continue;
			sb_json_add_str(obj, "tap", plan->links[i].relay.tap);
			sb_json_add_i64(obj, "tx_bytes", (int64_t)(now[i].tx - before[i].tx));
			sb_json_add_i64(obj, "rx_bytes", (int64_t)(now[i].rx - before[i].rx));
		}
	}
	free(now);
	return rc;
}
