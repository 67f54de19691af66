// SPDX-License-Identifier: MIT
/* replay.c - a capture's packets into the nodes that send them, and what became of them */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run/exec/exec.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define FILE_NAME     "replay.packets"
#define LOAD_MS	      60000 /* mapping and checking some hundred MiB on a slow machine */
#define TRANSIT_SLACK (2 * SB_NS_PER_S)
#define OF(dir)	      ((dir) == SB_UP ? 1 : 0) /* the node that sends */

static int send_one(struct sb_run *run, enum sb_dir dir, struct sb_err *err)
{
	const struct sb_link *link = &run->plan->links[0];
	const struct sb_endpoint *from = dir == SB_UP ? &link->client : &link->server;
	struct sb_replay_frames *frames = &run->replay.frames[dir];
	struct exec_file file = {.name = (char[]){FILE_NAME},
				 .data = (char *)frames->file,
				 .len = frames->file_len,
				 .mode = 0600};
	cJSON *request;
	int rc;

	if (sb_exec_send_file(run, OF(dir), &file, err))
		return -1;
	request = cJSON_CreateObject();
	sb_json_add_str(request, "op", "packets");
	sb_json_add_str(request, "path", FILE_NAME);
	sb_json_add_str(request, "interface", from->ifname);
	rc = sb_send(&run->up, OF(dir), request, err);
	cJSON_Delete(request);
	return rc ? rc : sb_wait_reply(&run->up, OF(dir), "packets", LOAD_MS, NULL, err);
}

void sb_run_judge_replay(const struct sb_run *run, const struct sb_replayed replayed[2],
			 struct sb_result *result)
{
	const struct sb_replay *r = run->options->replay;
	const struct sb_replay_frames *f = run->replay.frames;
	uint64_t left_out =
	    f[SB_UP].too_long + f[SB_DOWN].too_long + f[SB_UP].too_short + f[SB_DOWN].too_short;
	uint64_t planned = replayed[SB_UP].planned + replayed[SB_DOWN].planned;
	uint64_t sent = replayed[SB_UP].sent + replayed[SB_DOWN].sent;

	if (r->damage[0])
		sb_result_add_reason(result, SB_WARN, SB_REASON_REPLAY_DAMAGED,
				     "the capture was replayed in part: it is %s", r->damage);
	if (!sent)
		sb_result_add_reason(result, SB_INVALID, SB_REASON_REPLAY_INCOMPLETE,
				     "nothing of the capture was sent");
	else if (sent < planned && !run->end.interrupted)
		sb_result_add_reason(result, SB_INVALID, SB_REASON_REPLAY_INCOMPLETE,
				     "%" PRIu64 " of %" PRIu64
				     " packets to be replayed were not sent",
				     planned - sent, planned);
	if (left_out)
		sb_result_add_reason(
		    result, SB_INVALID, SB_REASON_REPLAY_INCOMPLETE,
		    "%" PRIu64 " of %zu packets of the capture were left out: %" PRIu64
		    " longer than the MTU, %" PRIu64 " damaged or without their headers",
		    left_out, r->count, f[SB_UP].too_long + f[SB_DOWN].too_long,
		    f[SB_UP].too_short + f[SB_DOWN].too_short);
}

static void tell_left_out(const struct sb_run *run)
{
	const struct sb_replay_frames *f = run->replay.frames;
	uint64_t too_long = f[SB_UP].too_long + f[SB_DOWN].too_long;
	uint64_t too_short = f[SB_UP].too_short + f[SB_DOWN].too_short;

	if (too_long)
		sb_warn("%llu packets are longer than the MTU of %u and no TCP: left out",
			(unsigned long long)too_long, run->plan->mtu);
	if (too_short)
		sb_warn("%llu packets are damaged or without their headers: left out",
			(unsigned long long)too_short);
}

int sb_run_send_packets(struct sb_run *run, struct sb_err *err)
{
	if (run->plan->path != SB_PATH_BRIDGE)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "packets can be replayed on path = bridge only: %s carries "
		    "connections, which a capture's packets are not; use --set testbed.path=bridge",
		    sb_relay_name(run->plan->path));
	if (run->plan->pep)
		return sb_fail(err, SB_EINPUT, 0,
			       "packets of a capture are not connections, which proxies carry; use "
			       "--set testbed.pep=none, or satbed replay --application");
	run->replay.frames = sb_alloc(2, sizeof(*run->replay.frames));
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		sb_replay_rewrite(run->options->replay, &run->plan->links[0], dir, run->plan->mtu,
				  &run->replay.frames[dir]);
		if (send_one(run, dir, err))
			return sb_wrap(err, "packets of the capture");
		/* The times are all that is needed from here on. */
		free(run->replay.frames[dir].file);
		run->replay.frames[dir].file = NULL;
	}
	tell_left_out(run);
	return 0;
}

void sb_run_note_packets(struct sb_run *run, int node, const cJSON *obj)
{
	struct sb_replay_end *end;

	if (node > 1)
		return;
	end = &run->replay.ends[node == OF(SB_UP) ? SB_UP : SB_DOWN];
	end->done = true;
	sb_json_get_i64(obj, "$", "sent", &end->sent, NULL);
	sb_json_get_i64(obj, "$", "failed", &end->failed, NULL);
}

static bool may_reorder(const struct sb_plan *plan, enum sb_dir dir)
{
	bool may = plan->links[0].dir[dir].initial.reorder_ppb;

	for (size_t i = 0; i < plan->step_count && !may; i++)
		may = !plan->steps[i].link && plan->steps[i].dir == dir &&
		      plan->steps[i].state.reorder_ppb;
	return may;
}

int sb_run_replayed(struct sb_run *run, struct sb_replayed out[2], struct sb_err *err)
{
	const struct sb_link *link = &run->plan->links[0];
	sb_auto_free char *client = sb_rundir_path(&run->dir, run->dir.captures[SB_AT_CLIENT].file);
	sb_auto_free char *server = sb_rundir_path(&run->dir, run->dir.captures[SB_AT_SERVER].file);

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_endpoint *from = dir == SB_UP ? &link->client : &link->server;
		const struct sb_endpoint *to = dir == SB_UP ? &link->server : &link->client;
		struct sb_replayed_input in = {
		    .before = dir == SB_UP ? client : server,
		    .after = dir == SB_UP ? server : client,
		    .at_ns = run->replay.frames[dir].at_ns,
		    .count = run->replay.frames[dir].count,
		    .start_real_ns = run->t0_ns + run->real_minus_mono_ns,
		    .max_transit_ns = link->dir[dir].max_delay_ns + TRANSIT_SLACK,
		    .may_reorder = may_reorder(run->plan, dir),
		};

		memcpy(in.src_mac, from->mac, 6);
		sb_replay_mac(to->mac, in.dst_mac);
		if (sb_analyse_replayed(&in, &out[dir], err))
			return -1;
		if (run->replay.ends[dir].failed && !run->end.interrupted)
			sb_warn("%s: %lld packets could not be sent", sb_dir_name(dir),
				(long long)run->replay.ends[dir].failed);
	}
	return 0;
}

void sb_run_free_packets(struct sb_run *run)
{
	if (!run->replay.frames)
		return;
	sb_replay_frames_fini(&run->replay.frames[SB_UP]);
	sb_replay_frames_fini(&run->replay.frames[SB_DOWN]);
	free(run->replay.frames);
}
