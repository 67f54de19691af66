// SPDX-License-Identifier: MIT
/* relay.c - what is shown of a run, as JSON from one process to another */
#include "relay.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static cJSON *event(const char *name)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", name);
	return obj;
}

static void hand_over(sb_relay_fn *relay, void *arg, cJSON *obj)
{
	relay(arg, obj);
	cJSON_Delete(obj);
}

void sb_relay_phase(sb_relay_fn *relay, void *arg, const char *phase)
{
	cJSON *obj = event("live_phase");

	sb_json_add_str(obj, "phase", phase);
	hand_over(relay, arg, obj);
}

void sb_relay_start(sb_relay_fn *relay, void *arg, int64_t t0_ns)
{
	cJSON *obj = event("live_start");

	sb_json_add_i64(obj, "clock_ns", t0_ns);
	hand_over(relay, arg, obj);
}

void sb_relay_tick(sb_relay_fn *relay, void *arg, int64_t clock_ns,
		   const struct sb_live_counts *flows, size_t count)
{
	cJSON *obj = event("live_tick"), *list;

	sb_json_add_i64(obj, "clock_ns", clock_ns);
	list = cJSON_AddArrayToObject(obj, "flows");
	for (size_t i = 0; i < count; i++) {
		cJSON *flow = cJSON_CreateObject();

		sb_json_add_i64(flow, "bytes", flows[i].bytes);
		sb_json_add_i64(flow, "retransmits", flows[i].retransmits);
		sb_json_add_i64(flow, "rtt_us", flows[i].rtt_us);
		sb_json_add_i64(flow, "packets", flows[i].packets);
		sb_json_add_i64(flow, "lost", flows[i].lost);
		sb_json_add_i64(flow, "link_up", flows[i].link_bytes[SB_UP]);
		sb_json_add_i64(flow, "link_down", flows[i].link_bytes[SB_DOWN]);
		sb_json_add_bool(flow, "done", flows[i].done);
		cJSON_AddItemToArray(list, flow);
	}
	hand_over(relay, arg, obj);
}

static bool read_flows(const cJSON *obj, struct sb_relayed *out, size_t count)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(obj, "flows"), *item;
	size_t i = 0;

	if ((size_t)cJSON_GetArraySize(list) != count)
		return false;
	out->flows = sb_alloc(count, sizeof(*out->flows));
	cJSON_ArrayForEach(item, list)
	{
		struct sb_live_counts *f = &out->flows[i++];

		if (sb_json_get_i64(item, "$", "bytes", &f->bytes, NULL) ||
		    sb_json_get_i64(item, "$", "retransmits", &f->retransmits, NULL) ||
		    sb_json_get_i64(item, "$", "rtt_us", &f->rtt_us, NULL) ||
		    sb_json_get_i64(item, "$", "packets", &f->packets, NULL) ||
		    sb_json_get_i64(item, "$", "lost", &f->lost, NULL) ||
		    sb_json_get_i64(item, "$", "link_up", &f->link_bytes[SB_UP], NULL) ||
		    sb_json_get_i64(item, "$", "link_down", &f->link_bytes[SB_DOWN], NULL) ||
		    sb_json_get_bool(item, "$", "done", &f->done, NULL)) {
			free(out->flows);
			return false;
		}
	}
	return true;
}

bool sb_relay_read(const cJSON *obj, struct sb_relayed *out, size_t count)
{
	const char *name;

	*out = (struct sb_relayed){0};
	if (sb_json_get_str(obj, "$", "ev", &name, NULL))
		return false;
	if (!strcmp(name, "live_phase")) {
		out->kind = SB_RELAYED_PHASE;
		return !sb_json_get_str(obj, "$", "phase", &out->phase, NULL);
	}
	if (sb_json_get_i64(obj, "$", "clock_ns", &out->clock_ns, NULL))
		return false;
	if (!strcmp(name, "live_start")) {
		out->kind = SB_RELAYED_START;
		return true;
	}
	out->kind = SB_RELAYED_TICK;
	return !strcmp(name, "live_tick") && read_flows(obj, out, count);
}
