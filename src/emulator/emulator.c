// SPDX-License-Identifier: MIT
/*
 * emulator.c - the process in the middle: answers the orchestrator, plays the timeline
 *
 * One loop, no lock: the channel is polled until the next step is due.  Captures and the user-space
 * link have threads of their own.
 */
#include "satbed/emulator.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "confinement.h"
#include "emulator_request.h"
#include "link_bytes.h"
#include "timer_probe.h"
#include "link_set.h"
#include "timeline_player.h"
#include "tap_counters.h"
#include "satbed/base/clock.h"
#include "satbed/base/cpu.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/sched.h"

#define REPORT_NS (200 * SB_NS_PER_MS)

/* How long a capture that cannot be written goes unnoticed. */
#define LOOK_NS (200 * SB_NS_PER_MS)

struct emulator {
	const struct sb_plan *plan;
	struct sb_lines channel;
	struct sb_link_set middle;
	struct sb_timeline_player player;
	int64_t report_at_ns; /* when lateness is reported next */
	struct sb_sandbox_state sandbox;
	int64_t slice_ns; /* of the processor's time, 0 = the kernel's own */
	bool open, told_capture;
	const struct sb_emulator_start *start;
	double cpu_s;		   /* spent before the start */
	struct sb_tap_bytes *taps; /* when the links were opened */
	int64_t t0_ns, sample_ns;  /* of the links' bytes; @sample_ns 0 = nobody asks for them */
	int64_t sample_at_ns;	   /* when they are told next */
	uint64_t *bytes;	   /* two per link, at the start */
	struct sb_cpu_time cpu;	   /* at the start */
};

static cJSON *event(const char *name)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", name);
	return obj;
}

static int answer(struct emulator *emulator, cJSON *obj, struct sb_err *err)
{
	int rc = sb_lines_send(&emulator->channel, obj, err);

	cJSON_Delete(obj);
	return rc;
}

static int report_steps(struct emulator *emulator, struct sb_err *err)
{
	struct sb_timeline_player *p = &emulator->player;
	cJSON *obj, *late;

	emulator->report_at_ns = sb_mono_ns() + REPORT_NS;
	if (p->reported == p->next)
		return 0;
	obj = event("steps");
	sb_json_add_i64(obj, "first", (int64_t)p->reported);
	late = cJSON_AddArrayToObject(obj, "late_ns");
	for (; p->reported < p->next; p->reported++)
		cJSON_AddItemToArray(late, cJSON_CreateNumber((double)p->late_ns[p->reported]));
	return answer(emulator, obj, err);
}

static int report_bytes(struct emulator *emulator, struct sb_err *err)
{
	int64_t now_ns = sb_mono_ns();
	cJSON *obj;

	if (!emulator->sample_ns || now_ns < emulator->sample_at_ns)
		return 0;
	emulator->sample_at_ns += emulator->sample_ns;
	if (emulator->sample_at_ns <= now_ns)
		emulator->sample_at_ns = now_ns + emulator->sample_ns;
	obj = event("bytes");
	sb_json_add_i64(obj, "t_ns", now_ns - emulator->t0_ns);
	if (sb_link_bytes_describe(emulator->plan, emulator->bytes, obj, err)) {
		cJSON_Delete(obj);
		return -1;
	}
	return answer(emulator, obj, err);
}

static int on_open(struct emulator *emulator, struct sb_err *err)
{
	cJSON *obj, *confinement;

	if (sb_link_set_open(&emulator->middle, err))
		return -1;
	if (sb_tap_counters_read(emulator->plan, emulator->taps, err))
		return -1;
	emulator->open = true;
	obj = event("open");
	sb_link_set_describe(&emulator->middle, obj);
	sb_json_add_i64(obj, "emulator_slice_ns", emulator->slice_ns);
	confinement = cJSON_AddObjectToObject(obj, "confinement");
	sb_json_add_bool(confinement, "seccomp", emulator->sandbox.seccomp);
	sb_json_add_i64(confinement, "landlock", emulator->sandbox.landlock);
	return answer(emulator, obj, err);
}

static int on_timer_probe(struct emulator *emulator, struct sb_err *err)
{
	cJSON *obj = event("gauge");

	sb_timer_probe_timer(obj);
	return answer(emulator, obj, err);
}

static int on_start(struct emulator *emulator, const struct sb_emulator_request *request,
		    struct sb_err *err)
{
	if (request->sample_ns) {
		if (sb_link_bytes_read(emulator->plan, emulator->bytes, err))
			return -1;
		emulator->sample_ns = request->sample_ns;
		emulator->t0_ns = request->t0_ns;
		emulator->sample_at_ns = request->t0_ns + request->sample_ns;
	}
	sb_cpu_time_read(&emulator->cpu);
	sb_timeline_player_start(&emulator->player, emulator->plan, &emulator->middle,
				 request->t0_ns);
	emulator->report_at_ns = request->t0_ns + REPORT_NS;
	emulator->cpu_s = sb_cpu_seconds(0);
	return 0;
}

/* A full disk ends a run before its time: what is measured from now on is lost anyway. */
static int report_captures(struct emulator *emulator, struct sb_err *err)
{
	size_t capture;
	int failed = emulator->open && !emulator->told_capture
			 ? sb_link_set_write_error(&emulator->middle, &capture)
			 : 0;
	cJSON *obj;

	if (!failed)
		return 0;
	emulator->told_capture = true;
	obj = event("capture_failed");
	sb_json_add_i64(obj, "capture", (int64_t)capture);
	sb_json_add_i64(obj, "errno", failed);
	return answer(emulator, obj, err);
}

/* Counters are told however the captures have ended. */
static int on_stop(struct emulator *emulator, struct sb_err *err)
{
	struct sb_err failed = {0};
	cJSON *obj;

	sb_timeline_player_stop(&emulator->player);
	emulator->sample_ns = 0;
	if (report_steps(emulator, err))
		return -1;
	sb_link_set_stop(&emulator->middle, &failed);
	obj = event("stopped");
	if (failed.code != SB_OK)
		sb_json_add_str(obj, "failed", failed.msg);
	sb_cpu_time_describe(&emulator->cpu, obj);
	if (sb_link_set_results(&emulator->middle, obj, err) ||
	    sb_tap_counters_describe(emulator->plan, emulator->taps, obj, err)) {
		cJSON_Delete(obj);
		return -1;
	}
	sb_json_add_num(obj, "cpu_s", sb_cpu_seconds(0) - emulator->cpu_s);
	if (emulator->start->facts)
		emulator->start->facts(emulator->start->facts_arg, obj);
	return answer(emulator, obj, err);
}

static int on_set(struct emulator *emulator, const struct sb_emulator_request *request, cJSON *into,
		  struct sb_err *err)
{
	struct sb_link_state state =
	    sb_timeline_player_state(&emulator->player, request->link, request->dir, sb_mono_ns());

	if (request->state && sb_link_state_from_json(request->state, &state, err))
		return -1;
	if (sb_timeline_player_set(&emulator->player, &emulator->middle, request->link,
				   request->dir, request->state ? &state : NULL, err))
		return -1;
	state =
	    sb_timeline_player_state(&emulator->player, request->link, request->dir, sb_mono_ns());
	cJSON_AddItemToObject(into, "state", sb_link_state_to_json(&state));
	return 0;
}

static cJSON *look_at(struct emulator *emulator, size_t link, enum sb_dir dir, struct sb_err *err)
{
	size_t i = 2 * link + (size_t)dir;
	struct sb_link_counters counters = {0};
	struct sb_link_state state;
	cJSON *obj;

	if (emulator->middle.ops->counters(emulator->middle.shapers[i], &counters, err))
		return NULL;
	obj = cJSON_CreateObject();
	state = sb_timeline_player_state(&emulator->player, link, dir, sb_mono_ns());
	cJSON_AddItemToObject(obj, "state", sb_link_state_to_json(&state));
	sb_json_add_bool(obj, "by_hand", emulator->player.hands[i].set);
	cJSON_AddItemToObject(obj, "counters", sb_counters_json(&counters));
	return obj;
}

static int on_look(struct emulator *emulator, cJSON *into, struct sb_err *err)
{
	cJSON *links = cJSON_AddArrayToObject(into, "links");

	for (size_t i = 0; i < emulator->plan->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(links, link);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			cJSON *one = look_at(emulator, i, (enum sb_dir)dir, err);

			if (!one)
				return -1;
			cJSON_AddItemToObject(link, sb_dir_name((enum sb_dir)dir), one);
		}
	}
	return 0;
}

static int send_failure(struct emulator *emulator, int64_t id, const struct sb_err *why,
			struct sb_err *err)
{
	cJSON *obj = event("error");

	sb_json_add_str(obj, "kind", why->code == SB_EINPUT ? "input" : "internal");
	sb_json_add_str(obj, "msg", why->msg);
	sb_json_add_i64(obj, "id", id);
	return answer(emulator, obj, err);
}

/* Requests that carry an id, which their answer has, too: a failure is then told apart. */
static int on_asked(struct emulator *emulator, const struct sb_emulator_request *request,
		    struct sb_err *err)
{
	bool look = request->op == SB_EMULATOR_LOOK;
	cJSON *obj = event(look ? "look" : "set");
	struct sb_err why = {0};

	if (look ? on_look(emulator, obj, &why) : on_set(emulator, request, obj, &why)) {
		cJSON_Delete(obj);
		return send_failure(emulator, request->id, &why, err);
	}
	sb_json_add_i64(obj, "id", request->id);
	return answer(emulator, obj, err);
}

/* 1: the emulator's life is over. */
static int obey(struct emulator *emulator, const cJSON *json, struct sb_err *err)
{
	struct sb_emulator_request request;
	struct sb_err why = {0};

	if (sb_emulator_request_read(json, emulator->plan, emulator->open, &request, &why)) {
		if (request.id >= 0)
			return send_failure(emulator, request.id, &why, err);
		*err = why;
		return -1;
	}
	switch (request.op) {
	case SB_EMULATOR_OPEN:
		return on_open(emulator, err);
	case SB_EMULATOR_TIMER_PROBE:
		return on_timer_probe(emulator, err);
	case SB_EMULATOR_START:
		return on_start(emulator, &request, err);
	case SB_EMULATOR_STOP:
		return on_stop(emulator, err);
	case SB_EMULATOR_REST:
		return sb_timeline_player_rest(&emulator->player, &emulator->middle, err);
	case SB_EMULATOR_SET:
	case SB_EMULATOR_LOOK:
		return on_asked(emulator, &request, err);
	case SB_EMULATOR_QUIT:
		return 1;
	}
	return -1;
}

/* What there is to read, without waiting; 1 when it is time to end. */
static int serve(struct emulator *emulator)
{
	for (;;) {
		struct sb_err err = {0};
		cJSON *request;
		int rc = sb_lines_recv(&emulator->channel, 0, &request, &err);

		if (rc == 0)
			return 0;
		if (rc < 0)
			return 1; /* the orchestrator has gone, and so must we */
		rc = obey(emulator, request, &err);
		/* Probes sleep, and threads that are stopped are waited for. */
		sb_clock_moved();
		cJSON_Delete(request);
		if (rc > 0)
			return 1;
		if (rc < 0 && sb_lines_send_err(&emulator->channel, &err, NULL))
			return 1;
	}
}

static bool watches_captures(const struct emulator *emulator)
{
	return emulator->open && emulator->start->capture_fds && !emulator->told_capture;
}

static int wait_for_work(const struct emulator *emulator)
{
	struct pollfd p = {.fd = emulator->channel.fd, .events = POLLIN};
	int64_t due_ns = sb_timeline_player_due_ns(&emulator->player), left_ns;
	struct timespec ts;

	if (due_ns != INT64_MAX && emulator->report_at_ns < due_ns)
		due_ns = emulator->report_at_ns;
	if (emulator->sample_ns && emulator->sample_at_ns < due_ns)
		due_ns = emulator->sample_at_ns;
	if (due_ns == INT64_MAX && !watches_captures(emulator))
		return poll(&p, 1, -1);
	left_ns = due_ns - sb_mono_ns();
	if (watches_captures(emulator) && left_ns > LOOK_NS)
		left_ns = LOOK_NS;
	if (left_ns < 0)
		left_ns = 0;
	ts = (struct timespec){.tv_sec = left_ns / SB_NS_PER_S, .tv_nsec = left_ns % SB_NS_PER_S};
	return ppoll(&p, 1, &ts, NULL);
}

int sb_emulator_main(const struct sb_emulator_start *start)
{
	struct emulator emulator = {.plan = start->plan, .start = start};
	struct sb_err err = {0};

	/* Threads started from here on inherit it. */
	emulator.slice_ns = sb_sched_prompt();
	sb_sched_exact(SB_EXACT_EMULATOR);
	/* Before any thread exists: capabilities and filters are each thread's own. */
	if (sb_emulator_confine(&emulator.sandbox, &err)) {
		sb_error("emulator: %s", err.msg);
		return 1;
	}
	/* Steps are due to the microsecond; the default slack lets a sleep end 50 us late. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	sb_lines_init_pair(&emulator.channel, start->channel_fd, start->answer_fd);
	sb_link_set_init(&emulator.middle, start->plan, start->capture_fds);
	/* On a split path what the bridge sends is what the relay has sent. */
	emulator.middle.ingress_filter = start->strange && start->plan->path == SB_PATH_BRIDGE;
	sb_timeline_player_init(&emulator.player, start->plan);
	emulator.bytes = sb_alloc(2 * start->plan->link_count, sizeof(emulator.bytes[0]));
	emulator.taps = sb_alloc(start->plan->link_count, sizeof(emulator.taps[0]));
	sb_clock_keep(true);
	for (;;) {
		int rc = wait_for_work(&emulator);

		sb_clock_moved();
		if (rc < 0 && errno != EINTR)
			break;
		if (sb_timeline_player_play(&emulator.player, &err)) {
			if (sb_lines_send_err(&emulator.channel, &err, NULL))
				break;
			err = (struct sb_err){0};
		}
		if (sb_timeline_player_due_ns(&emulator.player) != INT64_MAX &&
		    sb_mono_ns() >= emulator.report_at_ns && report_steps(&emulator, NULL))
			break;
		if (report_captures(&emulator, NULL) || report_bytes(&emulator, NULL))
			break;
		if (rc > 0 && serve(&emulator))
			break;
	}
	sb_link_set_fini(&emulator.middle);
	sb_timeline_player_fini(&emulator.player);
	free(emulator.taps);
	free(emulator.bytes);
	sb_lines_fini(&emulator.channel);
	return 0;
}
