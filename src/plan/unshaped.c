// SPDX-License-Identifier: MIT
/* unshaped.c - the same plan with nothing in the way: what the path alone costs */
#include <stdlib.h>

#include "plan_priv.h"
#include "satbed/base/clock.h"

/* Gigabits a second fill captures fast, and say all there is to say soon. */
#define UNSHAPED_NS (2 * SB_NS_PER_S)

static void open_link(struct sb_link *link)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sb_link_dir *d = &link->dir[dir];

		d->initial = (struct sb_link_state){0};
		d->shared = false;
		d->jitter_ns = d->max_delay_ns = 0;
		d->max_rate_bps = 0;
	}
}

int sb_plan_unshaped(const struct sb_plan *plan, struct sb_plan **out, struct sb_err *err)
{
	cJSON *json = sb_plan_to_json(plan);
	struct sb_plan *copy = NULL;
	int rc = sb_plan_from_json(json, &copy, err);

	cJSON_Delete(json);
	if (rc)
		return rc;
	copy->backend = SB_BACKEND_NONE;
	copy->step_count = copy->event_count = copy->expect_count = 0;
	free(copy->index);
	copy->index = NULL;
	for (size_t i = 0; i < copy->link_count; i++)
		open_link(&copy->links[i]);
	if (copy->duration_ns > UNSHAPED_NS)
		copy->duration_ns = UNSHAPED_NS;
	for (size_t i = 0; i < copy->flow_count; i++) {
		copy->flows[i].start_ns = 0;
		copy->flows[i].duration_ns = copy->duration_ns;
	}
	copy->capture_buffer_bytes = 64u << 20;
	*out = copy;
	return 0;
}
