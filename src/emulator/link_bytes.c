// SPDX-License-Identifier: MIT
/* link_bytes.c - bytes that have left the links, by the interfaces' own counters */
#include "link_bytes.h"

#include <stdlib.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

int sb_link_bytes_read(const struct sb_plan *plan, uint64_t *out, struct sb_err *err)
{
	struct sb_rtnl nl;
	uint64_t received;
	int rc = sb_rtnl_open(&nl, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];

		rc = sb_rtnl_bytes(&nl, link->point_ifname[SB_AT_SERVER], &out[2 * i + SB_UP],
				   &received, err) ||
		     sb_rtnl_bytes(&nl, link->point_ifname[SB_AT_CLIENT], &out[2 * i + SB_DOWN],
				   &received, err);
	}
	sb_rtnl_close(&nl);
	return rc ? -1 : 0;
}

int sb_link_bytes_describe(const struct sb_plan *plan, const uint64_t *before, cJSON *into,
			   struct sb_err *err)
{
	uint64_t *now = sb_alloc(2 * plan->link_count, sizeof(*now));
	int rc = sb_link_bytes_read(plan, now, err);
	cJSON *list;

	if (!rc) {
		list = cJSON_AddArrayToObject(into, "links");
		for (size_t i = 0; i < plan->link_count; i++) {
			cJSON *one = cJSON_CreateArray();

			for (size_t dir = 0; dir < 2; dir++)
				cJSON_AddItemToArray(
				    one, cJSON_CreateNumber(
					     (double)(now[2 * i + dir] - before[2 * i + dir])));
			cJSON_AddItemToArray(list, one);
		}
	}
	free(now);
	return rc;
}
