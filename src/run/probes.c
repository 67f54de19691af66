// SPDX-License-Identifier: MIT
/* probes.c - what is measured beside the flows: probes on every link, and the machine itself */
#include <arpa/inet.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/plan_probe.h"
#include "state.h"

/* Round trips of a path without a link: tens of microseconds each, and no more than this in all. */
#define RTT_PACKETS 40
#define RTT_ALL_NS  (60 * SB_NS_PER_MS)

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

/* Of one client, whatever comes of it; only a node that is no longer there is a failure. */
static int measure_rtt(struct sb_run *run, size_t link, struct sb_err *err)
{
	const struct sb_plan *plan = run->up.tb->plan;
	const struct sb_endpoint *server = &plan->links[link].server;
	struct sb_path_rtt *rtt = &run->links.rtts[link];
	cJSON *request = cJSON_CreateObject(), *answer;
	const char *why = "";
	char buf[INET6_ADDRSTRLEN];
	int rc;

	sb_json_add_str(request, "op", "rtt");
	sb_json_add_i64(request, "id", (int64_t)link);
	sb_json_add_str(request, "address",
			plan->ip_version == 4
			    ? inet_ntop(AF_INET, &server->addr4, buf, sizeof(buf))
			    : inet_ntop(AF_INET6, &server->addr6, buf, sizeof(buf)));
	sb_json_add_i64(request, "packets", RTT_PACKETS);
	sb_json_add_i64(request, "give_up_ns", RTT_ALL_NS / (int64_t)plan->link_count);
	rc = sb_send(&run->up, (int)sb_plan_node(plan, link), request, err);
	cJSON_Delete(request);
	if (rc || sb_wait_reply(&run->up, (int)sb_plan_node(plan, link), "rtt", SB_ANSWER_MS,
				&answer, err))
		return -1;
	if (sb_json_get_i64(answer, "$", "answered", &rtt->answered, NULL) ||
	    sb_json_get_i64(answer, "$", "p50_ns", &rtt->p50_ns, NULL) ||
	    sb_json_get_i64(answer, "$", "p99_ns", &rtt->p99_ns, NULL))
		rtt->answered = 0;
	if (!rtt->answered && !sb_json_get_str(answer, "$", "why", &why, NULL))
		sb_copy_str(rtt->why, sizeof(rtt->why), why);
	cJSON_Delete(answer);
	return 0;
}

int sb_run_rtt(void *arg, struct sb_err *err)
{
	struct sb_run *run = arg;
	const struct sb_plan *plan = run->up.tb->plan;
	int64_t begin_ns = sb_mono_ns();

	/* One client after the other: together they would wait for each other's processors. */
	for (size_t i = 0; i < plan->link_count; i++)
		if (run->options->inside)
			sb_copy_str(run->links.rtts[i].why, sizeof(run->links.rtts[i].why),
				    "on the virtual clock processor time costs nothing");
		else if (plan->path != SB_PATH_BRIDGE)
			sb_copy_str(run->links.rtts[i].why, sizeof(run->links.rtts[i].why),
				    "the path is split: a relay answers for the server");
		else if (measure_rtt(run, i, err))
			return -1;
	run->links.rtt_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	return 0;
}

int sb_run_timer_probe(struct sb_run *run, struct sb_err *err)
{
	struct sb_host_baseline *s = &run->links.host_baseline;
	const cJSON *late;
	cJSON *answer;

	/* Timers of the virtual clock are never late. */
	if (run->options->inside)
		return 0;
	if (sb_send_op(&run->up, SB_EMULATOR, "gauge", err) ||
	    sb_wait_reply(&run->up, SB_EMULATOR, "gauge", SB_ANSWER_MS, &answer, err))
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
	struct sb_host_baseline *s = &run->links.host_baseline;

	s->cpu_known = !run->options->inside && cpu &&
		       !sb_json_get_double(cpu, "$", "busy", &s->cpu_busy, NULL) &&
		       !sb_json_get_double(cpu, "$", "stolen", &s->cpu_stolen, NULL);
}
