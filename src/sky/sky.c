// SPDX-License-Identifier: MIT
/*
 * sky.c - the process in the middle: answers the orchestrator, plays the timeline
 *
 * One loop, no lock: the channel is polled until the next step is due.  Captures and the user-space
 * link have threads of their own.
 */
#include "satbed/sky.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "middle.h"
#include "player.h"
#include "satbed/base/caps.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define REPORT_NS (200 * SB_NS_PER_MS)

struct sky {
	const struct sb_plan *plan;
	struct sb_lines channel;
	struct sb_middle middle;
	struct sb_player player;
	int64_t report_at_ns; /* when lateness is reported next */
};

static cJSON *event(const char *name)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", name);
	return obj;
}

static int answer(struct sky *sky, cJSON *obj, struct sb_err *err)
{
	int rc = sb_lines_send(&sky->channel, obj, err);

	cJSON_Delete(obj);
	return rc;
}

static int report_steps(struct sky *sky, struct sb_err *err)
{
	struct sb_player *p = &sky->player;
	cJSON *obj, *late;

	sky->report_at_ns = sb_mono_ns() + REPORT_NS;
	if (p->reported == p->next)
		return 0;
	obj = event("steps");
	sb_json_add_i64(obj, "first", (int64_t)p->reported);
	late = cJSON_AddArrayToObject(obj, "late_ns");
	for (; p->reported < p->next; p->reported++)
		cJSON_AddItemToArray(late, cJSON_CreateNumber((double)p->late_ns[p->reported]));
	return answer(sky, obj, err);
}

static int on_open(struct sky *sky, struct sb_err *err)
{
	cJSON *obj;

	if (sb_middle_open(&sky->middle, err))
		return -1;
	obj = event("open");
	sb_middle_describe(&sky->middle, obj);
	return answer(sky, obj, err);
}

static int on_start(struct sky *sky, const cJSON *request, struct sb_err *err)
{
	int64_t t0_ns;

	if (sb_json_get_i64(request, "$", "t0_ns", &t0_ns, err))
		return -1;
	sb_player_start(&sky->player, sky->plan, &sky->middle, t0_ns);
	sky->report_at_ns = t0_ns + REPORT_NS;
	return 0;
}

static int on_stop(struct sky *sky, struct sb_err *err)
{
	cJSON *obj;

	sb_player_stop(&sky->player);
	if (report_steps(sky, err) || sb_middle_stop(&sky->middle, err))
		return -1;
	obj = event("stopped");
	if (sb_middle_results(&sky->middle, obj, err)) {
		cJSON_Delete(obj);
		return -1;
	}
	return answer(sky, obj, err);
}

/* 1: the sky's life is over. */
static int obey(struct sky *sky, const cJSON *request, struct sb_err *err)
{
	const char *op = "";

	if (sb_json_get_str(request, "$", "op", &op, err))
		return -1;
	if (!strcmp(op, "open"))
		return on_open(sky, err);
	if (!strcmp(op, "start"))
		return on_start(sky, request, err);
	if (!strcmp(op, "stop"))
		return on_stop(sky, err);
	if (!strcmp(op, "quit"))
		return 1;
	return sb_fail(err, SB_EINTERNAL, 0, "the sky knows no \"%s\"", op);
}

/* What there is to read, without waiting; 1 when it is time to end. */
static int serve(struct sky *sky)
{
	for (;;) {
		struct sb_err err = {0};
		cJSON *request;
		int rc = sb_lines_recv(&sky->channel, 0, &request, &err);

		if (rc == 0)
			return 0;
		if (rc < 0)
			return 1; /* the orchestrator has gone, and so must we */
		rc = obey(sky, request, &err);
		cJSON_Delete(request);
		if (rc > 0)
			return 1;
		if (rc < 0 && sb_lines_send_err(&sky->channel, &err, NULL))
			return 1;
	}
}

static int wait_for_work(const struct sky *sky)
{
	struct pollfd p = {.fd = sky->channel.fd, .events = POLLIN};
	int64_t due_ns = sb_player_due_ns(&sky->player), left_ns;
	struct timespec ts;

	if (due_ns == INT64_MAX)
		return poll(&p, 1, -1);
	if (sky->report_at_ns < due_ns)
		due_ns = sky->report_at_ns;
	left_ns = due_ns - sb_mono_ns();
	if (left_ns < 0)
		left_ns = 0;
	ts = (struct timespec){.tv_sec = left_ns / SB_NS_PER_S, .tv_nsec = left_ns % SB_NS_PER_S};
	return ppoll(&p, 1, &ts, NULL);
}

int sb_sky_main(const struct sb_sky_start *start)
{
	struct sky sky = {.plan = start->plan};
	struct sb_err err = {0};

	/* Before any thread exists: capabilities are each thread's own. */
	if (sb_caps_keep(1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW, &err)) {
		sb_error("sky: %s", err.msg);
		return 1;
	}
	/* Steps are due to the microsecond; the default slack lets a sleep end 50 us late. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	sb_lines_init(&sky.channel, start->channel_fd);
	sb_middle_init(&sky.middle, start->plan, start->capture_fds);
	sb_player_init(&sky.player, start->plan);
	for (;;) {
		int rc = wait_for_work(&sky);

		if (rc < 0 && errno != EINTR)
			break;
		if (sb_player_play(&sky.player, &err)) {
			if (sb_lines_send_err(&sky.channel, &err, NULL))
				break;
			err = (struct sb_err){0};
		}
		if (sb_player_due_ns(&sky.player) != INT64_MAX &&
		    sb_mono_ns() >= sky.report_at_ns && report_steps(&sky, NULL))
			break;
		if (rc > 0 && serve(&sky))
			break;
	}
	sb_middle_fini(&sky.middle);
	sb_player_fini(&sky.player);
	sb_lines_fini(&sky.channel);
	return 0;
}
