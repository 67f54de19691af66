// SPDX-License-Identifier: MIT
/* stop.c - the end of a run, in order or after something broke */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

#define DONE_GRACE_NS (3 * SB_NS_PER_S)
#define STOP_MS	      20000

bool sb_run_all_done(const struct sb_run *run)
{
	for (size_t i = 0; i < run->plan->flow_count; i++)
		if (!run->flows[i].server.done || !run->flows[i].client.done)
			return false;
	return true;
}

int sb_run_stop_nodes(struct sb_run *run, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + DONE_GRACE_NS;

	for (size_t i = 0; i < run->up.tb->node_count; i++)
		if (sb_send_op(&run->up, (int)i, "stop", err))
			return -1;
	while (!sb_run_all_done(run) && sb_mono_ns() < deadline_ns)
		if (sb_listen(&run->up, 100, err))
			return -1;
	return 0;
}

static void read_counters(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *counters = cJSON_GetObjectItemCaseSensitive(stopped, "counters");
	const cJSON *captures = cJSON_GetObjectItemCaseSensitive(stopped, "captures");

	for (size_t i = 0; i < 2 * run->plan->link_count; i++) {
		const cJSON *c = cJSON_GetArrayItem(counters, (int)i);
		struct sb_link_counters *to = &run->links.counters[i];
		const struct {
			const char *key;
			int64_t *value;
		} fields[] = {{"arrived", &to->arrived},
			      {"sent", &to->sent},
			      {"lost", &to->lost},
			      {"outage", &to->outage},
			      {"queue_dropped", &to->queue_dropped},
			      {"duplicated", &to->duplicated},
			      {"reordered", &to->reordered},
			      {"corrupted", &to->corrupted},
			      {"failed", &to->failed},
			      {"late", &to->late}};

		for (size_t f = 0; f < SB_ARRAY_LEN(fields); f++)
			if (sb_json_get_i64(c, "$", fields[f].key, fields[f].value, NULL))
				*fields[f].value = -1;
	}
	for (size_t i = 0; i < run->dir.capture_count; i++) {
		const cJSON *s = cJSON_GetArrayItem(captures, (int)i);
		struct sb_capture_stats *stats = &run->dir.captures[i].stats;

		sb_json_get_u64(s, "$", "received", &stats->received, NULL);
		sb_json_get_u64(s, "$", "dropped", &stats->dropped, NULL);
		sb_json_get_u64(s, "$", "interface_dropped", &stats->interface_dropped, NULL);
		sb_json_get_u64(s, "$", "written", &stats->written, NULL);
	}
}

void sb_run_note_stopped(struct sb_run *run, const cJSON *stopped)
{
	read_counters(run, stopped);
	sb_run_note_path(run, stopped);
	sb_run_cost_end(run, stopped);
	sb_run_note_cpu(run, stopped);
	run->end.stopped = true;
}

/* An engine that runs the nodes itself knows how one of them ended. */
static void name_ended(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *ended = cJSON_GetObjectItemCaseSensitive(stopped, "ended"), *one;
	char name[SB_NAME_MAX];
	int64_t node, how;

	cJSON_ArrayForEach(one, ended)
	{
		if (sb_json_get_i64(one, "$", "node", &node, NULL) || node != run->up.lost)
			continue;
		sb_peer_name(name, (int)node);
		if (!sb_json_get_i64(one, "$", "signal", &how, NULL) && how > 0 && how < 65)
			sb_fail(&run->end.broken, SB_EENGINE, 0,
				"the agent of %s was killed by signal %d (%s)", name, (int)how,
				strsignal((int)how));
		else if (!sb_json_get_i64(one, "$", "status", &how, NULL))
			sb_fail(&run->end.broken, SB_EENGINE, 0,
				"the agent of %s ended with status %d", name, (int)how);
	}
}

int sb_run_stop_emulator(struct sb_run *run, struct sb_err *err)
{
	int64_t begin_ns = sb_mono_ns();
	const char *failed;
	cJSON *stopped;
	int rc = 0;

	run->end.stop_asked = true;
	if (sb_send_op(&run->up, SB_EMULATOR, "stop", err) ||
	    sb_wait_reply(&run->up, SB_EMULATOR, "stopped", STOP_MS, &stopped, err))
		return -1;
	if (run->up.tb->ops->facts)
		run->up.tb->ops->facts(run->up.tb, stopped);
	sb_run_note_stopped(run, stopped);
	sb_events_done(run, "stopped", stopped);
	name_ended(run, stopped);
	if (run->end.broken.code == SB_OK &&
	    !sb_json_get_str(stopped, "$", "failed", &failed, NULL))
		rc = sb_fail(err, SB_EENV, 0, "%s: %s", run->dir.path, failed);
	cJSON_Delete(stopped);
	run->cost.down_ms = (double)(sb_mono_ns() - begin_ns) / 1e6;
	return rc;
}

int sb_run_collect(struct sb_run *run, struct sb_err *err)
{
	struct sb_testbed *tb = run->up.tb;

	if (run->end.collect_asked)
		return 0;
	run->end.collect_asked = true;
	if (tb->ops->collect && tb->ops->collect(tb, err))
		return -1;
	run->end.collected = true;
	sb_events_phase(run, SB_PHASE_COLLECTED);
	return 0;
}

/* Where a peer has gone the others are still told, and heard. */
static void stop_what_lives(struct sb_run *run)
{
	int64_t deadline_ns = sb_mono_ns() + DONE_GRACE_NS;
	struct sb_testbed *tb = run->up.tb;
	struct sb_err ignored = {0};

	for (size_t i = 0; i < tb->node_count; i++)
		sb_send_op(&run->up, (int)i, "stop", &ignored);
	/* Without the dead one's word not all will ever be done: 200 ms after the last is enough. */
	if (run->up.lost != SB_NOBODY)
		deadline_ns = sb_mono_ns() + 200 * SB_NS_PER_MS;
	while (!sb_run_all_done(run) && sb_mono_ns() < deadline_ns)
		sb_listen(&run->up, 20, &ignored);
	if (!run->end.stop_asked)
		sb_run_stop_emulator(run, &ignored);
	/* A capture that ended early, with its interface, has what came before. */
	if (run->end.stopped)
		sb_run_collect(run, &ignored);
}

void sb_run_salvage(struct sb_run *run, struct sb_err *err)
{
	int64_t planned_ns = run->t0_ns + run->plan->duration_ns, now_ns = sb_mono_ns();

	run->up.ending = true;
	if (!run->end_ns)
		run->end_ns = now_ns < planned_ns ? now_ns : planned_ns;
	if (run->end_ns < run->t0_ns)
		run->end_ns = run->t0_ns;
	if (run->up.tb)
		stop_what_lives(run);
	if (run->end.broken.code != SB_OK)
		*err = run->end.broken;
	run->end.cut_off = sb_strdup(err->msg);
	sb_events_cut_off(run);
	/* Of captures that nobody closed the last packets are missing. */
	if (!run->end.collected) {
		int64_t until_ns = sb_run_captured_until(run);

		if (until_ns < run->end_ns)
			run->end_ns = until_ns > run->t0_ns ? until_ns : run->t0_ns;
	}
}
