// SPDX-License-Identifier: MIT
/* from_json_state.c - the state of a link back from JSON: whole, or over another one */
#include "json_read.h"
#include "plan/plan_priv.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* The members of @obj over the state that @s holds already; all must be there when @whole. */
int sb_get_state(const cJSON *obj, const char *path, bool whole, struct sb_link_state *s,
		 struct sb_err *err)
{
	static const char *const keys[] = {"delay_ns",	  "rate_bps",	 "loss",  "duplicate_ppb",
					   "reorder_ppb", "corrupt_ppb", "outage"};
	bool read[SB_ARRAY_LEN(keys)];
	int action = SB_QUEUE_KEEP;

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		read[i] = whole || cJSON_HasObjectItem(obj, keys[i]);
	if ((read[0] &&
	     sb_get_range(obj, path, keys[0], 0, SB_PLAN_MAX_DELAY_NS, &s->delay_ns, err)) ||
	    (read[1] && sb_get_rate(obj, path, keys[1], &s->rate_bps, err)) ||
	    (read[2] && sb_loss_from_json(obj, path, &s->loss, err)) ||
	    (read[3] && sb_get_ppb(obj, path, keys[3], &s->duplicate_ppb, err)) ||
	    (read[4] && sb_get_ppb(obj, path, keys[4], &s->reorder_ppb, err)) ||
	    (read[5] && sb_get_ppb(obj, path, keys[5], &s->corrupt_ppb, err)) ||
	    (read[6] && sb_json_get_bool(obj, path, keys[6], &s->outage, err)) ||
	    (cJSON_HasObjectItem(obj, "queue_action") &&
	     sb_get_word(obj, path, "queue_action", sb_queue_action_names, &action, err)))
		return -1;
	s->queue_action = (uint8_t)action;
	return 0;
}

int sb_link_state_from_json(const cJSON *obj, struct sb_link_state *s, struct sb_err *err)
{
	struct sb_link_state next = *s;

	if (!cJSON_IsObject(obj))
		return sb_fail(err, SB_EINPUT, 0, "the state is not an object");
	if (sb_get_state(obj, "state", false, &next, err))
		return -1;
	*s = next;
	return 0;
}
