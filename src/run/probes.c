// SPDX-License-Identifier: MIT
/* probes.c - what is measured beside the flows: probes on every link, and the machine itself */
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/plan_probe.h"
#include "state.h"

static cJSON *probe_json(const struct sb_plan *plan, size_t link, enum sb_dir dir, bool is_client,
			 const char *address)
{
	uint32_t a_second = sb_probe_rate(plan, link, dir);
	cJSON *obj;

	if (!a_second)
		return NULL;
	obj = cJSON_CreateObject();
	sb_json_add_i64(obj, "id", (int64_t)(plan->flow_count + 2 * link + (size_t)dir));
	sb_json_add_str(obj, "role", is_client ? "client" : "server");
	sb_json_add_str(obj, "kind", "stream");
	sb_json_add_str(obj, "dir", sb_dir_name(dir));
	sb_json_add_i64(obj, "streams", 1);
	sb_json_add_str(obj, "cc", "");
	sb_json_add_str(obj, "address", address);
	sb_json_add_i64(obj, "port", SB_PROBE_PORT(dir));
	sb_json_add_i64(obj, "start_ns", 0);
	sb_json_add_i64(obj, "duration_ns", plan->duration_ns);
	sb_json_add_i64(obj, "rate_bps", (int64_t)8 * SB_PROBE_PAYLOAD * a_second);
	sb_json_add_i64(obj, "packet_bytes", SB_PROBE_PAYLOAD);
	return obj;
}

void sb_probes_add(const struct sb_plan *plan, size_t link, bool is_client, const char *address,
		   cJSON *flows)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		cJSON *obj = probe_json(plan, link, (enum sb_dir)dir, is_client, address);

		if (obj)
			cJSON_AddItemToArray(flows, obj);
	}
}

int sb_run_gauge(struct sb_run *run, struct sb_err *err)
{
	struct sb_substrate *s = &run->substrate;
	const cJSON *late;
	cJSON *answer;

	if (sb_tell_op(&run->up, SB_SKY, "gauge", err) ||
	    sb_await(&run->up, SB_SKY, "gauge", SB_ANSWER_MS, &answer, err))
		return -1;
	late = cJSON_GetObjectItemCaseSensitive(answer, "timer_late_ns");
	s->timer_known = !sb_json_get_i64(late, "$", "p50", &s->timer_p50_ns, NULL) &&
			 !sb_json_get_i64(late, "$", "max", &s->timer_max_ns, NULL);
	cJSON_Delete(answer);
	return 0;
}

void sb_run_note_cpu(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *cpu = cJSON_GetObjectItemCaseSensitive(stopped, "cpu");
	struct sb_substrate *s = &run->substrate;

	s->cpu_known = cpu && !sb_json_get_double(cpu, "$", "busy", &s->cpu_busy, NULL) &&
		       !sb_json_get_double(cpu, "$", "stolen", &s->cpu_stolen, NULL);
}
