// SPDX-License-Identifier: MIT
/* messages.c - noting what the emulator and the nodes say unasked */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "state.h"

static int64_t number_or(const cJSON *obj, const char *key, int64_t otherwise)
{
	int64_t v;

	return sb_json_get_i64(obj, "$", key, &v, NULL) ? otherwise : v;
}

static void note_kind(struct sb_flow_end *end, const cJSON *obj)
{
	static const char *const names[SB_LATENCIES] = {"p50_ns", "p90_ns",  "p95_ns",
							"p99_ns", "p999_ns", "max_ns"};
	const cJSON *latency = cJSON_GetObjectItemCaseSensitive(obj, "latency");
	const cJSON *limited = cJSON_GetObjectItemCaseSensitive(obj, "limited");

	end->busy_us = number_or(limited, "busy_us", -1);
	end->rwnd_us = number_or(limited, "rwnd_us", -1);
	end->sndbuf_us = number_or(limited, "sndbuf_us", -1);

	end->attempts = number_or(obj, "attempts", 0);
	end->complete_ns = number_or(obj, "complete_ns", 0);
	end->damaged_at = number_or(obj, "damaged_at", -1);
	end->sent_bytes = number_or(obj, "sent_bytes", 0);
	end->asked = number_or(obj, "asked", 0);
	end->answered = number_or(obj, "answered", 0);
	end->timeouts = number_or(obj, "timeouts", 0);
	for (size_t i = 0; i < SB_LATENCIES; i++)
		end->latency_ns[i] = number_or(latency, names[i], 0);
}

void sb_run_note_done(struct sb_run *run, const cJSON *obj)
{
	int64_t flow = number_or(obj, "flow", -1);
	const char *role = "", *text;
	struct sb_flow_end *end;

	if (flow < 0 || (size_t)flow >= run->plan->flow_count ||
	    sb_json_get_str(obj, "$", "role", &role, NULL))
		return;
	end = strcmp(role, "server") ? &run->flows[flow].client : &run->flows[flow].server;
	end->done = true;
	end->bytes = number_or(obj, "bytes", 0);
	end->retransmits = number_or(obj, "retransmits", -1);
	end->packets = number_or(obj, "packets", 0);
	end->lost = number_or(obj, "lost", 0);
	end->start_ns = number_or(obj, "start_ns", 0);
	end->end_ns = number_or(obj, "end_ns", 0);
	note_kind(end, obj);
	if (!sb_json_get_str(obj, "$", "cc", &text, NULL))
		sb_copy_str(end->cc, sizeof(end->cc), text);
	if (!sb_json_get_str(obj, "$", "error", &text, NULL)) {
		free(end->error);
		end->error = sb_strdup(text);
	}
}

static void note_steps(struct sb_run *run, const cJSON *obj)
{
	int64_t at = number_or(obj, "first", -1);
	const cJSON *late;
	int64_t late_ns;

	cJSON_ArrayForEach(late, cJSON_GetObjectItemCaseSensitive(obj, "late_ns"))
	{
		if (at >= 0 && (size_t)at < run->plan->step_count &&
		    !sb_json_as_i64(late, &late_ns))
			run->links.late_ns[at] = late_ns;
		at++;
	}
	if (at > 0)
		sb_events_steps(run, (size_t)at);
}

/* Told at once, that nothing is measured for nothing. */
static void note_capture(struct sb_run *run, const cJSON *obj)
{
	int64_t i = number_or(obj, "capture", -1), sys = number_or(obj, "errno", EIO);

	if (run->end.broken.code != SB_OK || i < 0 || (size_t)i >= run->dir.capture_count)
		return;
	sb_rundir_no_room(&run->dir, run->dir.captures[i].file, (int)sys, &run->end.broken);
}

void sb_run_note(void *arg, int node, const cJSON *obj)
{
	struct sb_run *run = arg;
	const char *event = "", *msg = "", *name;
	char buf[SB_NAME_MAX];

	if (sb_json_get_str(obj, "$", "ev", &event, NULL))
		return;
	if (!strcmp(event, "sample") && node >= 0) {
		sb_samples_note(run, obj);
	} else if (!strcmp(event, "done") && node >= 0) {
		sb_run_note_done(run, obj);
		if (run->t0_ns)
			sb_events_done(run, "done", obj);
	} else if (!strcmp(event, "cpu") && node >= 0 && run->cost.node_s) {
		run->cost.node_s[node] = (double)number_or(obj, "us", -1000000) / 1e6;
	} else if (!strcmp(event, "bytes") && node < 0) {
		sb_samples_note_bytes(run, obj);
	} else if (!strcmp(event, "steps") && node < 0) {
		note_steps(run, obj);
	} else if (node >= 0 && (!strcmp(event, "output") || !strcmp(event, "exit"))) {
		sb_exec_note(run, event, obj);
	} else if (node >= 0 && !strncmp(event, "session_", 8)) {
		sb_run_note_session(run, event, obj);
	} else if (!strcmp(event, "packets_done") && node >= 0) {
		sb_run_note_packets(run, node, obj);
	} else if (!strcmp(event, "capture_failed") && node < 0) {
		note_capture(run, obj);
	} else if (!strcmp(event, "error")) {
		name = sb_peer_name(buf, node);
		if (!sb_json_get_str(obj, "$", "msg", &msg, NULL))
			sb_warn("%s: %s", name, msg);
	}
}
